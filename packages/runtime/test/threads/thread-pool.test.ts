import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { until } from '../support/conditions.ts';
import { poolRig, type PoolRigOptions } from '../support/pool-rig.ts';

describe('ThreadPool', () => {
  let rig: Awaited<ReturnType<typeof poolRig>>;
  const setUp = async (options?: PoolRigOptions): Promise<void> => {
    rig = await poolRig(options);
  };
  afterEach(() => rig.pool.close());

  /** Names of the threads that have died so far. */
  const deaths = (): number => rig.lines.filter((line) => line.includes('has died')).length;

  it('starts, transitions and stops a connector, which reads offsets and logs over the border', async () => {
    await setUp();
    rig.stored.set('c {"table":"a"}', { id: 5 });
    const config = rig.config('c', { 'tasks.max': '4' });
    const taskConfigs = await rig.pool.startConnector('c', config, 'STARTED');
    assert.deepEqual(taskConfigs, [{ ...config, 'task.class': 'test.MisbehavingSourceTask' }]);
    assert.ok(rig.lines.includes('info [c|worker] offset {"id":5}'), rig.lines.join('\n'));
    await assert.rejects(rig.pool.startConnector('c', config, 'STARTED'), /^AlreadyExistsError: Connector with name c already exists$/);
    await rig.pool.transitionConnector('c', 'PAUSED');
    await rig.pool.transitionConnector('c', 'STARTED');
    assert.deepEqual(await rig.pool.taskConfigs('c'), taskConfigs);
    await rig.pool.stopConnector('c');
    await rig.pool.stopConnector('c');
    assert.deepEqual(rig.states('c', null), ['RUNNING', 'PAUSED', 'RUNNING', 'UNASSIGNED']);
  });

  it('says why a connector does not start, by the request and by its status', async () => {
    await setUp();
    await assert.rejects(
      rig.pool.startConnector('c', rig.config('c', { connector: 'throw' }), 'STARTED'),
      /^ConnectError: cannot list tables$/,
    );
    assert.deepEqual(rig.states('c', null), ['FAILED']);
    assert.match(rig.trace('c', null), /^org\.apache\.kafka\.connect\.errors\.ConnectException: cannot list tables\n\tat /);
    await assert.rejects(
      rig.pool.startConnector('d', { name: 'd', 'connector.class': 'Nope' }, 'STARTED'),
      /Failed to find any class that implements Connector and which name matches Nope/,
    );
    assert.deepEqual(rig.states('d', null), ['FAILED']);
  });

  it('passes on what a connector asks for', async () => {
    await setUp();
    await rig.pool.startConnector('c', rig.config('c', { connector: 'reconfigure' }), 'STARTED');
    await until(() => rig.events.some((event) => event.kind === 'reconfigure' && event.connector === 'c'), 'reconfigure is asked for');
    assert.equal(await rig.pool.alterOffsets(rig.config('c'), [{ partition: { table: 'a' }, offset: null }]), true);
    assert.equal(await rig.pool.alterOffsets({ 'connector.class': 'QuietSource' }, []), false);
    assert.ok((await rig.pool.pluginConfig('QuietSource')).some(({ name }) => name === 'tasks.max'));
    await assert.rejects(rig.pool.pluginConfig('Nope'), /^NotFoundError: Unknown plugin Nope\.$/);
  });

  it('runs tasks, pauses them and stops them together', async () => {
    await setUp();
    for (const task of [0, 1]) await rig.startTask('c', task, rig.config('c', { does: 'spin' }));
    await rig.reaches('c', 0, 'RUNNING');
    await rig.reaches('c', 1, 'RUNNING');
    await rig.pool.transitionTask({ connector: 'c', task: 0 }, 'PAUSED');
    await rig.reaches('c', 0, 'PAUSED');
    await rig.pool.stopTasks(
      [0, 1, 2].map((task) => ({ connector: 'c', task })),
      5_000,
    );
    assert.equal(rig.states('c', 0).at(-1), 'UNASSIGNED');
    assert.equal(rig.states('c', 1).at(-1), 'UNASSIGNED');
  });

  it('lets other tasks of a thread run beside one that spins', async () => {
    await setUp({ size: 1 });
    await rig.startTask('spins', 0, rig.config('spins', { does: 'spin' }));
    await rig.reaches('spins', 0, 'RUNNING');
    await rig.startTask('quiet', 0, rig.config('quiet'));
    await rig.reaches('quiet', 0, 'RUNNING');
  });

  it('fails a task that cannot be set up or started, with the reason as trace', async () => {
    await setUp();
    await rig.startTask('c', 0, rig.config('c', { 'value.converter': 'Nope' }));
    assert.match(
      rig.trace('c', 0),
      /^org\.apache\.kafka\.common\.config\.ConfigException: Invalid value Nope for configuration value\.converter: Class Nope could not be found\./,
    );
    await rig.startTask('c', 1, rig.config('c', { does: 'throw-in-start' }));
    await rig.reaches('c', 1, 'FAILED');
    assert.match(rig.trace('c', 1), /^org\.apache\.kafka\.connect\.errors\.ConnectException: cannot start\n/);
    await rig.pool.startTask({
      connector: 'c',
      task: 2,
      connectorConfig: rig.config('c'),
      taskConfig: rig.config('c'),
      targetState: 'STARTED',
      taskCount: 3,
    });
    assert.match(rig.trace('c', 2), /The connector c has generated 3 tasks, which is greater than 1/);
    assert.equal(deaths(), 0);
  });

  it('gives up a task that does not stop in time; the others are stopped', async () => {
    await setUp({ size: 1 });
    await rig.startTask('hangs', 0, rig.config('hangs', { does: 'never-return' }));
    await rig.startTask('quiet', 0, rig.config('quiet'));
    await rig.reaches('hangs', 0, 'RUNNING');
    await rig.reaches('quiet', 0, 'RUNNING');
    await rig.pool.stopTasks(
      [
        { connector: 'hangs', task: 0 },
        { connector: 'quiet', task: 0 },
      ],
      100,
    );
    assert.deepEqual(rig.states('hangs', 0), ['RUNNING']);
    assert.deepEqual(rig.states('quiet', 0), ['RUNNING', 'UNASSIGNED']);
    assert.ok(rig.lines.some((line) => line.includes('Graceful stop of task hangs-0 failed.')));
    // It may be started again.
    await rig.startTask('hangs', 0, rig.config('hangs'));
    await rig.reaches('hangs', 0, 'RUNNING');
  });

  it('fails the task, or the connector, from which a stray error comes, and nothing else', async () => {
    await setUp({ size: 1 });
    await rig.startTask('quiet', 0, rig.config('quiet'));
    await rig.startTask('rejects', 0, rig.config('rejects', { does: 'stray-rejection' }));
    await rig.startTask('throws', 0, rig.config('throws', { does: 'stray-throw' }));
    // It may fail before or after it has started.
    await rig.pool.startConnector('c', rig.config('c', { connector: 'stray' }), 'STARTED').catch(() => undefined);
    await rig.reaches('rejects', 0, 'FAILED');
    await rig.reaches('throws', 0, 'FAILED');
    await rig.reaches('c', null, 'FAILED');
    assert.match(rig.trace('rejects', 0), /nobody awaits this/);
    assert.match(rig.trace('throws', 0), /^TypeError: thrown in a timer/);
    await rig.reaches('quiet', 0, 'RUNNING');
    assert.equal(deaths(), 0);
  });

  it('fails everything on a thread that a plugin ends, and starts the next work on a new one', async () => {
    await setUp({ size: 1 });
    await rig.pool.startConnector('c', rig.config('c'), 'STARTED');
    await rig.startTask('c', 0, rig.config('c'));
    await rig.reaches('c', 0, 'RUNNING');
    await rig.startTask('c', 1, rig.config('c', { does: 'exit' }));
    for (const task of [null, 0, 1]) await rig.reaches('c', task, 'FAILED');
    assert.match(
      rig.trace('c', 0),
      /^org\.apache\.kafka\.connect\.errors\.ConnectException: The data thread ended with code 7: a plugin called process\.exit\(\)/,
    );
    assert.equal(deaths(), 1);
    await rig.pool.stopTasks([{ connector: 'c', task: 0 }], 1_000);
    await rig.startTask('c', 0, rig.config('c'));
    await rig.reaches('c', 0, 'RUNNING');
  });

  it('fails everything on a thread that runs out of memory', async () => {
    await setUp({ size: 2, memoryLimitMb: 48 });
    await rig.startTask('big', 0, rig.config('big', { does: 'out-of-memory' }));
    await rig.startTask('other', 0, rig.config('other'));
    await rig.reaches('big', 0, 'FAILED', 60_000);
    assert.match(rig.trace('big', 0), /ConnectException: The data thread ran out of memory: its limit is 48 MB/);
    await rig.reaches('other', 0, 'RUNNING');
  });

  it('kills a thread whose plugin blocks it when something on it is to stop', async () => {
    await setUp({ size: 1 });
    await rig.startTask('quiet', 0, rig.config('quiet'));
    await rig.reaches('quiet', 0, 'RUNNING');
    await rig.startTask('blocks', 0, rig.config('blocks', { does: 'block' }));
    await rig.reaches('blocks', 0, 'RUNNING');
    await rig.pool.stopTasks([{ connector: 'blocks', task: 0 }], 10);
    await rig.reaches('quiet', 0, 'FAILED');
    assert.match(rig.trace('quiet', 0), /did not answer 'task\.stop' within \d+ ms: a plugin keeps it busy/);
    assert.deepEqual(rig.states('blocks', 0), ['RUNNING']);
  });

  it('rejects what waits when it is closed, and refuses new work', async () => {
    await setUp();
    const waiting = rig.pool.startConnector('c', rig.config('c'), 'STARTED');
    waiting.catch(() => undefined);
    await rig.pool.close();
    await assert.rejects(waiting, /The data thread was closed/);
    await assert.rejects(rig.pool.startConnector('d', rig.config('d'), 'STARTED'), /The worker is shutting down/);
  });
});
