import { KafkaClient } from '../client/kafka-client.ts';
import { delay } from '../client/retry-backoff.ts';
import { Consumer } from '../consumer/consumer.ts';
import { WakeupError } from '../consumer/consumer-errors.ts';
import type { FetchedBatch } from '../consumer/fetched-chunk.ts';
import { partitionKey } from '../consumer/topic-partition.ts';
import type { TopicPartition } from '../consumer/topic-partition.ts';
import { isRetriable, messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import { silentLog } from '../log.ts';
import { ClientSettings } from '../settings/client-settings.ts';
import type { ClientProperties } from '../settings/client-settings.ts';
import { TableWriter } from './table-writer.ts';

export interface TableRecordContext {
  readonly offset: number;
  readonly partition: number;
  /** ms since the epoch, -1 for none. */
  readonly timestamp: number;
}

export interface TopicTableOptions {
  topic: string;
  /** Properties of the reader; a `group.id` has no meaning here, and reading always begins at the start. */
  consumer: ClientProperties;
  /** Properties of the writer; without it `write` is not possible. `acks` is always `all`. */
  producer?: ClientProperties | undefined;
  /** Called for every record, in the order of its partition, what was just written among them. The buffers are views: copy what is kept. It must not throw. */
  onRecord: (key: Buffer | null, value: Buffer | null, context: TableRecordContext) => void;
  /** Reading failed for good; waits for the end of the topic reject with the same error. */
  onError?: ((error: Error) => void) | undefined;
  log?: KafkaLog | undefined;
}

interface EndWaiter {
  resolve: () => void;
  reject: (error: Error) => void;
  targets: ReadonlyMap<string, number> | null;
}

const idlePollTimeoutMs = 2_147_483_647;
const waitingPollTimeoutMs = 50;
const retryDelayMs = 1000;

/**
 * A compacted topic read as a table: first to its end, then along with it. Every read goes through one loop, so `onRecord` is never called twice at a time.
 *
 * Source: org.apache.kafka.connect.util.KafkaBasedLog
 */
export class TopicTable {
  readonly #options: TopicTableOptions;
  readonly #log: KafkaLog;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #writer: TableWriter | null;
  readonly #waiters = new Set<EndWaiter>();
  readonly #abort = new AbortController();
  #loop: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  #failure: Error | null = null;
  #partitions: TopicPartition[] = [];

  constructor(options: TopicTableOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    const fixed = { 'enable.auto.commit': 'false', 'auto.offset.reset': 'earliest', 'group.id': null };
    const settings = ClientSettings.forConsumer({ ...options.consumer, ...fixed }, this.#log);
    this.#client = new KafkaClient(settings, { log: this.#log });
    this.#consumer = new Consumer(this.#client, settings, { log: this.#log });
    this.#writer = options.producer === undefined ? null : new TableWriter(options.topic, options.producer, this.#log);
  }

  /** Connects and reads to the end of the topic, which has to exist; then follows it until `stop`. Call it once. */
  async start(signal?: AbortSignal): Promise<void> {
    const { topic } = this.#options;
    await this.#client.connect(signal);
    await this.#client.metadata.ensure([topic], { signal, allowAutoCreate: false });
    this.#partitions = this.#client.metadata.topic(topic)!.partitions.map(({ partition }) => ({ topic, partition }));
    this.#consumer.assign(this.#partitions);
    this.#loop = this.#run();
    await this.readToEnd(signal);
  }

  /** Number of partitions of the topic, 0 before `start`. */
  get partitionCount(): number {
    return this.#partitions.length;
  }

  /** Resolves when everything that was in the topic at the time of the call has come through `onRecord`. */
  readToEnd(signal?: AbortSignal): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#loop === null || this.#stopping !== null) return Promise.reject(stopped(this.#options.topic));
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal!.reason as Error);
      };
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      const waiter: EndWaiter = {
        resolve: () => (done(), resolve()),
        reject: (error) => (done(), reject(error)),
        targets: null,
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#consumer.wakeup();
    });
  }

  /** Writes a record and waits for the broker's acknowledgement; null as value deletes the key. Concurrent writes go out in the order of the calls. */
  write(key: Buffer | string | null, value: Buffer | string | null): Promise<void> {
    if (this.#stopping !== null) return Promise.reject(stopped(this.#options.topic));
    if (this.#writer === null) return Promise.reject(new Error(`The table of topic ${this.#options.topic} was made without a producer`));
    return this.#writer.write(key, value);
  }

  /** Stops reading, waits a little for writes under way, and lets everything go. Waits for the end reject. May be called twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#abort.abort(stopped(this.#options.topic));
    this.#rejectWaiters(stopped(this.#options.topic));
    await this.#consumer.close({ timeoutMs: 5000 });
    await this.#loop;
    await this.#writer?.close();
    await this.#client.close();
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        await this.#setTargets();
        // A position also moves over what nobody sees (markers, aborted transactions), without a poll that returns.
        this.#deliver(await this.#consumer.poll(this.#waiters.size > 0 ? waitingPollTimeoutMs : idlePollTimeoutMs));
        this.#resolveWaiters();
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (error instanceof WakeupError) continue;
        if (!isRetriable(error)) {
          this.#fail(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        this.#log.warn(`Reading topic ${this.#options.topic} failed, trying again: ${messageOf(error)}`);
        await delay(retryDelayMs, this.#abort.signal).catch(() => {});
      }
    }
  }

  /** Finds the ends for those who wait for them, also behind transactions under way: those that are aborted are passed over in time. */
  async #setTargets(): Promise<void> {
    const fresh = [...this.#waiters].filter(({ targets }) => targets === null);
    if (fresh.length === 0) return;
    const targets = await this.#consumer.endOffsets(this.#partitions, { isReadCommitted: false });
    for (const waiter of fresh) waiter.targets = targets;
    this.#resolveWaiters();
  }

  #deliver(batches: readonly FetchedBatch[]): void {
    const { onRecord } = this.#options;
    for (const { partition, columns, from, to } of batches) {
      const { buffer, offsets, timestamps, keyStart, keyEnd, valueStart, valueEnd } = columns;
      for (let i = from; i < to; i += 1) {
        const key = keyStart[i]! < 0 ? null : buffer.subarray(keyStart[i], keyEnd[i]);
        const value = valueStart[i]! < 0 ? null : buffer.subarray(valueStart[i], valueEnd[i]);
        onRecord(key, value, { offset: offsets[i]!, partition, timestamp: timestamps[i]! });
      }
    }
  }

  #resolveWaiters(): void {
    for (const waiter of this.#waiters) {
      if (waiter.targets === null || !this.#partitions.every((each) => this.#isAt(each, waiter.targets!.get(partitionKey(each)) ?? 0)))
        continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #isAt(partition: TopicPartition, offset: number): boolean {
    return offset === 0 || (this.#consumer.positionOrNull(partition) ?? -1) >= offset;
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#rejectWaiters(error);
    this.#options.onError?.(error);
  }

  #rejectWaiters(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }
}

function stopped(topic: string): Error {
  return new Error(`The table of topic ${topic} is stopped`);
}
