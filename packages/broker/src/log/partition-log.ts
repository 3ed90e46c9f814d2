import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { kafkaError } from '@sluice/protocol';
import type { BrokerLog } from '../broker-options.ts';
import { patchLogAppendTime, patchOffset } from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';
import { syncDirectory } from './files.ts';
import { readLogStartOffset, writeLogStartOffset, writeProducers } from './log-checkpoints.ts';
import type { LogConfig } from './log-config.ts';
import { LogReader } from './log-reader.ts';
import type { LogRead } from './log-reader.ts';
import { recoverLog } from './log-recovery.ts';
import { ProducerState } from './producer-state.ts';
import { Segment } from './segment.ts';

export interface PartitionLogOptions {
  directory: string;
  /** `topic-partition`, for messages. */
  name: string;
  config: LogConfig;
  log: BrokerLog;
  now: () => number;
}

export interface AppendResult {
  baseOffset: number;
  lastOffset: number;
  /** −1 unless the topic has LogAppendTime. */
  logAppendTimeMs: number;
}

/** Somebody who waits for `bytes` more bytes in the log. */
export interface AppendWaiter {
  onAppend(bytes: number): void;
}

interface QueuedAppend {
  header: BatchHeader;
  buffer: Buffer;
  result: AppendResult;
  resolve: (result: AppendResult) => void;
  reject: (error: Error) => void;
}

/** Batches written by one call: bounds the time until the first of them is acknowledged. */
const MAX_BATCHES_PER_WRITE = 256;
const MAX_BYTES_PER_WRITE = 8 << 20;
const MAX_RELATIVE_OFFSET = 0xffff_ffff;
const IDLE_FILE_MS = 60_000;
/** What a timer can wait at most; a longer `flush.ms` is never. */
const MAX_TIMER_MS = 0x7fff_ffff;

/**
 * The log of one partition on disk: segments, appended to by one loop that drains a queue, read from beside it.
 *
 * An append is acknowledged when the write call has returned (and, by `flush.messages`, the sync): from then on the operating system has it, and only
 * the end of the machine can lose it. Until then nobody can read it: the high watermark is what has been written. The queue is bounded by its callers: each
 * connection has one request under way.
 */
export class PartitionLog {
  readonly name: string;
  readonly directory: string;
  readonly producers = new ProducerState();
  config: LogConfig;

  readonly #log: BrokerLog;
  readonly #now: () => number;
  /** By base offset; the last is written to. Never empty once open. */
  readonly #segments: Segment[] = [];
  readonly #reader = new LogReader(this.#segments);
  #logStartOffset = 0;
  /** What the next batch gets; ahead of the high watermark by what is queued. */
  #nextOffset = 0;
  #highWatermark = 0;
  #queue: QueuedAppend[] = [];
  #tasks: (() => Promise<void>)[] = [];
  #isRunning = false;
  readonly #background = new Set<Promise<void>>();
  readonly #waiters = new Set<AppendWaiter>();
  #unflushedMessages = 0;
  #flushTimer: NodeJS.Timeout | null = null;
  /** Up to where the producers' file tells. */
  #producersKnownTo = 0;
  #failure: Error | null = null;
  #isClosed = false;

  private constructor(options: PartitionLogOptions) {
    this.name = options.name;
    this.directory = options.directory;
    this.config = options.config;
    this.#log = options.log;
    this.#now = options.now;
  }

  /** Opens the log in its directory, which is made where it is missing. After a crash the torn end is cut off, and said. */
  static async open(options: PartitionLogOptions): Promise<PartitionLog> {
    const log = new PartitionLog(options);
    await log.#open();
    return log;
  }

  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset after the last record that may be read. */
  get highWatermark(): number {
    return this.#highWatermark;
  }

  /** The offset up to which all transactions are decided. */
  get lastStableOffset(): number {
    return this.#highWatermark;
  }

  get sizeInBytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  get segmentCount(): number {
    return this.#segments.length;
  }

