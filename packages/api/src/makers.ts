import type { ConfigDef } from './config/config-def.ts';
import type { ConfigKeys } from './config/config-keys.ts';
import { defineConfig, type TaskValuesOf } from './config/define-config.ts';
import type { RunningConnector, SinkConnectorSpec, SourceConnectorSpec } from './connector.ts';
import type { ConnectorContext, SinkTaskContext, SourceTaskContext } from './context.ts';
import type { ConverterSpec, HeaderConverterSpec, PredicateSpec, TransformationSpec } from './converter.ts';
import { type Discover, discoveringConnector } from './discover.ts';
import type { SinkTask, SourceTask } from './tasks.ts';

/** Refuses a task with public members that are no hooks: a misspelled `precommit` would silently never be called. */
type HooksOnly<T, Base> = [Exclude<keyof T, keyof Base>] extends [never]
  ? unknown
  : { readonly 'not a hook of the task: make it #private or protected': Exclude<keyof T, keyof Base> };

type TaskKeys = ConfigKeys | ConfigDef<object>;

interface ConnectorInput<C, TK> {
  /** The name under which REST lists it and `connector.class` finds it; the Java class where there is one. */
  readonly class: string;
  readonly aliases?: readonly string[];
  /** Default: `class` with `Connector` replaced by `Task`. */
  readonly taskClass?: string;
  readonly config: ConfigDef<C>;
  /** Keys that only a task has: plain keys, or a definition. */
  readonly taskKeys?: TK;
  /** Starts the connector: how work is split, monitoring. Not needed where one task (source) or equal tasks (sink) do. */
  connector?(context: ConnectorContext<C>): Promise<RunningConnector<TaskValuesOf<TK>>> | RunningConnector<TaskValuesOf<TK>>;
}

/** What `sourceConnector` is given. */
export interface SourceConnectorInput<C, TK, T> extends ConnectorInput<C, TK> {
  readonly task: (new (context: SourceTaskContext<C & TaskValuesOf<TK>>) => T) & HooksOnly<T, SourceTask>;
  /** Instead of `connector`: what there is to read, listed again from time to time and split evenly over the tasks. */
  readonly discover?: Discover<C, TaskValuesOf<TK>>;
  exactlyOnceSupport?(config: C): 'SUPPORTED' | 'UNSUPPORTED';
  readonly alterOffsets?: NonNullable<SourceConnectorSpec['alterOffsets']>;
}

/** What `sinkConnector` is given. */
export interface SinkConnectorInput<C, TK, T> extends ConnectorInput<C, TK> {
  readonly task: (new (context: SinkTaskContext<C & TaskValuesOf<TK>>) => T) & HooksOnly<T, SinkTask>;
}

// A registry holds connectors of every configuration; only the framework, which parses with the same spec, may call them.
// eslint-disable-next-line typescript/no-explicit-any
export type AnySourceConnectorSpec = SourceConnectorSpec<any, any>;
// eslint-disable-next-line typescript/no-explicit-any
export type AnySinkConnectorSpec = SinkConnectorSpec<any, any>;
export type AnyConnectorSpec = AnySourceConnectorSpec | AnySinkConnectorSpec;
// eslint-disable-next-line typescript/no-explicit-any
export type AnyConverterSpec = ConverterSpec<any>;
// eslint-disable-next-line typescript/no-explicit-any
export type AnyHeaderConverterSpec = HeaderConverterSpec<any>;
// eslint-disable-next-line typescript/no-explicit-any
export type AnyTransformationSpec = TransformationSpec<any>;
// eslint-disable-next-line typescript/no-explicit-any
export type AnyPredicateSpec = PredicateSpec<any>;
export type AnyPluginSpec = AnyConnectorSpec | AnyConverterSpec | AnyHeaderConverterSpec | AnyTransformationSpec | AnyPredicateSpec;

/**
 * A source connector. Type-checks the task against the configuration, and refuses public members of the task that are no hooks.
 * Throws a TypeError where `connector` and `discover` are both given.
 */
export function sourceConnector<C, T extends SourceTask, const TK extends TaskKeys = Record<never, never>>(
  input: SourceConnectorInput<C, TK, T>,
): SourceConnectorSpec<C, TaskValuesOf<TK>> {
  const { discover, taskKeys, ...rest } = input;
  if (discover !== undefined && input.connector !== undefined) throw new TypeError(`${input.class}: give either 'connector' or 'discover'`);
  return {
    ...rest,
    kind: 'source',
    ...(taskKeys !== undefined && { taskKeys: definitionOf(taskKeys) }),
    ...(discover !== undefined && { connector: discoveringConnector(discover) }),
  };
}

/** A sink connector. Type-checks the task against the configuration, and refuses public members of the task that are no hooks. */
export function sinkConnector<C, T extends SinkTask, const TK extends TaskKeys = Record<never, never>>(
  input: SinkConnectorInput<C, TK, T>,
): SinkConnectorSpec<C, TaskValuesOf<TK>> {
  const { taskKeys, ...rest } = input;
  return { ...rest, kind: 'sink', ...(taskKeys !== undefined && { taskKeys: definitionOf(taskKeys) }) };
}

export function converter<C>(spec: Omit<ConverterSpec<C>, 'kind'>): ConverterSpec<C> {
  return { ...spec, kind: 'converter' };
}

export function headerConverter<C>(spec: Omit<HeaderConverterSpec<C>, 'kind'>): HeaderConverterSpec<C> {
  return { ...spec, kind: 'header_converter' };
}

export function transformation<C>(spec: Omit<TransformationSpec<C>, 'kind'>): TransformationSpec<C> {
  return { ...spec, kind: 'transformation' };
}

export function predicate<C>(spec: Omit<PredicateSpec<C>, 'kind'>): PredicateSpec<C> {
  return { ...spec, kind: 'predicate' };
}

function definitionOf<TK extends TaskKeys>(keys: TK): ConfigDef<TaskValuesOf<TK>> {
  const isDefinition = typeof (keys as ConfigDef<object>).parse === 'function';
  return (isDefinition ? keys : defineConfig(keys as ConfigKeys)) as unknown as ConfigDef<TaskValuesOf<TK>>;
}
