import type { ConfigKeyInfo, RawConfig, SourceOffset, SourcePartition, WireError } from '@sluice/api';
import type { PluginDescriptor, PluginType } from '../plugins/plugin-descriptor.ts';
import type { ConfigInfos } from '../validation/index.ts';

/*
 * The border between the control plane and the data threads: everything that crosses it is one of these messages.
 *
 *   control → thread   Request (answered by a Reply with the same id), Answer (to a ThreadRequest)
 *   thread → control   Reply, ThreadRequest (answered by an Answer), ThreadEvent
 *
 * All of it is plain data that structured cloning leaves as it is; errors travel as WireError.
 */

/** What a user wants of a connector. Source: org.apache.kafka.connect.runtime.TargetState */
export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED';

/** What a connector or task is seen to be. Source: org.apache.kafka.connect.runtime.AbstractStatus.State */
export type State = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'FAILED' | 'RESTARTING' | 'STOPPED' | 'DESTROYED';

export interface TaskId {
  readonly connector: string;
  readonly task: number;
}

/** What a data thread is told before anything else. */
export interface ThreadSettings {
  /** The worker's configuration with its placeholders resolved. */
  readonly workerConfig: Readonly<Record<string, string>>;
  readonly plugins: readonly PluginDescriptor[];
  readonly kafkaClusterId: string | null;
  /** Log lines below it stay on the thread. Default: info. */
  readonly logLevel?: LogLevel;
}

export interface OffsetEntry {
  readonly partition: SourcePartition;
  /** Null removes the partition's offset. */
  readonly offset: SourceOffset | null;
}

/** The requests a data thread answers: what is asked, and what comes back. */
export interface Requests {
  /** First message to a thread. */
  init: { readonly args: ThreadSettings; readonly result: null };
  /**
   * Starts a connector and brings it to its target state. The task configurations come back where that is STARTED, else null.
   * Rejects where the connector cannot start; its status is FAILED then.
   */
  'connector.start': {
    readonly args: { readonly name: string; readonly config: RawConfig; readonly targetState: TargetState };
    readonly result: readonly Record<string, string>[] | null;
  };
  /** Rejects where the connector has failed (only STOPPED is allowed then) or a newer transition came in between. */
  'connector.transition': { readonly args: { readonly name: string; readonly targetState: TargetState }; readonly result: null };
  /** Checks `tasks.max`: a connector that says too many becomes FAILED and the request rejects. */
  'connector.taskConfigs': { readonly args: { readonly name: string }; readonly result: readonly Record<string, string>[] };
  /** A connector that is not there counts as stopped. */
  'connector.stop': { readonly args: { readonly name: string }; readonly result: null };
  /**
   * Answered as soon as the task is set up; that it runs, or why it does not, comes as status events. A task that cannot be set up
   * becomes FAILED and the request still succeeds, as in Java, where a task's failure is its status.
   */
  'task.start': { readonly args: StartTask; readonly result: null };
  /** Stops all of them together; those that have not ended after `timeoutMs` are cancelled. Tasks that are not there count as stopped. */
  'task.stop': { readonly args: { readonly tasks: readonly TaskId[]; readonly timeoutMs: number }; readonly result: null };
  'task.transition': { readonly args: TaskId & { readonly targetState: TargetState }; readonly result: null };
  /** Validates a connector's configuration with the code of its plugins. Bad values are part of the result. */
  validate: { readonly args: { readonly config: RawConfig }; readonly result: ConfigInfos };
  /** The keys of one plugin. Rejects with NotFoundError for an unknown class. */
  'plugin.config': { readonly args: { readonly class: string; readonly type?: PluginType }; readonly result: readonly ConfigKeyInfo[] };
  /**
   * Tells a source connector's plugin that its offsets are about to be altered (null: all are reset) and returns its `alterOffsets` answer:
   * true where the plugin checked them, false where it has no opinion. Rejects where the plugin refuses. Storing them is the caller's.
   */
  'offsets.alter': { readonly args: { readonly config: RawConfig; readonly offsets: readonly OffsetEntry[] }; readonly result: boolean };
}

export interface StartTask extends TaskId {
  readonly connectorConfig: RawConfig;
  readonly taskConfig: RawConfig;
  readonly targetState: TargetState;
  /** How many tasks the connector's committed configuration has; checked against `tasks.max`. */
  readonly taskCount?: number;
}

export type RequestKind = keyof Requests;
export type RequestArgs<K extends RequestKind> = Requests[K]['args'];
export type RequestResult<K extends RequestKind> = Requests[K]['result'];

/** One request as it is posted: a union discriminated by `kind`. */
export type Request = {
  readonly [K in RequestKind]: { readonly type: 'request'; readonly id: number; readonly kind: K; readonly args: RequestArgs<K> };
}[RequestKind];

export type Reply =
  | { readonly type: 'reply'; readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly type: 'reply'; readonly id: number; readonly ok: false; readonly error: WireError };

/** What a data thread asks of the control plane. */
export interface ThreadRequests {
  /** In the order asked; null where nothing is stored. */
  'offsets.read': {
    readonly args: { readonly connector: string; readonly partitions: readonly SourcePartition[] };
    readonly result: readonly (SourceOffset | null)[];
  };
  /** Answered when the offsets are durable. */
  'offsets.write': { readonly args: { readonly connector: string; readonly entries: readonly OffsetEntry[] }; readonly result: null };
}

export type ThreadRequestKind = keyof ThreadRequests;

export type ThreadRequest = {
  readonly [K in ThreadRequestKind]: {
    readonly type: 'threadRequest';
    readonly id: number;
    readonly kind: K;
    readonly args: ThreadRequests[K]['args'];
  };
}[ThreadRequestKind];

export type Answer =
  | { readonly type: 'answer'; readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly ok: false; readonly error: WireError };

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** What a data thread reports without being asked. */
export type ThreadEvent =
  /** A connector (`task` null) or task changed its state; `trace` is Java's stack trace text where it failed. */
  | {
      readonly type: 'event';
      readonly kind: 'status';
      readonly connector: string;
      readonly task: number | null;
      readonly state: State;
      readonly trace: string | null;
    }
  /** The connector wants `taskConfigs` asked again. */
  | { readonly type: 'event'; readonly kind: 'reconfigure'; readonly connector: string }
  /** First use of a topic by a connector on that thread (KIP-558). */
  | { readonly type: 'event'; readonly kind: 'topic'; readonly connector: string; readonly task: number; readonly topic: string }
  /** A log line; `context` is `[name|task-0] `, `[name|worker] ` or empty, `error` the text of a trace. */
  | {
      readonly type: 'event';
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly context: string;
      readonly message: string;
      readonly error: string | null;
    };

/** What the herder hears from the pool: log lines are handed to the log before. */
export type StatusEvent = Extract<ThreadEvent, { kind: 'status' }>;
export type PoolEvent = Exclude<ThreadEvent, { kind: 'log' }>;

/** Everything the control plane sends. */
export type ToThread = Request | Answer;
/** Everything a data thread sends. */
export type FromThread = Reply | ThreadRequest | ThreadEvent;
