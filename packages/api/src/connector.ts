import type { ConfigDef, RawConfig } from './config/config-def.ts';
import type { ConnectorContext, SinkTaskContext, SourceTaskContext } from './context.ts';
import type { SourceOffset, SourcePartition } from './record.ts';
import type { SinkTask, SourceTask } from './tasks.ts';

/** A running connector: it says how its work is split. Most need none: without `connector`, one task (source) or `tasks.max` equal tasks (sink) run. */
export interface RunningConnector<K> {
  /** At most `max` configurations; the typed keys are laid over the raw connector configuration. */
  taskConfigs(max: number): Promise<readonly Partial<K>[]> | readonly Partial<K>[];
  stop?(): Promise<void> | void;
}

interface ConnectorSpec<C, K> {
  /** The name under which REST lists it and `connector.class` finds it; the Java class where there is one. */
  readonly class: string;
  readonly aliases?: readonly string[];
  /** Class name of the task as it stands in `task.class`; default: `class` with `Connector` replaced by `Task`. */
  readonly taskClass?: string;
  readonly config: ConfigDef<C>;
  /** Keys that only a task has. */
  readonly taskKeys?: ConfigDef<K>;
  /** Starts the connector. */
  connector?(context: ConnectorContext<C>): Promise<RunningConnector<K>> | RunningConnector<K>;
}

export interface SourceConnectorSpec<C = unknown, K = object> extends ConnectorSpec<C, K> {
  readonly kind: 'source';
  readonly task: new (context: SourceTaskContext<C & K>) => SourceTask;
  exactlyOnceSupport?(config: C): 'SUPPORTED' | 'UNSUPPORTED';
  /** Throws a ConnectError where the offsets cannot be set so. */
  alterOffsets?(
    config: RawConfig,
    offsets: readonly { readonly partition: SourcePartition | null; readonly offset: SourceOffset | null }[],
  ): Promise<boolean> | boolean;
}

export interface SinkConnectorSpec<C = unknown, K = object> extends ConnectorSpec<C, K> {
  readonly kind: 'sink';
  readonly task: new (context: SinkTaskContext<C & K>) => SinkTask;
}
