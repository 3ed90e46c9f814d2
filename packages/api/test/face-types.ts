/**
 * What the compiler must refuse and infer: checked by `tsc` alone, never run. Each `@ts-expect-error` is an error an author would make.
 */
import {
  type AnyConnectorSpec,
  type ConfigDef,
  type ConfigOf,
  cls,
  type Decimal,
  defineConfig,
  double,
  int,
  type Int64,
  list,
  long,
  named,
  password,
  type Password,
  predicate,
  prefix,
  type Schema,
  schema,
  Schemas,
  sinkConnector,
  type SinkRecord,
  SinkTask,
  sourceConnector,
  type SourceConnectorSpec,
  type SourceRecord,
  SourceTask,
  string,
  type TaskConfigOf,
  TopicPartition,
  transformation,
  type TypedSchema,
  type ValueOf,
} from '../src/index.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T => true as T;

// Configuration: the types of the values follow from the keys.

const shared = { 'connection.password': password({ default: null }), 'connection.*': prefix() } as const;
const config = defineConfig(
  {
    'connection.url': string({ importance: 'high', aliases: ['url'] }),
    ...shared,
    mode: string({ oneOf: ['bulk', 'incrementing'], default: 'bulk' }),
    column: string({ default: '' }),
    size: int({ default: 500, range: [1, 10_000] }),
    ratio: double(),
    timeout: long({ default: 2n ** 63n - 1n }),
    tables: list({ default: [] }),
    kinds: list({ oneOf: ['a', 'b'], default: null }),
    handler: cls({ default: null }),
    'topic.creation.groups': list({ default: [] }),
    'topic.creation.*': named('topic.creation.groups', { partitions: int(), include: list({ default: [] }) }, { rest: true }),
  },
  {
    validate(c, report) {
      if (c.mode === 'incrementing' && c.column === '') report('column', 'must be provided');
      // @ts-expect-error no such mode
      if (c.mode === 'increment') report('mode', 'x');
      // @ts-expect-error no such key
      report('colum', 'x');
      // @ts-expect-error a key whose text was bad is missing
      c.size.toFixed();
    },
    recommend: {
      column: { from: ['mode'], visible: (c) => c.mode !== 'bulk' },
      // @ts-expect-error no such key
      colum: { from: ['mode'] },
    },
  },
);
type Config = ConfigOf<typeof config>;
holds<Same<Config['connection.url'], string>>();
holds<Same<Config['connection.password'], Password | null>>();
holds<Same<Config['connection.*'], Readonly<Record<string, string>>>>();
holds<Same<Config['mode'], 'bulk' | 'incrementing'>>();
holds<Same<Config['column'], string>>();
holds<Same<Config['size'], number>>();
holds<Same<Config['timeout'], number>>();
holds<Same<Config['tables'], readonly string[]>>();
holds<Same<Config['kinds'], readonly ('a' | 'b')[] | null>>();
holds<Same<Config['handler'], string | null>>();
const group = config.parse({})['topic.creation.*'].get('x');
holds<Same<NonNullable<typeof group>['partitions'], number>>();
holds<Same<NonNullable<typeof group>['*'], Readonly<Record<string, string>>>>();

// @ts-expect-error 'dflt' is no option
string({ dflt: 'x' });
// @ts-expect-error not one of them
string({ oneOf: ['a', 'b'], default: 'c' });
// @ts-expect-error a number has a number for default
int({ default: '5' });
// @ts-expect-error undefined is no default
string({ default: undefined });
// @ts-expect-error the values of a configuration cannot be set
config.parse({}).size = 1;

// Connectors: a task gets the configuration of its connector, and only hooks are public.

interface SinkConfig extends ConfigOf<typeof config> {}
class GoodSink extends SinkTask<SinkConfig> {
  override put(records: readonly SinkRecord[]): void {
    this.log.info(`${records.length} ${this.config.size}`);
  }
  protected helper(): void {}
}
const goodSink = sinkConnector({ class: 'Good', config, task: GoodSink });

class Misspelled extends SinkTask<SinkConfig> {
  override put(): void {}
  precommit(): void {}
}
// @ts-expect-error precommit is no hook
sinkConnector({ class: 'Bad', config, task: Misspelled });

class OtherConfig extends SinkTask<{ readonly other: string }> {
  override put(): void {}
}
// @ts-expect-error the task reads another configuration
sinkConnector({ class: 'Bad', config, task: OtherConfig });

