import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaKind } from '../harness/kafkas.ts';
import { compareDelivery, type DeliveryReport, numberedLine, random, sizeOf } from '../harness/lines.ts';
import { freePort, waitFor } from '../harness/process.ts';
import { filePipeline, stringConverters } from '../harness/pipelines.ts';
import { type StandaloneOptions, StandaloneWorker } from '../harness/workers.ts';

export interface WorkerKillsReport extends DeliveryReport {
  readonly kafka: string;
  readonly kills: number;
  readonly input: number;
}

/** Kills the worker with SIGKILL at random moments of a transfer, starts it again each time, and counts what came out in the end. */
export async function workerKills(options: {
  kind: KafkaKind;
  directory: string;
  kills: number;
  lines: number;
  seed: number;
}): Promise<WorkerKillsReport> {
  const { kind, directory, kills, lines, seed } = options;
  mkdirSync(directory, { recursive: true });
  const next = random(seed);
  const [input, output] = [join(directory, 'input.txt'), join(directory, 'output.txt')];
  const writer = new LineWriter(input, lines, seed);
  const kafka = await kind.start(directory);
  const worker: StandaloneOptions = {
    directory: join(directory, 'worker'),
    bootstrapServers: kafka.bootstrapServers,
    port: await freePort(),
    connectors: filePipeline(input, output),
    // A killed consumer holds its partitions until its session ends; short sessions make the kills meet a sink at work.
    worker: {
      ...stringConverters,
      'offset.flush.interval.ms': '200',
      'consumer.session.timeout.ms': '6000',
      'consumer.max.poll.records': '200',
    },
  };
  try {
    // Lines come while the worker is killed and started again, so that each kill meets a transfer.
    writer.start(Math.ceil(lines / (kills * KILL_SECONDS * 20)));
    for (let kill = 0; kill < kills; kill++) {
      const running = StandaloneWorker.sluice(worker);
      await running.ready();
      const wait = Math.floor(next() * 2 * KILL_SECONDS * 1000);
      const until = Date.now() + wait;
      await waitFor('the moment of the kill', () => Date.now() >= until, wait + 5000, 5);
      await running.stop('SIGKILL');
    }
    writer.finish();
    const last = StandaloneWorker.sluice(worker);
    await last.ready();
    let size = -1;
    let since = Date.now();
    await waitFor(
      () => `the sink has all of the file: ${last.process.output().slice(-3000)}`,
      () => {
        if (sizeOf(output) !== size) [size, since] = [sizeOf(output), Date.now()];
        return size >= sizeOf(input) && Date.now() - since > 9000;
      },
      240_000,
      100,
    );
    await last.stop();
    return { kafka: kind.name, kills, input: lines, ...(await compareDelivery(input, output)) };
  } finally {
    writer.stop();
    await kafka.stop();
  }
}

/** The mean time that a worker lives, in seconds: longer than a session, so that kills meet the sink at work too. */
const KILL_SECONDS = 6;

/** Writes numbered lines into a file, some every 50 ms, as a program would that logs. */
class LineWriter {
  readonly #file: string;
  readonly #count: number;
  readonly #next: () => number;
  #written = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string, count: number, seed: number) {
    this.#file = file;
    this.#count = count;
    this.#next = random(seed + 1);
    writeFileSync(file, '');
  }

  start(perTick: number): void {
    this.#timer = setInterval(() => this.#write(perTick), 50);
  }

  /** Writes what is still to come. */
  finish(): void {
    this.stop();
    while (this.#written < this.#count) this.#write(10_000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #write(lines: number): void {
    let text = '';
    for (const end = Math.min(this.#count, this.#written + lines); this.#written < end;)
      text += `${numberedLine(this.#written++, this.#next)}\n`;
    appendFileSync(this.#file, text);
  }
}
