import type { Encoded } from '@sluice/api';
import type { AckedBatch, EncodedHeader, TaskProducer } from '../../src/tasks/surroundings.ts';

export interface Appended {
  readonly topic: string;
  readonly partition: number | null;
  readonly timestamp: number | null;
  readonly key: Encoded;
  readonly value: Encoded;
  readonly headers: readonly EncodedHeader[] | null;
  readonly cookie: unknown;
}

/** A producer in memory: the test acknowledges, or `autoAck` does so at once. */
export class FakeProducer implements TaskProducer {
  readonly sent: Appended[] = [];
  readonly prepared: string[] = [];
  onAck: (batch: AckedBatch) => void = () => undefined;
  /** Records that are not acknowledged. */
  unacked: Appended[] = [];
  autoAck = false;
  /** Full at this many records that are not acknowledged. */
  capacity = Infinity;
  appendError: Error | null = null;
  isClosed = false;
  #waiters: (() => void)[] = [];

  async init(): Promise<void> {}

  async prepare(topic: string): Promise<void> {
    this.prepared.push(topic);
  }

  append(
    topic: string,
    partition: number | null,
    timestamp: number | null,
    key: Encoded,
    value: Encoded,
    headers: readonly EncodedHeader[] | null,
    cookie: unknown,
  ): boolean {
    if (this.appendError !== null) throw this.appendError;
    if (this.unacked.length >= this.capacity) return false;
    const record = { topic, partition, timestamp, key, value, headers, cookie };
    this.sent.push(record);
    this.unacked.push(record);
    if (this.autoAck) queueMicrotask(() => this.ack());
    return true;
  }

  get values(): Encoded[] {
    return this.sent.map(({ value }) => value);
  }

  /** Acknowledges the first `count` records, or lets them fail. */
  ack(count: number = this.unacked.length, error: Error | null = null): void {
    const records = this.unacked.splice(0, count);
    if (records.length === 0) return;
    this.onAck({ topic: records[0]!.topic, partition: 0, baseOffset: 0, cookies: records.map(({ cookie }) => cookie), error });
    this.#wake();
  }

  room(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  flush(signal?: AbortSignal): Promise<void> {
    if (this.unacked.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('flush timed out')));
      const check = (): void => (this.unacked.length === 0 ? resolve() : void this.#waiters.push(check));
      check();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
