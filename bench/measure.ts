import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Admin, ClientSettings, KafkaClient, silentLog } from '@sluice/kafka';
import { freePort, residentBytes, waitFor } from '../compat/harness/process.ts';
import { StandaloneWorker } from '../compat/harness/workers.ts';
import type { Row } from './rows.ts';

export type Runtime = 'sluice' | 'java';

export interface Measurement {
  readonly runtime: Runtime;
  /** Records a second of wall time, after the warm-up. */
  readonly perSecond: number;
  /** Records a second of the worker process's CPU time, after the warm-up. */
  readonly perCpuSecond: number;
  readonly residentMegabytesMax: number;
}

interface Sample {
  readonly time: number;
  readonly cpu: number;
  readonly count: number;
}

export interface MeasureOptions {
  readonly row: Row;
  readonly runtime: Runtime;
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly directory: string;
  readonly pluginPath: string;
  readonly records: number;
  readonly warmup: number;
}

/** Runs one worker from its start until the last record is counted from outside, and looks at it every 50 ms. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { row, runtime, directory, topic, records, warmup } = options;
  const countFile = join(directory, `count-${runtime}`);
  rmSync(countFile, { force: true });
  rmSync(join(directory, runtime), { recursive: true, force: true });
  const worker = StandaloneWorker[runtime]({
    directory: join(directory, runtime),
    bootstrapServers: options.bootstrapServers,
    port: await freePort(),
    logLevel: 'WARN',
    worker: { ...row.worker, 'plugin.path': options.pluginPath, 'plugin.discovery': 'only_scan', 'offset.flush.interval.ms': '10000' },
    // Each run of a sink is a group of its own, so that it reads the topic from its start.
    connectors: [
      {
        ...row.connector({ topic, records, countFile }),
        ...(row.counted === 'sink' ? { 'consumer.override.group.id': `bench-${runtime}-${Date.now()}` } : {}),
      },
    ],
  });
  const count = row.counted === 'topic' ? await topicCounter(options.bootstrapServers, topic) : fileCounter(countFile);
  const pid = worker.process.child.pid!;
  const before = row.counted === 'topic' ? await count.read() : 0;
  const samples: Sample[] = [];
  let residentMegabytesMax = 0;
  try {
    await waitFor(
      () => `${records} records: ${worker.process.output().slice(-3000)}`,
      async () => {
        if (!worker.process.isRunning) throw new Error(`the worker ended: ${worker.process.output().slice(-3000)}`);
        samples.push({ count: (await count.read()) - before, time: performance.now() / 1000, cpu: cpuSeconds(pid) });
        residentMegabytesMax = Math.max(residentMegabytesMax, residentBytes(pid) / 1e6);
        return samples.at(-1)!.count >= records;
      },
      600_000,
      50,
    );
  } finally {
    await worker.stop();
    await count.close();
  }
  const first = samples.find((sample) => sample.count >= warmup)!;
  const last = samples.at(-1)!;
  return {
    runtime,
    perSecond: Math.round((last.count - first.count) / (last.time - first.time)),
    perCpuSecond: Math.round((last.count - first.count) / (last.cpu - first.cpu)),
    residentMegabytesMax: Math.round(residentMegabytesMax),
  };
}

/** User and system time of a process, from /proc. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

interface Counter {
  read(): Promise<number>;
  close(): Promise<void>;
}

function fileCounter(file: string): Counter {
  return {
    async read() {
      try {
        return Number(readFileSync(file, 'utf8'));
      } catch {
        return 0;
      }
    },
    async close() {},
  };
}

async function topicCounter(bootstrapServers: string, topic: string): Promise<Counter> {
  const client = new KafkaClient(ClientSettings.forAdmin({ 'bootstrap.servers': bootstrapServers }, silentLog), { log: silentLog });
  await client.connect();
  const admin = new Admin(client);
  return {
    async read() {
      const [end] = await admin.listOffsets([{ topic, partition: 0, spec: 'latest' }]);
      return end?.offset ?? 0;
    },
    close: () => client.close(),
  };
}