  /**
   * Appends a checked batch; its offsets (and time, by LogAppendTime) are set in `buffer`, which must stay as it is until the promise is settled.
   * A batch that an idempotent producer sends again is not written twice: the result is that of the first time.
   * Rejects with OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH or KAFKA_STORAGE_ERROR.
   */
  async append(header: BatchHeader, buffer: Buffer): Promise<AppendResult> {
    this.#checkUsable();
    const duplicate = this.producers.check(header, this.name);
    if (duplicate !== null) {
      // The first one may still be on its way to the disk.
      if (duplicate.lastOffset >= this.#highWatermark) await this.#exclusively(async () => this.#checkUsable());
      return { baseOffset: duplicate.baseOffset, lastOffset: duplicate.lastOffset, logAppendTimeMs: duplicate.timestamp };
    }
    const now = this.#now();
    const baseOffset = this.#nextOffset;
    patchOffset(buffer, baseOffset);
    if (this.config.isLogAppendTime) patchLogAppendTime(buffer, now);
    const lastOffset = baseOffset + header.lastOffsetDelta;
    const maxTimestamp = this.config.isLogAppendTime ? now : header.maxTimestamp;
    const result = { baseOffset, lastOffset, logAppendTimeMs: this.config.isLogAppendTime ? now : -1 };
    const { promise, resolve, reject } = Promise.withResolvers<AppendResult>();
    this.#nextOffset = lastOffset + 1;
    this.producers.append(header, baseOffset, result.logAppendTimeMs, now);
    this.#queue.push({ header: { ...header, baseOffset, lastOffset, maxTimestamp }, buffer, result, resolve, reject });
    this.#run();
    return promise;
  }

  /**
   * Whole batches from the one that holds `offset` on: at most `maxBytes`, but with `isOneAtLeast` one batch of any size. Empty at the end of the log.
   * Throws OFFSET_OUT_OF_RANGE.
   */
  async read(offset: number, maxBytes: number, isOneAtLeast: boolean): Promise<LogRead> {
    this.#checkUsable();
    if (offset < this.#logStartOffset || offset > this.#highWatermark) {
      throw kafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Offset ${offset} of ${this.name} is not between ${this.#logStartOffset} and ${this.#highWatermark}.`,
      );
    }
    if (offset === this.#highWatermark || (maxBytes <= 0 && !isOneAtLeast)) return { records: Buffer.alloc(0), nextOffset: offset };
    try {
      return await this.#reader.read({ offset, maxBytes, isOneAtLeast, indexIntervalBytes: this.config.indexIntervalBytes });
    } catch (error) {
      if (offset >= this.#logStartOffset) throw error;
      throw kafkaError('OFFSET_OUT_OF_RANGE', `The records at offset ${offset} of ${this.name} have been deleted meanwhile.`, {
        cause: error,
      });
    }
  }

  /** The first batch, of those that reach `fromOffset`, with a record of `timestamp` or later; null for none. Which record it is, is for the caller to find in it. */
  batchOfTimestamp(timestamp: number, fromOffset: number): Promise<Buffer | null> {
    return this.#reader.batchOfTimestamp(timestamp, fromOffset);
  }

  /** The batch with the greatest timestamp, the first of several; null where the log is empty. */
  batchOfMaxTimestamp(): Promise<Buffer | null> {
    return this.#reader.batchOfMaxTimestamp(this.#logStartOffset, this.config.indexIntervalBytes);
  }

  /** Tells the waiter of what is written from now on, until `removeWaiter`. */
  addWaiter(waiter: AppendWaiter): void {
    this.#waiters.add(waiter);
  }

  removeWaiter(waiter: AppendWaiter): void {
    this.#waiters.delete(waiter);
  }

  /** Moves the start of the log to `offset` (−1: the high watermark), which lasts when this returns. Returns the new start. */
  async deleteRecordsBefore(offset: number): Promise<number> {
    const start = offset === -1 ? this.#highWatermark : offset;
    if (start < 0 || start > this.#highWatermark) {
      throw kafkaError('OFFSET_OUT_OF_RANGE', `Offset ${offset} of ${this.name} is not between 0 and ${this.#highWatermark}.`);
    }
    await this.#exclusively(async () => {
      if (start > this.#logStartOffset) await this.#moveStart(start);
    });
    return this.#logStartOffset;
  }

  /** Ends the active segment: only whole segments are ever deleted, so what is to outlive the records before it begins a new one. */
  endSegment(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#active.size > 0) this.#roll();
    });
  }

