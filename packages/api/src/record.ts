import type { Headers } from './headers.ts';
import type { Schema } from './schema.ts';
import type { TopicPartition } from './topic-partition.ts';

/**
 * What a transformation or predicate sees: a record with every field present. It is a plain object: a
 * transformation writes `{ ...record, value }` and never changes the record it was given.
 *
 * Source: org.apache.kafka.connect.connector.ConnectRecord
 */
export interface ConnectRecord {
  readonly topic: string;
  /** The partition to write to (source; null lets the producer choose) or read from (sink). */
  readonly partition: number | null;
  readonly keySchema: Schema | null;
  readonly key: unknown;
  readonly valueSchema: Schema | null;
  readonly value: unknown;
  /** Milliseconds since the epoch, or null. */
  readonly timestamp: number | null;
  readonly headers: Headers;
}

/** The position of a record in its source: any JSON object, usually one member that names the table, file or shard. */
export type SourcePartition = Readonly<Record<string, unknown>>;
/** How far a source partition has been read: any JSON object. */
export type SourceOffset = Readonly<Record<string, unknown>>;

/**
 * What a source task returns from `poll()`: a plain literal. Only `topic` and `value` are needed.
 * The objects in `sourcePartition` and `sourceOffset` are kept until the broker has acknowledged the record: do not
 * change them afterwards. One partition object used for many records is the fast way.
 *
 * Source: org.apache.kafka.connect.source.SourceRecord
 */
export interface SourceRecord<V = unknown> {
  readonly topic: string;
  readonly value: V;
  readonly valueSchema?: Schema | null;
  readonly key?: unknown;
  readonly keySchema?: Schema | null;
  readonly partition?: number | null;
  readonly timestamp?: number | null;
  readonly headers?: Headers;
  readonly sourcePartition?: SourcePartition | null;
  readonly sourceOffset?: SourceOffset | null;
}

export type TimestampType = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime';

/**
 * What a sink task gets in `put()`. `topic` and the data are as the transformations left them; `source` and `offset` say
 * where the record was read, whatever the transformations did.
 *
 * Source: org.apache.kafka.connect.sink.SinkRecord
 */
export interface SinkRecord extends ConnectRecord {
  readonly source: TopicPartition;
  /** The record's offset in `source`. */
  readonly offset: number;
  readonly timestampType: TimestampType;
}
