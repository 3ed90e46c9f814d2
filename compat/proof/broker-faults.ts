import { mkdirSync, readdirSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApacheKafka } from '../harness/apache-kafka.ts';
import { compareDelivery, type DeliveryReport, numberedLine, random, sizeOf } from '../harness/lines.ts';
import { freePort, residentBytes, waitFor } from '../harness/process.ts';
import { StandaloneWorker } from '../harness/workers.ts';
import { filePipeline, stringConverters } from '../harness/pipelines.ts';

export interface BrokerFaultsReport extends DeliveryReport {
  readonly faults: Readonly<Record<string, number>>;
  readonly input: number;
  /** Tasks that were FAILED at any look. */
  readonly failedTasks: number;
  /** Before the first fault, after half of them, at the end: what a worker at work holds, and that it does not grow with the faults. */
  readonly residentMegabytes: { readonly before: number; readonly middle: number; readonly after: number };
  readonly sockets: { readonly before: number; readonly after: number };
}

const topic = 'connect-test';

/** Three nodes of Apache Kafka under a running transfer: nodes are killed, shut down, frozen and brought back, leaders moved. */
export async function brokerFaults(options: { directory: string; faults: number; seed: number }): Promise<BrokerFaultsReport> {
  const { directory, faults, seed } = options;
  mkdirSync(directory, { recursive: true });
  const next = random(seed);
  const [input, output] = [join(directory, 'input.txt'), join(directory, 'output.txt')];
  appendFileSync(input, '');
  const kafka = await ApacheKafka.start({
    directory: join(directory, 'kafka'),
    nodes: 3,
    heap: '512m',
    config: { 'replica.lag.time.max.ms': '5000', 'broker.session.timeout.ms': '6000' },
  });
  kafka.tool('org.apache.kafka.tools.TopicCommand', '--create', '--topic', topic, '--partitions', '1', '--replication-factor', '3');
  const worker = StandaloneWorker.sluice({
    directory: join(directory, 'worker'),
    bootstrapServers: kafka.bootstrapServers,
    port: await freePort(),
    connectors: filePipeline(input, output, topic),
    worker: {
      ...stringConverters,
      'offset.flush.interval.ms': '1000',
      'producer.request.timeout.ms': '5000',
      'consumer.request.timeout.ms': '5000',
      'consumer.default.api.timeout.ms': '10000',
    },
  });
  let written = 0;
  const write = (count: number): void => {
    let text = '';
    for (let i = 0; i < count; i++) text += `${numberedLine(written++, next, 20_000)}\n`;
    appendFileSync(input, text);
  };
  const writer = setInterval(() => write(200), 50);
  const counts: Record<string, number> = {};
  let failedTasks = 0;
  const look = async (): Promise<void> => {
    for (const name of ['local-file-source', 'local-file-sink']) {
      const { body } = await worker.request('GET', `/connectors/${name}/status`);
      for (const task of body.tasks) if (task.state === 'FAILED') failedTasks++;
    }
  };
  const caughtUp = (): boolean => {
    if (!worker.process.isRunning) throw new Error(`the worker ended: ${worker.process.output().slice(-4000)}`);
    return sizeOf(output) >= sizeOf(input);
  };
  const untilProgress = async (): Promise<void> => {
    const from = sizeOf(output);
    await waitFor(
      () => `lines flow again: ${worker.process.output().slice(-3000)}`,
      () => sizeOf(output) > from,
      120_000,
    );
    await look();
  };
  const pause = async (ms: number): Promise<void> => {
    const until = Date.now() + ms;
    await waitFor('a moment passes', () => Date.now() >= until, ms + 5000);
  };
  try {
    await worker.ready();
    await waitFor('the first lines arrive', () => sizeOf(output) > 0, 60_000);
    await pause(2000);
    const before = measure(worker.process.child.pid!);
    let middle = before;
    for (let fault = 0; fault < faults; fault++) {
      const id = 1 + Math.floor(next() * 3);
      const kind = (['kill', 'shutdown', 'freeze', 'leader'] as const)[fault % 4]!;
      counts[kind] = (counts[kind] ?? 0) + 1;
      console.log(`fault ${fault + 1} of ${faults}: ${kind} node ${id}, ${written} lines written`);
      switch (kind) {
        case 'kill':
          await kafka.kill(id);
          await pause(next() * 4000);
          await kafka.restart(id);
          break;
        case 'shutdown':
          await kafka.shutdown(id);
          await pause(next() * 2000);
          await kafka.restart(id);
          break;
        case 'freeze':
          kafka.freeze(id);
          await pause(2000 + next() * 10_000);
          kafka.thaw(id);
          break;
        case 'leader':
          moveLeader(kafka, directory, id);
          break;
      }
      await untilProgress();
      await inSync(kafka);
      if (fault === Math.floor(faults / 2)) middle = measure(worker.process.child.pid!);
    }
    clearInterval(writer);
    await waitFor(
      () => `everything arrives: ${sizeOf(output)} of ${sizeOf(input)}: ${worker.process.output().slice(-3000)}`,
      caughtUp,
      120_000,
    );
    await look();
    await pause(3000);
    const after = measure(worker.process.child.pid!);
    await worker.stop();
    return {
      faults: counts,
      input: written,
      failedTasks,
      residentMegabytes: { before: before.residentMegabytes, middle: middle.residentMegabytes, after: after.residentMegabytes },
      sockets: { before: before.sockets, after: after.sockets },
      ...(await compareDelivery(input, output)),
    };
  } finally {
    clearInterval(writer);
    await worker.stop('SIGKILL');
    await kafka.stop();
  }
}

function measure(pid: number): { residentMegabytes: number; sockets: number } {
  return { residentMegabytes: Math.round(residentBytes(pid) / 1e6), sockets: readdirSync(`/proc/${pid}/fd`).length };
}

/** Puts the node first among the topic's replicas and elects it. */
function moveLeader(kafka: ApacheKafka, directory: string, id: number): void {
  const file = join(directory, 'reassign.json');
  const replicas = [id, ...[1, 2, 3].filter((other) => other !== id)];
  appendFileSync(file, '', { flag: 'w' });
  appendFileSync(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, replicas }] }));
  kafka.tool('org.apache.kafka.tools.reassign.ReassignPartitionsCommand', '--reassignment-json-file', file, '--execute');
  kafka.tool('org.apache.kafka.tools.LeaderElectionCommand', '--election-type', 'preferred', '--topic', topic, '--partition', '0');
}

/** Waits until all replicas are in sync again, so that the next fault may take any node. */
async function inSync(kafka: ApacheKafka): Promise<void> {
  await waitFor(
    'all replicas are in sync',
    () => !/Topic/.test(kafka.tool('org.apache.kafka.tools.TopicCommand', '--describe', '--under-replicated-partitions')),
    120_000,
    1000,
  );
}
