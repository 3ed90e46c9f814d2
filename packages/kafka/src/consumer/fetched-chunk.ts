import { decodeBatch, readBatches } from '@sluice/protocol';
import type { BatchView, RecordColumns, Responses, TimestampType } from '@sluice/protocol';
import type { PartitionState } from './partition-state.ts';

export type FetchedPartition = Responses['Fetch']['responses'][number]['partitions'][number];

/** Records of one partition as they come out of `poll`: the rows `from` (inclusive) to `to` (exclusive) of a decoded record batch. */
export interface FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly columns: RecordColumns;
  readonly from: number;
  readonly to: number;
  readonly timestampType: TimestampType;
  /** The position behind these records: what to commit once they are done with. */
  readonly nextOffset: number;
}

/** A step through fetched bytes: some records or none (markers, aborted transactions, what compaction left), and where that leads. */
export interface ChunkStep {
  batch: FetchedBatch | null;
  nextOffset: number;
}

/** Abort and commit markers are control batches; their record's key is `version INT16, type INT16`. Source: ControlRecordType */
const abortMarker = 0;

/** What one response brought for one partition. Batches are decoded one by one, when they are asked for. */
export class FetchedChunk {
  readonly state: PartitionState;
  readonly version: number;
  /** The response it came with, to know when all of that was handed out. */
  readonly response: object;
  /** An answer that is an error, to be met once what came before it is handed out. */
  readonly errorCode: number;
  readonly #batches: BatchView[];
  readonly #aborted: { producerId: number; firstOffset: number }[];
  readonly #abortedProducers = new Set<number>();
  readonly #isReadCommitted: boolean;
  #next = 0;
  #current: { batch: BatchView; columns: RecordColumns; index: number } | null = null;

  constructor(state: PartitionState, data: FetchedPartition, options: { response: object; isReadCommitted: boolean }) {
    this.state = state;
    this.version = state.version;
    this.response = options.response;
    this.errorCode = data.errorCode;
    this.#isReadCommitted = options.isReadCommitted;
    this.#batches = data.records === null || data.records.length === 0 ? [] : [...readBatches(data.records)];
    this.#aborted = (data.abortedTransactions ?? []).toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0 && this.errorCode === 0;
  }

  /** The offset behind the last complete batch: known from its header, before anything is decoded. -1 without one. */
  get endOffset(): number {
    const last = this.#batches[this.#batches.length - 1];
    return last === undefined ? -1 : last.lastOffset + 1;
  }

  /**
   * The next records, at most `countMax`, none below `position`; null at the end. Throws for a batch that is corrupt, and then again
   * when asked again.
   */
  step(position: number, countMax: number): ChunkStep | null {
    if (this.#current === null) {
      const batch = this.#batches[this.#next];
      if (batch === undefined) return null;
      if (batch.lastOffset < position || this.#isHidden(batch)) {
        this.#next += 1;
        return { batch: null, nextOffset: Math.max(position, batch.lastOffset + 1) };
      }
      // The broker sends whole batches, so the first may begin before the position.
      const columns = decodeBatch(batch);
      this.#current = { batch, columns, index: firstAtOrAfter(columns, position) };
    }
    return this.#take(this.#current, countMax);
  }

  #take(current: { batch: BatchView; columns: RecordColumns; index: number }, countMax: number): ChunkStep {
    const { batch, columns, index: from } = current;
    const to = Math.min(columns.count, from + countMax);
    const isWhole = to === columns.count;
    // A compacted batch may have lost its last records: its header still says where it ended.
    const nextOffset = isWhole ? batch.lastOffset + 1 : (columns.offsets[to - 1] ?? 0) + 1;
    current.index = to;
    if (isWhole) {
      this.#current = null;
      this.#next += 1;
    }
    if (from === to) return { batch: null, nextOffset };
    const { topic, partition } = this.state;
    return { batch: { topic, partition, columns, from, to, timestampType: batch.timestampType, nextOffset }, nextOffset };
  }

  /** Control batches are never shown, aborted ones not with `read_committed`. Source: CompletedFetch.nextFetchedRecord */
  #isHidden(batch: BatchView): boolean {
    if (this.#isReadCommitted && batch.producerId >= 0) {
      while (this.#aborted.length > 0 && this.#aborted[0]!.firstOffset <= batch.lastOffset)
        this.#abortedProducers.add(this.#aborted.shift()!.producerId);
      if (batch.isControl && isAbortMarker(batch)) this.#abortedProducers.delete(batch.producerId);
      else if (batch.isTransactional && this.#abortedProducers.has(batch.producerId)) return true;
    }
    return batch.isControl;
  }
}

function isAbortMarker(batch: BatchView): boolean {
  const columns = decodeBatch(batch);
  const start = columns.keyStart[0] ?? -1;
  return start >= 0 && columns.buffer.readInt16BE(start + 2) === abortMarker;
}

function firstAtOrAfter(columns: RecordColumns, offset: number): number {
  let index = 0;
  while (index < columns.count && columns.offsets[index]! < offset) index += 1;
  return index;
}
