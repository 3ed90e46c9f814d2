import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AnyConnectorSpec,
  ConnectError,
  type ConnectorContext,
  defineConfig,
  int,
  list,
  RetriableError,
  SinkTask,
  sinkConnector,
  sourceConnector,
  SourceTask,
  string,
} from '@sluice/api';
import { WorkerConnector } from '../../src/tasks/worker-connector.ts';
import type { State } from '../../src/threads/messages.ts';
import { until } from '../support/conditions.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLog } from '../support/recording-log.ts';

class NoSource extends SourceTask<unknown> {
  override async poll(): Promise<null> {
    return null;
  }
}

class NoSink extends SinkTask<unknown> {
  override put(): void {}
}

const config = defineConfig({ url: string(), 'batch.size': int({ default: 500 }) });
const base = { name: 'c', 'connector.class': 'x', url: 'http://x' };

function rig(spec: AnyConnectorSpec, raw: Record<string, string> = base) {
  const states: State[] = [];
  const traces: (string | null)[] = [];
  const clock = new ManualClock();
  const log = new RecordingLog();
  let reconfigurations = 0;
  const connector = new WorkerConnector({
    name: 'c',
    spec,
    config: raw,
    offsets: { read: async (partitions) => partitions.map(() => null) },
    log,
    clock,
    onStatus: (state, trace) => {
      states.push(state);
      traces.push(trace);
    },
    onReconfigure: () => void reconfigurations++,
  });
  return { connector, states, traces, clock, log, reconfigurations: () => reconfigurations };
}