  /** Returns when all that was acknowledged is on disk. */
  flush(): Promise<void> {
    return this.#exclusively(async () => {
      await Promise.all(this.#background);
      await this.#flush();
    });
  }

  /** The regular work: retention by time and size, forgetting silent producers, closing files that nobody reads. */
  async maintain(producerExpirationMs: number): Promise<void> {
    if (this.#isClosed || this.#failure !== null) return;
    await this.#exclusively(async () => {
      const now = this.#now();
      // Nothing is queued at this moment: the producers' state is that of the high watermark.
      this.producers.expire(now, producerExpirationMs);
      this.#writeProducers();
      if (this.#active.size > 0 && now - this.#active.createdMs >= this.config.segmentMs) this.#roll();
      if (this.config.isDeletePolicy) await this.#applyRetention(now);
      for (const segment of this.#segments.slice(0, -1)) await segment.closeIfIdle(IDLE_FILE_MS);
    });
  }

  /** Writes everything to disk, with what makes the next start quick. Appends that are queued are finished before. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#runTask(async () => {
      await Promise.all(this.#background);
      if (this.#failure === null) {
        await this.#flush();
        await this.#active.writeIndex();
        this.#writeProducers();
      }
      for (const segment of this.#segments) await segment.close();
    });
    this.#wake(0);
  }

  /** Closes the log for good, without a care for what is in it: its directory is going to be removed. */
  async abandon(): Promise<void> {
    this.#isClosed = true;
    await this.#runTask(async () => {
      this.#setFlushed();
      await Promise.all(this.#background);
      for (const segment of this.#segments) await segment.close();
    });
    this.#wake(0);
  }

  #writeProducers(): void {
    if (this.#producersKnownTo === this.#highWatermark) return;
    writeProducers(this.directory, this.#highWatermark, this.producers.snapshot());
    this.#producersKnownTo = this.#highWatermark;
  }

  get #active(): Segment {
    const segment = this.#segments.at(-1);
    if (segment === undefined) throw new Error(`The log of ${this.name} has no segment.`);
    return segment;
  }

  async #open(): Promise<void> {
    fs.mkdirSync(this.directory, { recursive: true });
    this.#logStartOffset = readLogStartOffset(this.directory);
    const { directory, name, producers } = this;
    const recovered = await recoverLog({
      directory,
      name,
      indexIntervalBytes: this.config.indexIntervalBytes,
      log: this.#log,
      now: this.#now(),
      producers,
    });
    this.#segments.push(...recovered.segments);
    this.#producersKnownTo = recovered.producersKnownTo;
    const last = this.#segments.at(-1);
    if (last === undefined) this.#addSegment(this.#logStartOffset);
    this.#nextOffset = Math.max(this.#active.nextOffset, this.#logStartOffset);
    this.#highWatermark = this.#nextOffset;
    this.#logStartOffset = Math.max(this.#logStartOffset, this.#segments[0]?.baseOffset ?? 0);
    // An empty log that starts later than its segment: the offsets before must not be given again.
    if (this.#active.size === 0 && this.#active.baseOffset < this.#nextOffset) this.#addSegment(this.#nextOffset);
  }

  #addSegment(baseOffset: number): void {
    const segment = new Segment(this.directory, baseOffset, { indexIntervalBytes: this.config.indexIntervalBytes, now: this.#now() });
    segment.create();
    this.#segments.push(segment);
  }

  #checkUsable(): void {
    if (this.#failure !== null)
      throw kafkaError('KAFKA_STORAGE_ERROR', `The log of ${this.name} is offline since a write failed.`, { cause: this.#failure });
    if (this.#isClosed) throw kafkaError('NOT_LEADER_OR_FOLLOWER', `The log of ${this.name} is closed.`);
  }

  /** Runs `task` between two writes, and settles with it. */
  #exclusively(task: () => Promise<void>): Promise<void> {
    this.#checkUsable();
    return this.#runTask(task);
  }

  #runTask(task: () => Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#tasks.push(() => task().then(resolve, reject));
    this.#run();
    return promise;
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#drain();
  }

  async #drain(): Promise<void> {
    // Callers of this turn of the event loop go into one write.
    await Promise.resolve();
    while (this.#queue.length > 0 || this.#tasks.length > 0) {
      // What was appended before a task was asked for is written before it runs.
      while (this.#queue.length > 0) await this.#writeSome();
      await this.#tasks.shift()?.();
    }
    this.#isRunning = false;
  }

  async #writeSome(): Promise<void> {
    let batches: QueuedAppend[] = [];
    try {
      batches = this.#takeBatches();
      if (this.#failure !== null) throw this.#failure;
      await this.#active.append(batches, this.#now());
      const messages = batches.reduce((sum, { header }) => sum + header.count, 0);
      this.#unflushedMessages += messages;
      this.#flushLater();
      if (this.#unflushedMessages >= this.config.flushMessages) await this.#flush();
    } catch (error) {
      this.#fail(error as Error, batches);
      return;
    }
    // Invariant: acknowledged and readable only what has been written (and synced where the configuration wants it).
    this.#highWatermark = (batches.at(-1)?.header.lastOffset ?? this.#highWatermark - 1) + 1;
    for (const { resolve, result } of batches) resolve(result);
    this.#wake(batches.reduce((sum, { buffer }) => sum + buffer.length, 0));
  }

  /** The next batches that go into the same segment; begins a new one where the first does not fit any more. */
  #takeBatches(): QueuedAppend[] {
    const first = this.#queue[0];
    if (first !== undefined && this.#failure === null && !this.#fits(first, this.#active.size)) this.#roll(first.header.baseOffset);
    let bytes = this.#active.size;
    let count = 0;
    for (const batch of this.#queue) {
      if (count > 0 && (count === MAX_BATCHES_PER_WRITE || bytes - this.#active.size > MAX_BYTES_PER_WRITE || !this.#fits(batch, bytes)))
        break;
      bytes += batch.buffer.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  #fits(batch: QueuedAppend, size: number): boolean {
    const active = this.#active;
    if (size === 0) return true;
    const isInRange = batch.header.lastOffset - active.baseOffset <= MAX_RELATIVE_OFFSET;
    return isInRange && size + batch.buffer.length <= this.config.segmentBytes && this.#now() - active.createdMs < this.config.segmentMs;
  }

  /** Begins a new segment; the old one is written through to disk, and then described by its index file, beside further work. */
  #roll(baseOffset: number = this.#highWatermark): void {
    const old = this.#active;
    this.#addSegment(baseOffset);
    this.#setFlushed();
    const work = (async () => {
      await old.sync();
      await old.writeIndex();
      old.putIndexAway();
    })().catch((error: unknown) => {
      this.#log.error(`Log of ${this.name}: segment ${old.path} could not be written through to disk: ${(error as Error).message}`);
    });
    this.#background.add(work);
    void work.finally(() => this.#background.delete(work));
  }

  async #flush(): Promise<void> {
    await this.#active.sync();
    this.#setFlushed();
  }

  #setFlushed(): void {
    this.#unflushedMessages = 0;
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
  }

  /** Sees to `flush.ms`. */
  #flushLater(): void {
    const { flushMs } = this.config;
    if (this.#flushTimer !== null || flushMs > MAX_TIMER_MS) return;
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = null;
      if (!this.#isClosed && this.#failure === null) this.flush().catch((error: unknown) => this.#fail(error as Error, []));
    }, flushMs);
    this.#flushTimer.unref();
  }

  /** After a failed write nobody knows what the file has: the log goes offline, until a restart has looked. */
  #fail(cause: Error, batches: QueuedAppend[]): void {
    if (this.#failure === null)
      this.#log.error(
        `The log of ${this.name} goes offline until the broker is restarted, because writing to ${this.directory} failed: ${cause.message}`,
      );
    this.#failure = cause;
    const error = kafkaError('KAFKA_STORAGE_ERROR', `Writing the log of ${this.name} failed.`, { cause });
    for (const { reject } of batches) reject(error);
    this.#wake(0);
  }

  #wake(bytes: number): void {
    for (const waiter of this.#waiters) waiter.onAppend(bytes);
  }

  async #applyRetention(now: number): Promise<void> {
    const { retentionMs, retentionBytes } = this.config;
    let size = this.sizeInBytes;
    let start = this.#logStartOffset;
    for (const segment of this.#segments) {
      const newest = segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.lastAppendMs;
      const isExpired = retentionMs >= 0 && segment.size > 0 && now - newest > retentionMs;
      const isTooMuch = retentionBytes >= 0 && segment !== this.#active && size - segment.size >= retentionBytes;
      if (!isExpired && !isTooMuch && segment.nextOffset > this.#logStartOffset) break;
      if (segment === this.#active && !isExpired) break;
      size -= segment.size;
      start = Math.max(start, segment.nextOffset);
    }
    if (start > this.#logStartOffset) await this.#moveStart(start);
  }

  async #moveStart(start: number): Promise<void> {
    writeLogStartOffset(this.directory, start);
    this.#logStartOffset = start;
    if (this.#active.size > 0 && this.#active.nextOffset <= start) this.#roll();
    await Promise.all(this.#background);
    while (this.#segments.length > 1 && (this.#segments[0]?.nextOffset ?? start + 1) <= start) {
      const segment = this.#segments.shift();
      await segment?.delete();
    }
    this.#reader.forgetPositions();
    syncDirectory(this.directory);
  }
}

/** Removes a log's directory with all that is in it. */
export function removeLogDirectory(directory: string): void {
  fs.rmSync(directory, { recursive: true, force: true });
  syncDirectory(dirname(directory));
}
