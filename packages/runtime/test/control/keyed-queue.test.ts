import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedQueue } from '../../src/control/keyed-queue.ts';

const options = { limit: 3, closedError: () => new Error('closed') };

test('operations of one key run one after another, those of others beside them', async () => {
  const queue = new KeyedQueue(options);
  const slow = Promise.withResolvers<void>();
  const done: string[] = [];
  const first = queue.run('a', 'slow', async () => {
    await slow.promise;
    done.push('a1');
  });
  const second = queue.run('a', 'next', () => done.push('a2'));
  await queue.run('b', 'other', () => done.push('b'));
  assert.deepEqual(done, ['b']);
  assert.equal(queue.stage?.description, 'slow');
  assert.equal(queue.stage?.endedAt, null);
  slow.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(done, ['b', 'a1', 'a2']);
  assert.equal(queue.stage?.description, 'next');
  assert.ok(queue.stage?.endedAt);
});

test('an operation that fails fails alone', async () => {
  const queue = new KeyedQueue(options);
  const failed = queue.run('a', 'x', () => Promise.reject(new Error('broken')));
  const next = queue.run('a', 'y', () => 1);
  await assert.rejects(failed, /broken/);
  assert.equal(await next, 1);
});

test('closing rejects what waits and waits for what runs; more than the limit is refused', async () => {
  const queue = new KeyedQueue(options);
  const slow = Promise.withResolvers<number>();
  const running = queue.run('a', 'slow', () => slow.promise);
  const waiting = [queue.run('a', 'x', () => 2), queue.run('a', 'y', () => 3)].map((promise) => assert.rejects(promise, /closed/));
  await assert.rejects(
    queue.run('b', 'z', () => 4),
    /Too many requests/,
  );
  const closed = queue.close(10_000);
  await Promise.all(waiting);
  await assert.rejects(
    queue.run('b', 'z', () => 4),
    /closed/,
  );
  slow.resolve(1);
  await closed;
  assert.equal(await running, 1);
});

test('closing does not wait longer than its limit', async () => {
  const queue = new KeyedQueue(options);
  void queue.run('a', 'for ever', () => new Promise(() => undefined));
  await queue.close(1);
});
