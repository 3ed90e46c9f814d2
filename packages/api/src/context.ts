import type { Logger } from './logger.ts';
import type { SinkRecord, SourceOffset, SourcePartition } from './record.ts';
import type { TopicPartition } from './topic-partition.ts';

/** Reads what a source connector has committed. */
export interface OffsetReader {
  /** The committed offsets of these partitions, in the same order; null where there is none. */
  read(partitions: readonly SourcePartition[]): Promise<readonly (SourceOffset | null)[]>;
}

/** What every task is given. */
export interface TaskContext<C> {
  readonly config: C;
  readonly connector: string;
  readonly task: number;
  readonly log: Logger;
  /** Aborted at the soft stop: end waits and connecting, let calls in flight finish. */
  readonly stopping: AbortSignal;
  /** Aborted at the hard stop, when the graceful time is over: break off calls in flight. */
  readonly signal: AbortSignal;
}

export interface SourceTaskContext<C> extends TaskContext<C> {
  readonly offsets: OffsetReader;
}

export interface ErrantRecordReporter {
  /** Hands a record that could not be written to the dead letter queue. Throws where `errors.tolerance` is `none`. */
  report(record: SinkRecord, error: Error): void;
  /** Resolves when everything reported so far is stored. The worker does this before it commits offsets to Kafka. */
  drain(): Promise<void>;
}

export interface SinkTaskContext<C> extends TaskContext<C> {
  readonly reporter: ErrantRecordReporter | null;
  assignment(): readonly TopicPartition[];
  /** Read this partition from `offset` on, from the next poll. */
  seek(partition: TopicPartition, offset: number): void;
  pause(...partitions: readonly TopicPartition[]): void;
  resume(...partitions: readonly TopicPartition[]): void;
  /** Asks for an offset commit with the next turn of the loop. */
  requestCommit(): void;
}

/** What a connector (not a task) is given. */
export interface ConnectorContext<C> {
  readonly config: C;
  readonly name: string;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  readonly signal: AbortSignal;
  /** Source connectors only; reading returns nulls elsewhere. */
  readonly offsets: OffsetReader;
  /** Have `taskConfigs` asked again. */
  requestTaskReconfiguration(): void;
  /** Runs `fn` every `ms`, never two at once, until the connector stops. An error fails the connector, a RetriableError is logged and tried again. */
  every(ms: number, fn: () => Promise<void> | void): void;
}
