import type { EncodedHeader } from '@sluice/protocol';
import type { KafkaLog } from '../log.ts';
import { messageOf } from '../errors.ts';
import type { ClientSettings } from '../settings/client-settings.ts';
import { timerMaxMs } from '../client/retry-backoff.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { partitionForKey, StickyPartitioner } from './partitioner.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerClient } from './producer-client.ts';
import { producerConfig } from './producer-config.ts';
import type { ProducerConfig } from './producer-config.ts';
import { ProducerClosedError, ProducerFatalError, ProducerTimeoutError, RecordTooLargeError } from './producer-errors.ts';
import { isIdempotenceDenied, ProducerIdentity } from './producer-identity.ts';
import { quickSizeUpperBound, recordSizeUpperBound } from './record-size.ts';
import type { Encoded } from './record-size.ts';
import { RecordAccumulator } from './record-accumulator.ts';
import { Sender } from './sender.ts';
import { waitFor } from './wait-for.ts';

/** What became of one batch. */
export interface AckedBatch {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the first record; -1 where the broker did not say (`acks=0`, or a repeated batch that it had already). */
  readonly baseOffset: number;
  /** What was given to `append`, in the order of the records: record `i` has offset `baseOffset + i`. */
  readonly cookies: readonly unknown[];
  /** Null: stored as `acks` demands. Otherwise none of the records was acknowledged. */
  readonly error: Error | null;
}

export interface ProducerOptions {
  log: KafkaLog;
  now?: () => number;
  random?: () => number;
}

interface TopicState {
  readonly name: string;
  readonly sticky: StickyPartitioner;
  readonly queues: PartitionQueue[];
}

/**
 * Sends records in batches. Order within a partition is kept across retries: idempotent, or with
 * `max.in.flight.requests.per.connection=1`; otherwise a retried batch may come after its successors, as in Java.
 *
 * The client is the caller's: `close` does not close it.
 *
 * Source: org.apache.kafka.clients.producer.KafkaProducer
 */
export class Producer {
  readonly #client: ProducerClient;
  readonly #config: ProducerConfig;
  readonly #log: KafkaLog;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #accumulator: RecordAccumulator;
  readonly #topics = new Map<string, TopicState>();
  #sender: Sender | null = null;
  #identity: ProducerIdentity | null = null;
  #lastTopic: TopicState | null = null;
  #closing: Promise<void> | null = null;

  /** Called once for each batch, in the order of the partition. It may append; it must not throw. */
  onAck: (batch: AckedBatch) => void = () => {};