describe('WorkerConnector', () => {
  it('makes one task for a source and tasks.max for a sink where the plugin says nothing', async () => {
    const source = rig(sourceConnector({ class: 'com.example.TableSourceConnector', config, task: NoSource }), {
      ...base,
      'tasks.max': '3',
    });
    await source.connector.transition('STARTED');
    assert.deepEqual(await source.connector.taskConfigs(), [{ ...base, 'tasks.max': '3', 'task.class': 'com.example.TableSourceTask' }]);
    const sink = rig(sinkConnector({ class: 'S', taskClass: 'T', config, task: NoSink }), { ...base, 'tasks.max': '2', topics: 'a,b' });
    await sink.connector.transition('STARTED');
    const task = { ...base, 'tasks.max': '2', topics: 'a,b', 'task.class': 'T' };
    assert.deepEqual(await sink.connector.taskConfigs(), [task, task]);
  });

  it('lays the typed keys of each task over the raw configuration', async () => {
    const spec = sourceConnector({
      class: 'TableSource',
      config,
      taskKeys: { tables: list() },
      task: NoSource,
      connector: () => ({ taskConfigs: () => [{ tables: ['a', 'b'] }, { tables: ['c'] }] }),
    });
    const { connector } = rig(spec, { ...base, 'tasks.max': '2', url: '${file:x:y}' });
    await connector.transition('STARTED');
    const configs = await connector.taskConfigs();
    assert.deepEqual(
      configs.map(({ tables, url }) => [tables, url]),
      [
        ['a,b', '${file:x:y}'],
        ['c', '${file:x:y}'],
      ],
    );
  });

  it('fails a connector that makes more tasks than tasks.max, in the words of Connect, unless that is not enforced', async () => {
    const spec = sourceConnector({ class: 'S', config, task: NoSource, connector: () => ({ taskConfigs: () => [{}, {}] }) });
    const strict = rig(spec);
    await strict.connector.transition('STARTED');
    await assert.rejects(
      strict.connector.taskConfigs(),
      /^ConnectError: The connector c has generated 2 tasks, which is greater than 1, the maximum number of tasks it is configured to create\. This behaviour should be considered a bug and is disallowed\. If necessary, it can be permitted by reconfiguring the connector with 'tasks\.max\.enforce' set to false; however, this option will be removed in a future release of Kafka Connect\.$/,
    );
    assert.deepEqual(strict.states, ['RUNNING', 'FAILED']);
    const lax = rig(spec, { ...base, 'tasks.max.enforce': 'false' });
    await lax.connector.transition('STARTED');
    assert.equal((await lax.connector.taskConfigs()).length, 2);
    assert.equal(lax.log.lines.length, 1);
  });

  it('goes through its states: pause stops it, resume starts it again', async () => {
    const calls: string[] = [];
    const spec = sourceConnector({
      class: 'S',
      config,
      task: NoSource,
      connector: () => {
        calls.push('start');
        return { taskConfigs: () => [{}], stop: () => void calls.push('stop') };
      },
    });
    const { connector, states } = rig(spec);
    for (const target of ['PAUSED', 'STARTED', 'STARTED', 'PAUSED', 'STARTED', 'STOPPED'] as const) await connector.transition(target);
    await connector.shutdown();
    await connector.shutdown();
    assert.deepEqual(states, ['PAUSED', 'RUNNING', 'PAUSED', 'RUNNING', 'STOPPED', 'UNASSIGNED']);
    assert.deepEqual(calls, ['start', 'stop', 'start', 'stop']);
    await assert.rejects(connector.transition('STARTED'), /has already been shut down/);
  });

  it('fails with the reason, and then only STOPPED is possible', async () => {
    const { connector, states, traces } = rig(sourceConnector({ class: 'S', config, task: NoSource }), {
      name: 'c',
      'connector.class': 'x',
    });
    await assert.rejects(connector.transition('STARTED'), /Missing required configuration "url" which has no default value\./);
    assert.match(traces[0]!, /^org\.apache\.kafka\.common\.config\.ConfigException: Missing required configuration "url"/);
    await assert.rejects(
      connector.transition('PAUSED'),
      /WorkerConnector\{id=c\} Cannot transition connector to PAUSED since it has failed/,
    );
    await connector.transition('STOPPED');
    assert.deepEqual(states, ['FAILED', 'STOPPED']);
  });

  it('checks the topics of a sink', async () => {
    const { connector } = rig(sinkConnector({ class: 'S', config, task: NoSink }), { ...base, topics: 'a', 'topics.regex': 'b.*' });
    await assert.rejects(connector.transition('STARTED'), /topics and topics\.regex are mutually exclusive options, but both are set\./);
  });

  it('lets a newer request pre-empt one that waits', async () => {
    const gate = Promise.withResolvers<void>();
    const spec = sourceConnector({
      class: 'S',
      config,
      task: NoSource,
      connector: async () => {
        await gate.promise;
        return { taskConfigs: () => [{}] };
      },
    });
    const { connector, states } = rig(spec);
    const started = connector.transition('STARTED');
    const paused = connector.transition('PAUSED');
    const stopped = connector.transition('STOPPED');
    await assert.rejects(
      paused,
      /Could not begin changing connector state to PAUSED before another request to change state was made; the new request \(which is to change the state to STOPPED\) has pre-empted this one/,
    );
    gate.resolve();
    await started;
    await stopped;
    assert.deepEqual(states, ['RUNNING', 'STOPPED']);
  });

  it('runs what the connector does every so often: never two at once, again after a RetriableError, failed after any other', async () => {
    let context: ConnectorContext<unknown> | null = null;
    let runs = 0;
    let error: Error | null = null;
    const spec = sourceConnector({
      class: 'S',
      config,
      task: NoSource,
      connector: (given) => {
        context = given;
        given.every(1_000, () => {
          runs++;
          if (error !== null) throw error;
          given.requestTaskReconfiguration();
        });
        return { taskConfigs: () => [{}] };
      },
    });
    const { connector, states, clock, reconfigurations } = rig(spec);
    await connector.transition('STARTED');
    const tick = async (expected: number): Promise<void> => {
      await until(() => clock.waits[0] === 1_000, 'the interval');
      clock.advance(1_000);
      await until(() => runs === expected, `run ${expected}`);
    };
    await tick(1);
    assert.equal(reconfigurations(), 1);
    error = new RetriableError('later');
    await tick(2);
    error = new ConnectError('for good');
    await tick(3);
    await until(() => states.at(-1) === 'FAILED', 'failed');
    assert.equal(context!.stopping.aborted, true);
  });

  it('gives up a connector that does not stop within 5 s', async () => {
    const spec = sourceConnector({
      class: 'S',
      config,
      task: NoSource,
      connector: () => ({ taskConfigs: () => [{}], stop: () => new Promise<void>(() => undefined) }),
    });
    const { connector, states, clock, log } = rig(spec);
    await connector.transition('STARTED');
    const ended = connector.shutdown();
    await until(() => clock.waits[0] === 5_000, 'it waits');
    clock.advance(5_000);
    await ended;
    assert.deepEqual(states, ['RUNNING', 'UNASSIGNED']);
    assert.match(log.lines.at(-1)!, /did not stop within 5000 ms/);
  });
});
