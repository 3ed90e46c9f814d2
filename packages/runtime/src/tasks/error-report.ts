import { type Headers, javaToString, type Logger, type SourceRecord, type TimestampType } from '@sluice/api';
import type { Stage } from './stage.ts';
import type { EncodedHeader } from './surroundings.ts';

/** A consumed record as it was on the wire; the bytes are copies. */
export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number | null;
  readonly timestampType: TimestampType;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly EncodedHeader[];
}

/** The record of a report: as the source task made it, or as it was consumed. */
export type FailedRecord = { readonly source: SourceRecord } | { readonly consumed: ConsumedRecord };

/** A record that could not be handled: where, why and which. Source: org.apache.kafka.connect.runtime.errors.ProcessingContext */
export interface ErrorReport {
  readonly stage: Stage;
  readonly error: unknown;
  readonly record: FailedRecord;
}

/** Is told of every record that could not be handled, tolerated or not: the log, the dead letter queue. */
export interface ErrorReporter {
  /** A promise where the report is stored elsewhere; it is awaited before the record's offset is committed, and fails the task where it rejects. */
  report(report: ErrorReport): Promise<void> | void;
  close?(): Promise<void> | void;
}

/** Source: org.apache.kafka.connect.runtime.errors.LogReporter */
export class LogReporter implements ErrorReporter {
  readonly #task: string;
  readonly #log: Logger;
  readonly #includeMessages: boolean;

  /** `task` is `<connector>-<n>`. With `includeMessages` the record's coordinates, for a source also its data, go into the log. */
  constructor(task: string, log: Logger, includeMessages: boolean) {
    this.#task = task;
    this.#log = log;
    this.#includeMessages = includeMessages;
  }

  report({ stage, error, record }: ErrorReport): void {
    const which = this.#includeMessages ? recordText(record) : '';
    this.#log.error(`Error encountered in task ${this.#task}. Executing stage '${stage.name}' with class '${stage.class}'${which}.`, error);
  }
}

function recordText(record: FailedRecord): string {
  if ('source' in record) return `, where source record is = ${sourceRecordText(record.source)}`;
  const { topic, partition, offset, timestamp, timestampType } = record.consumed;
  const time = timestampType === 'NoTimestampType' ? '' : `, timestamp=${timestamp ?? -1}, timestampType=${timestampType}`;
  return `, where consumed record is {topic='${topic}', partition=${partition}, offset=${offset}${time}}`;
}

/** Source: org.apache.kafka.connect.source.SourceRecord.toString */
function sourceRecordText(record: SourceRecord): string {
  const key = javaToString(record.key ?? null, record.keySchema ?? null);
  const value = javaToString(record.value ?? null, record.valueSchema ?? null);
  return (
    `SourceRecord{sourcePartition=${javaToString(record.sourcePartition ?? null)}, sourceOffset=${javaToString(record.sourceOffset ?? null)}} ` +
    `ConnectRecord{topic='${record.topic}', kafkaPartition=${record.partition ?? 'null'}, key=${key}, keySchema=${String(record.keySchema ?? null)}, ` +
    `value=${value}, valueSchema=${String(record.valueSchema ?? null)}, timestamp=${record.timestamp ?? 'null'}, headers=${headersText(record.headers)}}`
  );
}

/** Source: org.apache.kafka.connect.header.ConnectHeaders.toString, ConnectHeader.toString */
function headersText(headers: Headers | undefined): string {
  const items = [...(headers ?? [])].map(
    ({ key, schema, value }) => `ConnectHeader(key=${key}, value=${javaToString(value, schema)}, schema=${String(schema)})`,
  );
  return `ConnectHeaders(headers=${items.length === 0 ? '' : `[${items.join(', ')}]`})`;
}
