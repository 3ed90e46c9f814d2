import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Headers,
  PerSchema,
  schema,
  Schemas,
  SinkTask,
  TopicPartition,
  type SinkTaskContext,
  sourceConnector,
  SourceTask,
  defineConfig,
} from '../src/index.ts';

describe('PerSchema', () => {
  it('makes once for each schema, also when schemas take turns', () => {
    let made = 0;
    const cache = new PerSchema((of) => `${String(of)} ${++made}`);
    const other = schema.string({ name: 'x' });
    assert.deepEqual(
      [Schemas.STRING, Schemas.STRING, other, Schemas.STRING, other].map((of) => cache.get(of)),
      ['Schema{STRING} 1', 'Schema{STRING} 1', 'Schema{x:STRING} 2', 'Schema{STRING} 1', 'Schema{x:STRING} 2'],
    );
  });
});

describe('TopicPartition', () => {
  it('is one object for each partition', () => {
    assert.equal(TopicPartition.of('t', 1), TopicPartition.of('t', 1));
    assert.notEqual(TopicPartition.of('t', 1), TopicPartition.of('t', 2));
    assert.equal(String(TopicPartition.of('my-topic', 1)), 'my-topic-1');
    assert.ok(TopicPartition.is(TopicPartition.of('t', 1)) && !TopicPartition.is({ topic: 't', partition: 1 }));
  });
});

describe('Headers', () => {
  it('keep order and repeated keys, and never change', () => {
    const headers = Headers.empty.with('a', 1).with('b', 'x', Schemas.STRING).with('a', 2);
    assert.deepEqual(
      [...headers].map(({ key, value }) => [key, value]),
      [
        ['a', 1],
        ['b', 'x'],
        ['a', 2],
      ],
    );
    assert.equal(headers.lastWithName('a')?.value, 2);
    assert.equal(headers.lastWithName('c'), null);
    assert.equal(headers.without('a').size, 1);
    assert.equal(headers.allWithName('a').length, 2);
    assert.equal(headers.size, 3);
  });

  it('are decoded once, when somebody looks', () => {
    let decoded = 0;
    const headers = Headers.lazy(() => [{ key: `k${++decoded}`, schema: null, value: null }]);
    assert.equal(decoded, 0);
    assert.equal(headers.size + headers.toArray().length, 2);
    assert.equal(decoded, 1);
  });
});

describe('a task', () => {
  class Task extends SinkTask<object> {
    readonly log1: string[] = [];
    override start(): void {
      this.use('first', (name) => this.log1.push(name));
      this.use('second', () => Promise.reject(new Error('cannot close')));
      this.use('third', (name) => this.log1.push(name));
    }
    override put(): void {}
  }

  it('disposes what it uses in reverse order, all of it, once', async () => {
    const signal = new AbortController().signal;
    const task = new Task({ stopping: signal, signal } as SinkTaskContext<object>);
    task.start();
    await assert.rejects(() => task.dispose(), /cannot close/);
    await task.dispose();
    assert.deepEqual(task.log1, ['third', 'first']);
  });
});

describe('sourceConnector', () => {
  it('refuses both a connector and a discovery', () => {
    class Task extends SourceTask<object> {
      override async poll(): Promise<null> {
        return null;
      }
    }
    const both = { connector: () => ({ taskConfigs: () => [] }), discover: { list: () => [], into: 'x' as never } };
    assert.throws(
      () => sourceConnector({ class: 'X', config: defineConfig({}), task: Task, ...both }),
      /give either 'connector' or 'discover'/,
    );
  });
});
