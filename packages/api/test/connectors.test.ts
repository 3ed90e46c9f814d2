import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ConfigOf,
  type ConnectorContext,
  defineConfig,
  Headers,
  int,
  list,
  type Logger,
  PerSchema,
  retriable,
  RetriableError,
  type Schema,
  schema,
  sinkConnector,
  type SinkRecord,
  SinkTask,
  type SinkTaskContext,
  sourceConnector,
  type SourceRecord,
  SourceTask,
  type SourceTaskContext,
  splitEvenly,
  string,
  type TaskConfigOf,
  TopicPartition,
  type ValueOf,
} from '../src/index.ts';

// A source: tables of a pretended database, found and split over tasks.

const database = new Map([
  ['orders', ['a', 'b']],
  ['people', ['c']],
]);

const config = defineConfig({
  url: string({ importance: 'high', doc: 'The database.' }),
  'poll.interval.ms': int({ default: 5, range: [0], doc: 'Milliseconds between two looks for new rows.' }),
});
const taskKeys = { tables: list() };
type TableConfig = TaskConfigOf<typeof config, typeof taskKeys>;

const rowSchema = schema.struct({ id: schema.int64(), text: schema.string(), note: schema.string({ optional: true }) }, { name: 'row' });
type Row = ValueOf<typeof rowSchema>;

class TableSourceTask extends SourceTask<TableConfig> {
  readonly #left = [...this.config.tables];
  #isOpen = false;

  override start(): void {
    this.#isOpen = this.use(true, () => (this.#isOpen = false));
  }

  override async poll(): Promise<SourceRecord<Row>[] | null> {
    const table = this.#left.shift();
    if (table === undefined) {
      await this.sleep(this.config['poll.interval.ms']);
      return null;
    }
    const partition = { table };
    return (database.get(table) ?? []).map((text, id): SourceRecord<Row> => ({
      topic: table,
      value: { id, text },
      valueSchema: rowSchema,
      sourcePartition: partition,
      sourceOffset: { id },
    }));
  }

  protected get isOpen(): boolean {
    return this.#isOpen;
  }
}

const source = sourceConnector({
  class: 'TableSource',
  config,
  taskKeys,
  task: TableSourceTask,
  discover: { list: () => [...database.keys()], everyMs: (c) => c['poll.interval.ms'], into: 'tables' },
});

// A sink: counts bytes per topic, fails while it is told to.

const sinkConfig = defineConfig({ 'batch.size': int({ default: 500, range: [1, 10_000] }) });
interface CountConfig extends ConfigOf<typeof sinkConfig> {}

class CountSinkTask extends SinkTask<CountConfig> {
  static failures = 0;
  static readonly rows: unknown[][] = [];
  readonly #columns = new PerSchema((of: Schema) => of.fields.map((field) => field.name));

  override async put(records: readonly SinkRecord[]): Promise<void> {
    await this.#write(records).catch((error: unknown) => retriable(error, 3000));
  }

  async #write(records: readonly SinkRecord[]): Promise<void> {
    if (CountSinkTask.failures-- > 0) throw new Error('busy');
    for (const { value, valueSchema } of records) {
      const row = value as Record<string, unknown>;
      CountSinkTask.rows.push(this.#columns.get(valueSchema!).map((column) => row[column]));
    }
  }
}

const sink = sinkConnector({ class: 'CountSink', aliases: ['com.example.CountSinkConnector'], config: sinkConfig, task: CountSinkTask });

const log: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

function surroundings<C>(of: C, stopping = new AbortController()): SourceTaskContext<C> & SinkTaskContext<C> {
  const signal = new AbortController().signal;
  return {
    config: of,
    connector: 'c',
    task: 0,
    log,
    stopping: stopping.signal,
    signal,
    offsets: { read: async (partitions) => partitions.map(() => null) },
    reporter: null,
    assignment: () => [],
    seek() {},
    pause() {},
    resume() {},
    requestCommit() {},
  };
}