  constructor(client: ProducerClient, settings: ClientSettings, options: ProducerOptions) {
    this.#client = client;
    this.#config = producerConfig(settings);
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#accumulator = new RecordAccumulator(this.#config, (batches) => this.#deliver(batches));
    if (this.#config.isIdempotent) this.#identity = new ProducerIdentity(client, this.#config, { log: this.#log, random: this.#random });
  }

  /**
   * Gets a producer id where `enable.idempotence` is on, within `max.block.ms`. Where the broker denies it and idempotence was not asked for
   * by name, the producer goes on without, one request in flight. Without this call the id is asked for with the first batch.
   */
  async init(signal?: AbortSignal): Promise<void> {
    const identity = this.#identity;
    if (identity === null || this.#sender !== null) return;
    const giveUp = new AbortController();
    const timeout = new ProducerTimeoutError(`Timeout expired after ${this.#config.maxBlockMs} ms while awaiting InitProducerId`);
    const timer = setTimeout(() => giveUp.abort(timeout), Math.min(this.#config.maxBlockMs, timerMaxMs));
    const signals = signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal]);
    try {
      await identity.acquire(signals);
    } catch (error) {
      if (!isIdempotenceDenied(error) || this.#config.isIdempotenceExplicit) throw error;
      this.#log.warn(`Idempotence is off, one request in flight: the broker denied it (${messageOf(error)})`);
      this.#identity = null;
      this.#config.inFlightRequestsMax = 1;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until the topic's partitions are known, at most `max.block.ms`. Cheap when they are. Throws what `ClusterMetadata.ensure` throws. */
  async prepare(topic: string, signal?: AbortSignal): Promise<void> {
    if (this.partitionCount(topic) !== null) return;
    await this.#client.metadata.ensure([topic], { signal, timeoutMs: this.#config.maxBlockMs, allowAutoCreate: true });
  }

  /** Null while the topic is not known: `prepare` it. */
  partitionCount(topic: string): number | null {
    const count = this.#client.metadata.topic(topic)?.partitions.length ?? 0;
    return count === 0 ? null : count;
  }

  /**
   * Takes a record for sending; `cookie` comes back in `onAck`. Without a partition the key decides (murmur2), without a key the sticky partitioner;
   * without a timestamp it is now.
   *
   * Returns false where `buffer.memory` is full: await `room()` and append again. Throws `RecordTooLargeError` above `max.request.size` or
   * `buffer.memory`, and when the producer is closed or in a fatal error.
   */
  append(
    topic: string,
    partition: number | null,
    timestamp: number | null,
    key: Encoded,
    value: Encoded,
    headers: readonly EncodedHeader[] | null,
    cookie: unknown,
  ): boolean {
    const sender = this.#startSender();
    if (this.#closing !== null) throw new ProducerClosedError(false);
    if (sender.fatalError !== null) throw new ProducerFatalError(sender.fatalError);
    this.#checkSize(key, value, headers);
    const state = this.#topic(topic);
    const target = partition ?? this.#partition(state, key);
    const queue = (state.queues[target] ??= this.#queue(state, target));
    const now = this.#now();
    const before = queue.last()?.state === 'open' ? queue.last()!.sizeInBytes : 0;
    const result = this.#accumulator.append(queue, timestamp ?? now, key, value, headers, cookie, now);
    if (result === 'no-memory') {
      sender.wake();
      return false;
    }
    const batch = queue.last()!;
    if (partition === null && this.#isSticky(key))
      state.sticky.appended(batch.sizeInBytes - (result === 'appended' ? before : 0), result === 'new-batch');
    if (result === 'new-batch' || batch.sizeInBytes >= this.#config.batchBytes) sender.wake();
    return true;
  }

  #startSender(): Sender {
    this.#sender ??= new Sender({
      client: this.#client,
      config: this.#config,
      accumulator: this.#accumulator,
      identity: this.#identity,
      log: this.#log,
      now: this.#now,
      random: this.#random,
    });
    return this.#sender;
  }

  #checkSize(key: Encoded, value: Encoded, headers: readonly EncodedHeader[] | null): void {
    const { requestBytesMax, bufferBytes } = this.#config;
    if (quickSizeUpperBound(key, value, headers) <= Math.min(requestBytesMax, bufferBytes)) return;
    const size = recordSizeUpperBound(key, value, headers);
    const text = `The message is ${size} bytes when serialized which is larger than`;
    if (size > requestBytesMax)
      throw new RecordTooLargeError(`${text} ${requestBytesMax}, which is the value of the max.request.size configuration.`);
    if (size > bufferBytes)
      throw new RecordTooLargeError(`${text} the total memory buffer you have configured with the buffer.memory configuration.`);
  }

  #topic(name: string): TopicState {
    if (this.#lastTopic?.name === name) return this.#lastTopic;
    let state = this.#topics.get(name);
    if (state === undefined) {
      state = { name, sticky: new StickyPartitioner(this.#config.batchBytes, this.#random), queues: [] };
      this.#topics.set(name, state);
    }
    this.#lastTopic = state;
    return state;
  }

  #queue(state: TopicState, partition: number): PartitionQueue {
    const count = this.#knownPartitionCount(state.name);
    if (!Number.isInteger(partition) || partition < 0 || partition >= count) {
      throw new RangeError(`Invalid partition given with record: ${partition} is not in the range [0...${count}) of topic ${state.name}.`);
    }
    return this.#accumulator.queue(state.name, partition);
  }

  #isSticky(key: Encoded): boolean {
    return key === null || this.#config.ignoreKeys;
  }

  #partition(state: TopicState, key: Encoded): number {
    const count = this.#knownPartitionCount(state.name);
    if (key !== null && !this.#config.ignoreKeys) return partitionForKey(key, count);
    return state.sticky.partition(count, (partition) => this.#client.metadata.leader(state.name, partition) >= 0);
  }

  #knownPartitionCount(topic: string): number {
    const count = this.partitionCount(topic);
    if (count === null) throw new Error(`Topic ${topic} was not prepared: await prepare(topic) before append`);
    return count;
  }

  /** Waits until the record that `append` refused would fit, at most `max.block.ms`. */
  async room(signal?: AbortSignal): Promise<void> {
    const { maxBlockMs } = this.#config;
    const timedOut = (): Error =>
      new ProducerTimeoutError(
        `Failed to allocate ${this.#accumulator.refusedBytes} bytes within the configured max blocking time ${maxBlockMs} ms. ` +
          `Total memory: ${this.#config.bufferBytes} bytes. Available memory: ${this.#accumulator.availableBytes} bytes.`,
        'org.apache.kafka.clients.producer.BufferExhaustedException',
      );
    const waiting = waitFor((done) => this.#accumulator.waitForRoom(done), { signal, timeoutMs: maxBlockMs, timedOut });
    this.#sender?.wake();
    await waiting;
  }

  /** Sends everything now and waits until all that was appended before is acknowledged or failed. */
  async flush(signal?: AbortSignal): Promise<void> {
    const waiting = waitFor((done) => this.#accumulator.flush(done), { signal });
    this.#sender?.wake();
    await waiting;
  }

  /** Records appended and not yet handed to `onAck`. */
  inFlightRecords(): number {
    return this.#accumulator.recordCount;
  }

  /**
   * Takes no more records, waits at most `timeoutMs` for those it has, then fails what is left and stops. Further calls wait for the first.
   * Does not reject: whatever was not acknowledged came to `onAck` with an error.
   */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    const sender = this.#startSender();
    this.#accumulator.isClosing = true;
    const timedOut = (): Error => new ProducerClosedError(true);
    const waiting = waitFor((done) => this.#accumulator.flush(done), { timeoutMs, timedOut });
    sender.wake();
    await waiting.catch(() =>
      this.#log.info(`Closing the producer with ${this.inFlightRecords()} records unacknowledged after ${timeoutMs} ms`),
    );
    sender.stop(new ProducerClosedError(true));
  }

  #deliver(batches: readonly ProducerBatch[]): void {
    for (const { topic, partition, baseOffset, cookies, error } of batches) {
      try {
        this.onAck({ topic, partition, baseOffset, cookies, error });
      } catch (failure) {
        this.#log.error(`The listener for acknowledgements of ${topic}-${partition} threw: ${messageOf(failure)}`);
      }
    }
  }
}
