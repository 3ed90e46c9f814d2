import type { Encoded, SourceOffset, SourcePartition, TimestampType } from '@sluice/api';
import type { CommittableOffset } from './submitted-records.ts';

/*
 * What a task is given: small interfaces, so that a preview or a test runs the real task with nothing moved. The classes of @sluice/kafka
 * are made to fit them.
 */

/** A header in its wire form. */
export interface EncodedHeader {
  readonly key: string;
  readonly value: string | Uint8Array | null;
}

/** The offsets of one source connector. */
export interface OffsetStorage {
  /** In the order asked; null where nothing is stored. */
  read(partitions: readonly SourcePartition[]): Promise<readonly (SourceOffset | null)[]>;
  /** Resolves when the entries are durable. */
  write(entries: readonly CommittableOffset[]): Promise<void>;
}

/** The fate of the records of one producer batch. */
export interface AckedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  /** What was given to `append`, in order. */
  readonly cookies: readonly unknown[];
  readonly error: Error | null;
}

export interface TaskProducer {
  /** Called once before the first record: connects, and finds out whether the producer may be idempotent. */
  init(signal?: AbortSignal): Promise<void>;
  /** Resolves when the topic's metadata is known. */
  prepare(topic: string, signal?: AbortSignal): Promise<void>;
  /** Takes a record, or says false where its memory is full: await `room` then. Throws where the record can never be sent. */
  append(
    topic: string,
    partition: number | null,
    timestamp: number | null,
    key: Encoded,
    value: Encoded,
    headers: readonly EncodedHeader[] | null,
    cookie: unknown,
  ): boolean;
  room(signal?: AbortSignal): Promise<void>;
  /** Called once for each batch, in order of the partition. */
  onAck: (batch: AckedBatch) => void;
  /** Resolves when everything appended so far is acknowledged or has failed. */
  flush(signal?: AbortSignal): Promise<void>;
  close(timeoutMs: number): Promise<void>;
}

/** Records as columns: `[start, end)` of key and value in `buffer`; a start of -1 is null, a timestamp of -1 none. */
export interface RecordColumns {
  readonly buffer: Buffer;
  readonly offsets: Float64Array;
  readonly timestamps: Float64Array;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly headerCount: Int32Array;
}

/** Records `[from, to)` of the columns. */
export interface FetchedBatch<C extends RecordColumns = RecordColumns> {
  readonly topic: string;
  readonly partition: number;
  readonly columns: C;
  readonly from: number;
  readonly to: number;
  readonly timestampType: TimestampType;
  /** The offset after the last record. */
  readonly nextOffset: number;
}

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionOffset extends Partition {
  readonly offset: number;
}

export interface RebalanceListener {
  onAssigned(partitions: readonly Partition[]): Promise<void>;
  onRevoked(partitions: readonly Partition[]): Promise<void>;
  onLost(partitions: readonly Partition[]): Promise<void>;
}

export interface TaskConsumer {
  subscribe(selection: { readonly topics: string[] } | { readonly pattern: RegExp }, listener: RebalanceListener): void;
  /** Runs rebalance callbacks inside. Ends early, with what there is, on `wakeup`. */
  poll(timeoutMs: number, signal?: AbortSignal): Promise<readonly FetchedBatch[]>;
  wakeup(): void;
  position(partition: Partition): number | Promise<number>;
  seek(partition: Partition, offset: number): void;
  pause(partitions: readonly Partition[]): void;
  resume(partitions: readonly Partition[]): void;
  assignment(): readonly Partition[];
  commit(offsets: readonly PartitionOffset[], signal?: AbortSignal): Promise<void>;
  close(options: { readonly timeoutMs: number }): Promise<void>;
}

/** Decodes the headers of one record; only the consumer's own columns know how. */
export type HeaderDecoder = (columns: RecordColumns, index: number) => readonly EncodedHeader[];