function connectorContext<C>(of: C): ConnectorContext<C> & { turn(): Promise<void>; requests: number; everyMs: number } {
  const { offsets, stopping, signal } = surroundings(of);
  const context = {
    config: of,
    name: 'c',
    log,
    stopping,
    signal,
    offsets,
    requests: 0,
    everyMs: 0,
    turn: async () => {},
    requestTaskReconfiguration: () => void context.requests++,
    every: (ms: number, fn: () => Promise<void> | void) => {
      context.everyMs = ms;
      context.turn = async () => fn();
    },
  };
  return context;
}

describe('a source connector', () => {
  it('splits what it discovers over its tasks, whose configuration is typed on both sides', async () => {
    const context = connectorContext(source.config.parse({ url: 'x' }));
    const running = await source.connector!(context);
    const raw = { url: 'x', ...source.taskKeys!.format((await running.taskConfigs(1))[0]!) };
    assert.deepEqual(raw, { url: 'x', tables: 'orders,people' });
    assert.deepEqual(await running.taskConfigs(5), [{ tables: ['orders'] }, { tables: ['people'] }]);

    const task = new source.task(surroundings({ ...source.config.parse(raw), ...source.taskKeys!.parse(raw) }));
    await task.start?.();
    const records = [...(await task.poll())!, ...(await task.poll())!];
    assert.deepEqual(
      records.map(({ topic, value }) => [topic, (value as Row).text]),
      [
        ['orders', 'a'],
        ['orders', 'b'],
        ['people', 'c'],
      ],
    );
    assert.equal(await task.poll(), null);
    await task.dispose();
  });

  it('asks for new task configurations when something comes or goes, whatever the order', async () => {
    const context = connectorContext(source.config.parse({ url: 'x' }));
    const running = await source.connector!(context);
    assert.equal(context.everyMs, 5);
    await context.turn();
    assert.equal(context.requests, 0);
    database.set('new', []);
    await context.turn();
    await context.turn();
    assert.equal(context.requests, 1);
    assert.deepEqual(await running.taskConfigs(2), [{ tables: ['orders', 'people'] }, { tables: ['new'] }]);
    database.delete('new');
  });

  it('ends a wait early at the soft stop', async () => {
    const stopping = new AbortController();
    const raw = { url: 'x', 'poll.interval.ms': '1000000' };
    const task = new source.task(surroundings({ ...source.config.parse(raw), tables: [] as string[] }, stopping));
    const poll = task.poll();
    stopping.abort();
    assert.equal(await poll, null);
  });
});

describe('a sink connector', () => {
  const record = (value: Row): SinkRecord => ({
    topic: 't',
    partition: 0,
    keySchema: null,
    key: null,
    valueSchema: rowSchema,
    value,
    timestamp: null,
    headers: Headers.empty,
    source: TopicPartition.of('t', 0),
    offset: 0,
    timestampType: 'CreateTime',
  });

  it('is retried with its own delay, then writes', async () => {
    const task = new sink.task(surroundings(sink.config.parse({})));
    const batch = [record({ id: 1, text: 'x' }), record({ id: 2, text: 'y', note: 'n' })];
    CountSinkTask.failures = 1;
    await assert.rejects(
      async () => task.put(batch),
      (error) => error instanceof RetriableError && error.afterMs === 3000,
    );
    await task.put(batch);
    assert.deepEqual(CountSinkTask.rows, [
      [1, 'x', undefined],
      [2, 'y', 'n'],
    ]);
    assert.equal(sink.kind, 'sink');
  });
});

describe('splitEvenly', () => {
  it('makes neighbours stay together and sizes differ by one', () => {
    assert.deepEqual(splitEvenly([1, 2, 3, 4, 5], 3), [[1, 2], [3, 4], [5]]);
    assert.deepEqual(splitEvenly([1], 3), [[1]]);
    assert.deepEqual(splitEvenly([], 3), []);
  });
});
