import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawConfig } from '@sluice/api';
import { fakeWorker, type FakeWorker } from './fake-herder.ts';

const source = { 'connector.class': 'FileStreamSource', topic: 't1', name: 'x' };

async function put(worker: FakeWorker, config: RawConfig = source, initialState: 'PAUSED' | 'STOPPED' | null = null): Promise<void> {
  await worker.herder.putConnectorConfig({ name: config['name']!, config, initialState, allowReplace: true });
  worker.pool.calls.length = 0;
}

test('a change that makes no other tasks leaves them running', async () => {
  const worker = fakeWorker();
  await put(worker);
  await worker.herder.putConnectorConfig({ name: 'x', config: { ...source }, initialState: null, allowReplace: true });
  assert.deepEqual(worker.pool.calls, ['stop x', 'start x STARTED']);
});

test('a change replaces all tasks together', async () => {
  const worker = fakeWorker();
  await put(worker, { ...source, 'tasks.max': '2' });
  await worker.herder.putConnectorConfig({ name: 'x', config: { ...source, topic: 't2' }, initialState: null, allowReplace: true });
  assert.deepEqual(worker.pool.calls, ['stop x', 'start x STARTED', 'stop x-0', 'stop x-1', 'start x-0 STARTED']);
  assert.equal(worker.herder.connectorStatus('x').tasks.length, 1);
});

test('a paused connector keeps its state and tasks when its configuration changes', async () => {
  const worker = fakeWorker();
  await put(worker, source, 'PAUSED');
  await worker.herder.putConnectorConfig({ name: 'x', config: { ...source, topic: 't2' }, initialState: null, allowReplace: true });
  assert.deepEqual(worker.pool.calls, ['stop x', 'start x PAUSED']);
  assert.equal(worker.herder.connectorStatus('x').connector.state, 'PAUSED');
});

test('a connector that asks for it gets new tasks', async () => {
  const worker = fakeWorker();
  await put(worker);
  worker.pool.tasks = () => 3;
  worker.herder.onEvent({ type: 'event', kind: 'reconfigure', connector: 'x' });
  // Behind the reconfiguration in the same queue.
  await worker.herder.restartTask({ connector: 'x', task: 2 });
  assert.equal(worker.herder.taskInfos('x').length, 3);
  assert.deepEqual(worker.pool.calls.slice(0, 4), ['stop x-0', 'start x-0 STARTED', 'start x-1 STARTED', 'start x-2 STARTED']);
});

test('a late status of something deleted does not come back', async () => {
  const worker = fakeWorker();
  await put(worker);
  await worker.herder.deleteConnector('x');
  worker.pool.fail('x', null);
  worker.pool.fail('x', 0);
  assert.throws(() => worker.herder.connectorStatus('x'), /No status found for connector x/);
  await put(worker);
  worker.pool.fail('x', 7);
  assert.deepEqual(
    worker.herder.connectorStatus('x').tasks.map(({ id }) => id),
    [0],
  );
});

test('two patches at once are both kept', async () => {
  const worker = fakeWorker();
  await put(worker);
  await Promise.all(Array.from({ length: 5 }, (_, index) => worker.herder.patchConnectorConfig('x', { [`k${index}`]: 'v' })));
  const { config } = worker.herder.connectorInfo('x');
  assert.equal(Object.keys(config).filter((key) => key.startsWith('k')).length, 5);
});

test('stopping stops the tasks, then the connectors; nothing more is taken', async () => {
  const worker = fakeWorker();
  await put(worker);
  await put(worker, { ...source, name: 'y' });
  await worker.herder.stop();
  assert.deepEqual(worker.pool.calls, ['stop x-0', 'stop y-0', 'stop x', 'stop y']);
  await assert.rejects(worker.herder.deleteConnector('x'), { message: 'The herder is shutting down' });
  await assert.rejects(worker.herder.healthCheck(), { message: 'The herder is shutting down' });
});
