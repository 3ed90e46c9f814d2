import { startBroker } from '@sluice/broker';
import { Admin } from '../../src/admin/admin.ts';
import { KafkaClient } from '../../src/client/kafka-client.ts';
import { Consumer } from '../../src/consumer/consumer.ts';
import type { FetchedBatch } from '../../src/consumer/fetched-chunk.ts';
import type { RebalanceListener } from '../../src/consumer/rebalancer.ts';
import { silentLog } from '../../src/log.ts';
import type { KafkaLog } from '../../src/log.ts';
import { Producer } from '../../src/producer/producer.ts';
import { ClientSettings } from '../../src/settings/client-settings.ts';

const stderr = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);
const testLog: KafkaLog =
  process.env['SLUICE_TEST_LOG'] === undefined ? silentLog : { debug: stderr, info: stderr, warn: stderr, error: stderr };

/** A broker for a test file: the one at SLUICE_TEST_BOOTSTRAP, or Sluice's own. Everything made through it is closed with it. */
export class TestCluster {
  readonly bootstrap: string;
  readonly #stop: () => Promise<void>;
  readonly #closers: (() => Promise<void>)[] = [];
  #number = 0;

  private constructor(bootstrap: string, stop: () => Promise<void>) {
    this.bootstrap = bootstrap;
    this.#stop = stop;
  }

  static async start(): Promise<TestCluster> {
    const given = process.env['SLUICE_TEST_BOOTSTRAP'];
    if (given !== undefined) return new TestCluster(given, async () => {});
    const broker = await startBroker({
      listen: '127.0.0.1:0',
      dataDir: null,
      config: { 'group.initial.rebalance.delay.ms': '0', 'group.min.session.timeout.ms': '100' },
    });
    return new TestCluster(broker.bootstrapServers, () => broker.close());
  }

  name(prefix: string): string {
    this.#number += 1;
    return `${prefix}-${process.pid}-${Date.now().toString(36)}-${this.#number}`;
  }

  async topic(partitions: number, configs: Record<string, string> = {}): Promise<string> {
    const name = this.name('topic');
    const settings = ClientSettings.forAdmin({ 'bootstrap.servers': this.bootstrap });
    const client = new KafkaClient(settings, { log: testLog });
    try {
      await new Admin(client).createTopics([{ name, numPartitions: partitions, replicationFactor: 1, configs }]);
    } finally {
      await client.close();
    }
    return name;
  }

  async producer(properties: Record<string, string> = {}, bootstrap: string = this.bootstrap): Promise<Producer> {
    const settings = ClientSettings.forProducer({ 'bootstrap.servers': bootstrap, 'linger.ms': '0', ...properties });
    const client = new KafkaClient(settings, { log: testLog });
    const producer = new Producer(client, settings, { log: testLog });
    this.#closers.push(async () => {
      await producer.close(1000);
      await client.close();
    });
    await producer.init();
    return producer;
  }

  consumer(properties: Record<string, string> = {}, bootstrap: string = this.bootstrap): Consumer {
    const defaults = {
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': 'false',
      'fetch.max.wait.ms': '50',
      'retry.backoff.ms': '10',
    };
    const settings = ClientSettings.forConsumer({ 'bootstrap.servers': bootstrap, ...defaults, ...properties });
    const client = new KafkaClient(settings, { log: testLog });
    const consumer = new Consumer(client, settings, { log: testLog });
    this.#closers.push(async () => {
      await consumer.close({ timeoutMs: 1000 });
      await client.close();
    });
    return consumer;
  }

  /** Closes what was made so far. */
  async closeClients(): Promise<void> {
    await Promise.all(this.#closers.splice(0).map((close) => close()));
  }

  async close(): Promise<void> {
    await this.closeClients();
    await this.#stop();
  }
}

export const noListener: RebalanceListener = { onAssigned() {}, onRevoked() {}, onLost() {} };

export interface ReadRecord {
  partition: number;
  offset: number;
  timestamp: number;
  key: string | null;
  value: string | null;
}

export function readRecords(batches: readonly FetchedBatch[]): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (const { partition, columns, from, to } of batches) {
    const text = (start: number, end: number): string | null => (start < 0 ? null : columns.buffer.toString('utf8', start, end));
    for (let i = from; i < to; i += 1) {
      records.push({
        partition,
        offset: columns.offsets[i]!,
        timestamp: columns.timestamps[i]!,
        key: text(columns.keyStart[i]!, columns.keyEnd[i]!),
        value: text(columns.valueStart[i]!, columns.valueEnd[i]!),
      });
    }
  }
  return records;
}

/** Polls until so many records came, or throws. */
export async function pollRecords(consumer: Consumer, count: number, deadlineMs = 15_000): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  const deadline = Date.now() + deadlineMs;
  while (records.length < count) {
    if (Date.now() > deadline) throw new Error(`${records.length} of ${count} records after ${deadlineMs} ms`);
    records.push(...readRecords(await consumer.poll(200)));
  }
  return records;
}

/** Polls the consumers in turn, as their tasks would, until the condition holds. */
export async function pollUntil(
  consumers: readonly Consumer[],
  condition: () => boolean,
  what: string,
  deadlineMs = 15_000,
): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  const deadline = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not after ${deadlineMs} ms: ${what}`);
    for (const batches of await Promise.all(consumers.map((consumer) => consumer.poll(20)))) records.push(...readRecords(batches));
  }
  return records;
}
