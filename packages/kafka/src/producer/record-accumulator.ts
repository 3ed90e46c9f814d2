import type { EncodedHeader } from '@sluice/protocol';
import { PartitionQueue } from './partition-queue.ts';
import { ProducerBatch } from './producer-batch.ts';
import type { BatchFormat } from './producer-batch.ts';
import type { ProducerConfig } from './producer-config.ts';
import { recordSizeUpperBound } from './record-size.ts';
import type { Encoded } from './record-size.ts';

/** Whether a record was taken: not for want of memory; into a batch that had begun; or as the first of a new one. */
export type AppendResult = 'no-memory' | 'appended' | 'new-batch';

/** The batches of a finished partition queue's head, ready to be told to the user. */
export type DeliverBatches = (batches: readonly ProducerBatch[]) => void;

interface Flush {
  remaining: Set<ProducerBatch>;
  done: () => void;
}

/**
 * Records wait here, in one queue of batches for each partition, until the sender takes them. Bounded by `buffer.memory`: a batch
 * reserves `batch.size` (or what its one record needs) from its first record to its end.
 *
 * Source: RecordAccumulator, BufferPool
 */
export class RecordAccumulator {
  readonly #config: ProducerConfig;
  readonly #format: BatchFormat;
  readonly #deliver: DeliverBatches;
  readonly #topics = new Map<string, PartitionQueue[]>();
  /** Queues with something to do. */
  readonly active = new Set<PartitionQueue>();
  readonly #roomWaiters = new Set<() => void>();
  readonly #flushes = new Set<Flush>();
  #availableBytes: number;
  #refusedBytes = 0;
  #recordCount = 0;
  isClosing = false;

  constructor(config: ProducerConfig, deliver: DeliverBatches) {
    this.#config = config;
    this.#format = { compression: config.compression, compressionLevel: config.compressionLevel, isTransactional: false };
    this.#deliver = deliver;
    this.#availableBytes = config.bufferBytes;
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  get availableBytes(): number {
    return this.#availableBytes;
  }

  /** Open batches are to go at once: somebody waits for them or for their memory. */
  get isPressed(): boolean {
    return this.isClosing || this.#flushes.size > 0 || this.#roomWaiters.size > 0;
  }

  queue(topic: string, partition: number): PartitionQueue {
    let queues = this.#topics.get(topic);
    if (queues === undefined) this.#topics.set(topic, (queues = []));
    return (queues[partition] ??= new PartitionQueue(topic, partition));
  }

  append(
    queue: PartitionQueue,
    timestamp: number,
    key: Encoded,
    value: Encoded,
    headers: readonly EncodedHeader[] | null,
    cookie: unknown,
    now: number,
  ): AppendResult {
    const last = queue.last();
    if (last !== null && last.state === 'open') {
      if (last.tryAppend(timestamp, key, value, headers, cookie)) {
        this.#recordCount += 1;
        return 'appended';
      }
      last.state = 'queued';
    }
    // A buffer smaller than one batch holds one batch.
    const reservedBytes = Math.min(this.#config.bufferBytes, Math.max(this.#config.batchBytes, recordSizeUpperBound(key, value, headers)));
    if (reservedBytes > this.#availableBytes) {
      this.#refusedBytes = reservedBytes;
      return 'no-memory';
    }
    const { topic, partition } = queue;
    const bytesMax = this.#config.batchBytes;
    const batch = new ProducerBatch({ topic, partition, format: this.#format, bytesMax, reservedBytes, createdMs: now });
    // The builder takes a first record of any size; what it cannot take (an invalid timestamp) it throws.
    batch.tryAppend(timestamp, key, value, headers, cookie);
    this.#availableBytes -= reservedBytes;
    this.#recordCount += 1;
    queue.batches.push(batch);
    this.active.add(queue);
    return 'new-batch';
  }

  /** Ends a batch: acknowledged with its offset (-1 unknown), or failed. The user hears of it once all before it ended. */
  finish(queue: PartitionQueue, batch: ProducerBatch, baseOffset: number, error: Error | null): void {
    if (batch.state === 'done') return;
    batch.finish(baseOffset, error);
    this.#availableBytes += batch.reservedBytes;
    const finished = queue.takeFinished();
    if (finished.length > 0) {
      for (const each of finished) this.#recordCount -= each.recordCount;
      this.#deliver(finished);
      for (const flush of this.#flushes) this.#finishFlush(flush, finished);
    }
    this.#wakeRoomWaiters();
  }

  split(queue: PartitionQueue, batch: ProducerBatch): void {
    const parts = batch.split();
    queue.replace(batch, parts);
    for (const flush of this.#flushes) {
      if (!flush.remaining.delete(batch)) continue;
      for (const part of parts) flush.remaining.add(part);
    }
  }

  /** Resolves when the record that was refused last would fit. */
  waitForRoom(onRoom: () => void): { cancel: () => void } {
    this.#roomWaiters.add(onRoom);
    this.#wakeRoomWaiters();
    return { cancel: () => this.#roomWaiters.delete(onRoom) };
  }

  get refusedBytes(): number {
    return this.#refusedBytes;
  }

  #wakeRoomWaiters(): void {
    if (this.#roomWaiters.size === 0 || this.#availableBytes < this.#refusedBytes) return;
    const waiters = [...this.#roomWaiters];
    this.#roomWaiters.clear();
    for (const onRoom of waiters) onRoom();
  }

  /** Calls back when all batches of this moment ended. */
  flush(done: () => void): { cancel: () => void } {
    const remaining = new Set<ProducerBatch>();
    for (const queue of this.active) for (const batch of queue.batches) remaining.add(batch);
    const flush: Flush = { remaining, done };
    if (remaining.size === 0) done();
    else this.#flushes.add(flush);
    return { cancel: () => this.#flushes.delete(flush) };
  }

  #finishFlush(flush: Flush, finished: readonly ProducerBatch[]): void {
    for (const batch of finished) flush.remaining.delete(batch);
    if (flush.remaining.size > 0) return;
    this.#flushes.delete(flush);
    flush.done();
  }

  /** Ends every batch with the same error: the producer is finished. */
  failAll(error: Error): void {
    for (const queue of this.active) for (const batch of queue.batches.slice()) this.finish(queue, batch, -1, error);
    this.active.clear();
  }
}