/** A task that does not look at its configuration needs not name it. */
class Careless extends SinkTask {
  override put(): void {}
}
sinkConnector({ class: 'Careless', config, task: Careless });

class SyncPoll extends SourceTask<Config> {
  // @ts-expect-error poll is async
  override poll(): SourceRecord[] {
    return [];
  }
}
void SyncPoll;

const taskKeys = { tables: list(), shard: int() };
class TableTask extends SourceTask<TaskConfigOf<typeof config, typeof taskKeys>> {
  override async poll(): Promise<SourceRecord[] | null> {
    const [table = ''] = this.config.tables;
    return [{ topic: table, value: this.config.shard }];
  }
}
const source = sourceConnector({
  class: 'Table',
  config,
  taskKeys,
  task: TableTask,
  discover: { list: (c) => [c.config.mode], into: 'tables' },
});
holds<Same<ReturnType<NonNullable<(typeof source)['taskKeys']>['parse']>['shard'], number>>();
sourceConnector({
  class: 'Table',
  config,
  taskKeys: defineConfig(taskKeys),
  task: TableTask,
  connector: (context) => ({ taskConfigs: (max) => [{ shard: max, tables: [context.config.column] }] }),
});
// @ts-expect-error no such task key
sourceConnector({ class: 'Table', config, taskKeys, task: TableTask, discover: { list: () => [], into: 'tabels' } });
// @ts-expect-error that task key is no list
sourceConnector({ class: 'Table', config, taskKeys, task: TableTask, discover: { list: () => [], into: 'shard' } });
// @ts-expect-error the task needs keys that nobody defines
sourceConnector({ class: 'Table', config, task: TableTask });
// @ts-expect-error a task configuration has the task's keys
sourceConnector({ class: 'Table', config, taskKeys, task: TableTask, connector: () => ({ taskConfigs: () => [{ shard: 'x' }] }) });

// Registries hold connectors of every configuration.

const registry: AnyConnectorSpec[] = [goodSink, source];
const plain: SourceConnectorSpec<Config, { readonly tables: readonly string[]; readonly shard: number }> = source;
const anyDef: ConfigDef = config;
void [registry, plain, anyDef];

// Transformations and predicates infer their configuration.

transformation({
  class: 'Drop',
  config: defineConfig({ field: string() }),
  create: ({ field }) => ({ apply: (record) => (field === record.topic ? null : { ...record, topic: field }) }),
});
// @ts-expect-error no such key
predicate({ class: 'Is', config: defineConfig({ name: string() }), create: ({ nam }) => ({ test: () => nam }) });

// Schemas know their values.

const order = schema.struct(
  {
    id: schema.int64(),
    price: schema.decimal(2),
    at: schema.timestamp({ optional: true }),
    tags: schema.array(schema.string()),
    counts: schema.map(schema.string(), schema.int32()),
    byId: schema.map(Schemas.INT32, Schemas.OPTIONAL_STRING),
    plain: Schemas.STRING as Schema,
  },
  { name: 'order' },
);
type Order = ValueOf<typeof order>;
holds<Same<Order['id'], Int64>>();
holds<Same<Order['price'], Decimal>>();
holds<Same<Order['at'], Date | null | undefined> extends true ? true : Same<NonNullable<Order['at']>, Date>>();
holds<Same<Order['tags'], string[]>>();
holds<Same<Order['counts'], Record<string, number>>>();
holds<Same<Order['byId'], Map<number, string | null>>>();
holds<Same<Order['plain'], unknown>>();
holds<Same<ValueOf<Schema>, unknown>>();
holds<Same<ValueOf<typeof Schemas.OPTIONAL_STRING>, string | null>>();
const optional: TypedSchema<string | null> = schema.optional(schema.string());
void optional;

declare const value: Order;
// @ts-expect-error a 64-bit integer may be a bigint
void (value.id + 1);
// @ts-expect-error a Decimal is no number
void (value.price * 2);
const record: SourceRecord<Order> = { topic: 't', value, valueSchema: order };
void record;
// @ts-expect-error a field is missing
const incomplete: Order = { id: 1 };
void incomplete;
// @ts-expect-error a default has the schema's type
schema.string({ default: 5 });

// A literal of the same shape is no canonical object.

// @ts-expect-error use TopicPartition.of
const partition: TopicPartition = { topic: 't', partition: 0, toString: () => '' };
void partition;
