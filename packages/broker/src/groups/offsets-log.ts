import { decodeBatch, readBatches, RecordBatchBuilder } from '@sluice/protocol';
import { readBatchHeader } from '../log/batch-header.ts';
import { OFFSETS_TOPIC } from '../topics/topic-name.ts';
import type { Topics } from '../topics/topics.ts';

const READ_BYTES = 1 << 20;
/** A log of this size, of which the live part is small, is written anew. */
const REWRITE_BYTES = 16 << 20;
const TOPIC_CONFIG = { 'cleanup.policy': 'compact', 'segment.bytes': '104857600', 'compression.type': 'producer' };

export interface OffsetsRecord {
  key: Buffer;
  /** null removes the key. */
  value: Buffer | null;
}

/**
 * The topic __consumer_offsets, where groups and their offsets are kept: every change is appended, and what counts is the last record of a key.
 * The topic is created with the first change.
 */
export class OffsetsLog {
  readonly #topics: Topics;
  readonly #now: () => number;
  readonly #rewriteBytes: number;
  #pending = 0;
  /** Where what was written by the last rewrite ends. */
  #rewrittenBytes = 0;

  constructor(topics: Topics, now: () => number, rewriteBytes: number = REWRITE_BYTES) {
    this.#topics = topics;
    this.#now = now;
    this.#rewriteBytes = rewriteBytes;
  }

  /** Hands out all records, in order. */
  async load(onRecord: (key: Buffer, value: Buffer | null) => void): Promise<void> {
    const log = this.#topics.get(OFFSETS_TOPIC)?.logs[0];
    if (log === undefined) return;
    for (let offset = log.logStartOffset; offset < log.highWatermark;) {
      const { records, nextOffset } = await log.read(offset, READ_BYTES, true);
      for (const batch of readBatches(records)) {
        const { buffer, offsets, count, keyStart, keyEnd, valueStart, valueEnd } = decodeBatch(batch);
        for (let i = 0; i < count; i++) {
          const key = keyStart[i] ?? -1;
          const value = valueStart[i] ?? -1;
          if (key < 0 || (offsets[i] ?? 0) < offset) continue;
          onRecord(buffer.subarray(key, keyEnd[i]), value < 0 ? null : buffer.subarray(value, valueEnd[i]));
        }
      }
      offset = nextOffset;
    }
  }

  /** Appends records as one batch: all of them last, or none. */
  async append(records: readonly OffsetsRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.#pending++;
    try {
      const topic = this.#topics.get(OFFSETS_TOPIC) ?? (await this.#topics.getOrCreate(OFFSETS_TOPIC, 1, TOPIC_CONFIG));
      const log = topic.logs[0];
      if (log === undefined) throw new Error(`${OFFSETS_TOPIC} has no partition.`);
      const batch = this.#encode(records);
      await log.append(readBatchHeader(batch, 0), batch);
    } finally {
      this.#pending--;
    }
  }

  /**
   * Writes what lives to the end of the log and drops all before it, where that frees much. `live` gives what lives;
   * it is asked only while no change is under way, so that it misses none.
   */
  async rewrite(live: () => OffsetsRecord[]): Promise<void> {
    const log = this.#topics.get(OFFSETS_TOPIC)?.logs[0];
    if (log === undefined || this.#pending > 0 || log.sizeInBytes < this.#rewriteBytes + 2 * this.#rewrittenBytes) return;
    await log.endSegment();
    if (this.#pending > 0) return;
    const records = live();
    if (records.length === 0) {
      await log.deleteRecordsBefore(-1);
      return;
    }
    const batch = this.#encode(records);
    this.#rewrittenBytes = batch.length;
    const { baseOffset } = await log.append(readBatchHeader(batch, 0), batch);
    await log.flush();
    await log.deleteRecordsBefore(baseOffset);
  }

  #encode(records: readonly OffsetsRecord[]): Buffer {
    const builder = new RecordBatchBuilder({ compression: 'none' });
    const now = this.#now();
    for (const { key, value } of records) builder.tryAppend(now, key, value, null);
    return builder.close();
  }
}
