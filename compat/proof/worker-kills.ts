import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaKind } from '../harness/kafkas.ts';
import { compareDelivery, type DeliveryReport, random, sizeOf, writeLines } from '../harness/lines.ts';
import { freePort, waitFor } from '../harness/process.ts';
import { type StandaloneOptions, StandaloneWorker } from '../harness/workers.ts';

export interface WorkerKillsReport extends DeliveryReport {
  readonly kafka: string;
  readonly kills: number;
  readonly input: number;
}

/** The pipeline file, topic, file of the sample configurations. */
export function filePipeline(input: string, output: string, topic = 'connect-test'): Readonly<Record<string, string>>[] {
  return [
    { name: 'local-file-source', 'connector.class': 'FileStreamSource', 'tasks.max': '1', file: input, topic },
    { name: 'local-file-sink', 'connector.class': 'FileStreamSink', 'tasks.max': '1', file: output, topics: topic },
  ];
}

/** Text as it stands, without a schema around it. */
export const stringConverters = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
};

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
  writeLines(input, { count: lines, seed });
  const kafka = await kind.start(directory);
  const worker: StandaloneOptions = {
    directory: join(directory, 'worker'),
    bootstrapServers: kafka.bootstrapServers,
    port: await freePort(),
    connectors: filePipeline(input, output),
    // A killed consumer holds its partitions until its session ends; short sessions make the kills meet a sink at work. Small batches make the transfer
    // last longer than the kills.
    worker: {
      ...stringConverters,
      'offset.flush.interval.ms': '200',
      'consumer.session.timeout.ms': '6000',
      'consumer.max.poll.records': '200',
    },
  };
  try {
    for (let kill = 0; kill < kills; kill++) {
      const running = StandaloneWorker.sluice(worker);
      await running.ready();
      const wait = Math.floor(next() * 9000);
      const until = Date.now() + wait;
      await waitFor('the moment of the kill', () => Date.now() >= until, wait + 5000, 5);
      await running.stop('SIGKILL');
    }
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
    await kafka.stop();
  }
}
