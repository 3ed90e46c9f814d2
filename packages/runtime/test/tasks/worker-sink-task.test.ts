import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectError, RetriableError, TopicPartition } from '@sluice/api';
import { until } from '../support/conditions.ts';
import { fetched } from '../support/fake-consumer.ts';
import { sinkRig } from '../support/sink-rig.ts';
import { textStages, transformationStage } from '../support/stages.ts';

const p0 = { topic: 't', partition: 0 };
const p1 = { topic: 't', partition: 1 };
const t0 = TopicPartition.of('t', 0);
const values = (partition: number, from: number, ...texts: readonly string[]) =>
  fetched(
    't',
    partition,
    texts.map((value, index) => ({ value, offset: from + index })),
  );

describe('WorkerSinkTask', () => {
  it('puts batches and commits what was delivered, at the interval and at the end', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.positions.set('t-0', 5);
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 5, 'a', 'b'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    rig.clock.advance(60_000);
    await rig.turn();
    await until(() => rig.consumer.commits.length === 1, 'offsets are committed');
    assert.deepEqual(rig.consumer.commits[0], [{ ...p0, offset: 7 }]);
    rig.consumer.give(values(0, 7, 'c'));
    await until(() => sink.puts.length === 2, 'a batch is put');
    rig.task.stop();
    await rig.task.run();
    assert.deepEqual(rig.consumer.commits[1], [{ ...p0, offset: 8 }]);
    assert.deepEqual(
      sink.calls.filter((call) => call !== 'idle'),
      ['open t-0', 'put a b', 'preCommit t-0@7', 'put c', 'preCommit t-0@8', 'close t-0', 'stop'],
    );
    assert.deepEqual(rig.states, ['RUNNING', 'UNASSIGNED']);
    assert.equal(rig.consumer.isClosed, true);
    assert.deepEqual(rig.topics, ['t']);
  });

  it('commits nothing where nothing is new', async () => {
    const rig = sinkRig();
    await rig.start();
    rig.consumer.assign(p0);
    await rig.turn();
    rig.clock.advance(60_000);
    await rig.turn();
    rig.task.stop();
    await rig.task.run();
    assert.deepEqual(rig.consumer.commits, []);
  });

  it('delivers the same batch again after a RetriableError, paused meanwhile, and then goes on', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    sink.putError = new RetriableError('busy', { afterMs: 3_000 });
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 0, 'a', 'b'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    await until(() => rig.consumer.paused.has('t-0'), 'all is paused');
    await until(() => rig.consumer.lastTimeout === 3_000, 'the consumer polls that long');
    await rig.turn();
    assert.equal(sink.puts.length, 1);
    rig.clock.advance(3_000);
    sink.putError = null;
    await rig.turn();
    await until(() => sink.puts.length === 2, 'it is delivered again');
    assert.deepEqual(sink.puts[1], sink.puts[0]);
    await until(() => rig.consumer.paused.size === 0, 'it goes on');
    rig.task.stop();
    await rig.task.run();
    assert.deepEqual(rig.consumer.commits, [[{ ...p0, offset: 2 }]]);
  });

  it('fails on any other error, and commits what was delivered before', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 0, 'a'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    sink.putError = new ConnectError('no such table');
    rig.consumer.give(values(0, 1, 'b'));
    await rig.task.run();
    assert.deepEqual(rig.states, ['RUNNING', 'FAILED']);
    assert.match(
      rig.trace()!,
      /^org\.apache\.kafka\.connect\.errors\.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception\.\n[^]*\nCaused by: org\.apache\.kafka\.connect\.errors\.ConnectException: no such table\n/,
    );
    assert.deepEqual(rig.consumer.commits, [[{ ...p0, offset: 1 }]]);
    assert.deepEqual(sink.calls.slice(-3), ['preCommit t-0@1', 'close t-0', 'stop']);
  });

  it('commits only what preCommit allows: owned partitions, nothing beyond what was delivered', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    sink.allows = () =>
      new Map([
        [t0, 1],
        [TopicPartition.of('t', 1), 99],
        [TopicPartition.of('other', 0), 1],
      ]);
    rig.consumer.assign(p0, p1);
    rig.consumer.give(values(0, 0, 'a', 'b'), values(1, 0, 'c'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    sink.handle.requestCommit();
    await rig.turn();
    await until(() => rig.consumer.commits.length === 1, 'offsets are committed');
    assert.deepEqual(rig.consumer.commits[0], [
      { ...p0, offset: 1 },
      { ...p1, offset: 0 },
    ]);
    assert.equal(rig.log.lines.filter((text) => text.includes('Ignoring the offset')).length, 2);
  });

  it('reads again from the last commit where preCommit fails', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 0, 'a', 'b'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    sink.allows = () => {
      throw new Error('flush failed');
    };
    sink.handle.requestCommit();
    await rig.turn();
    await until(() => rig.consumer.seeks.length === 1, 'it is rewound');
    assert.deepEqual(rig.consumer.seeks, ['t-0@0']);
    sink.allows = (delivered) => delivered;
    rig.task.stop();
    await rig.task.run();
    assert.deepEqual(rig.consumer.commits, []);
    assert.deepEqual(rig.states, ['RUNNING', 'UNASSIGNED']);
  });

  it('gives up a commit that is not answered in time, and commits again', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.hangsCommits = true;
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 0, 'a'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    sink.handle.requestCommit();
    await rig.turn();
    await until(() => rig.consumer.commits.length === 1, 'offsets are committed');
    rig.clock.advance(5_000);
    await rig.turn();
    await until(() => rig.log.lines.some((text) => text.includes('timed out after 5000 ms')), 'it is given up');
    sink.handle.requestCommit();
    await rig.turn();
    await until(() => rig.consumer.commits.length === 2, 'offsets are committed again');
  });

  it('carries the offsets over records that are dropped', async () => {
    const rig = sinkRig({ stages: textStages({ transformations: [transformationStage('none', () => null)] }) });
    const sink = await rig.start();
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 0, 'a', 'b'));
    rig.consumer.give();
    await rig.turn();
    rig.task.stop();
    await rig.task.run();
    assert.equal(sink.puts.length, 0);
    assert.deepEqual(rig.consumer.commits, [[{ ...p0, offset: 2 }]]);
  });

  it('fails on a record that cannot be converted, before the records around it are put', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 0, 'a', 'bad', 'c'));
    await rig.task.run();
    assert.match(rig.trace()!, /Tolerance exceeded in error handler\n[^]*DataException: cannot read bad/);
    assert.equal(sink.puts.length, 0);
    assert.deepEqual(rig.consumer.commits, []);
  });

  it('skips it where that is tolerated, and reports it as it was on the wire', async () => {
    const rig = sinkRig({ handling: { tolerance: 'all' } });
    const sink = await rig.start();
    rig.consumer.assign(p0);
    rig.consumer.give(
      fetched('t', 0, [
        { key: 'k', value: 'bad', offset: 4, timestamp: 77, headers: [{ key: 'h', value: 'x' }] },
        { value: 'c', offset: 5 },
      ]),
    );
    await until(() => sink.puts.length === 1, 'a batch is put');
    assert.deepEqual(
      sink.puts[0]!.map(({ value }) => value),
      ['c'],
    );
    const [report] = rig.reports;
    assert.equal(report!.stage.name, 'VALUE_CONVERTER');
    assert.deepEqual(report!.record, {
      consumed: {
        ...p0,
        offset: 4,
        timestamp: 77,
        timestampType: 'CreateTime',
        key: Buffer.from('k'),
        value: Buffer.from('bad'),
        headers: [{ key: 'h', value: 'x' }],
      },
    });
  });

  it('commits and closes partitions that are revoked, and forgets what it holds of them', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.assign(p0, p1);
    rig.consumer.give(values(0, 0, 'a'), values(1, 0, 'b'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    sink.putError = new RetriableError('busy', { afterMs: 3_000 });
    rig.consumer.give(values(0, 1, 'c'), values(1, 1, 'd'));
    await until(() => sink.puts.length === 2, 'a batch is put');
    rig.consumer.revoke(p1);
    await until(() => rig.consumer.commits.length === 1, 'committed');
    assert.deepEqual(rig.consumer.commits, [[{ ...p1, offset: 1 }]]);
    assert.deepEqual(sink.calls.slice(-2), ['preCommit t-1@1', 'close t-1']);
    sink.putError = null;
    rig.clock.advance(3_000);
    await rig.turn();
    await until(() => sink.puts.length === 3, 'it is delivered again');
    assert.deepEqual(
      sink.puts[2]!.map(({ value }) => value),
      ['c'],
    );
  });

  it('closes partitions that are lost without a commit', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 0, 'a'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    rig.consumer.lose(p0);
    await until(() => sink.calls.includes('close t-0'), 'closed');
    rig.task.stop();
    await rig.task.run();
    assert.deepEqual(rig.consumer.commits, []);
    assert.equal(sink.calls.filter((call) => call.startsWith('close')).length, 1);
  });

  it('starts where open() says, and seeks', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    sink.starts = new Map([[t0, 42]]);
    rig.consumer.assign(p0);
    await until(() => rig.consumer.seeks.length === 1, 'it seeks');
    sink.handle.seek(t0, 7);
    sink.handle.seek(TopicPartition.of('other', 1), 7);
    await rig.turn();
    await until(() => rig.consumer.seeks.length === 2, 'it seeks');
    assert.deepEqual(rig.consumer.seeks, ['t-0@42', 't-0@7']);
  });

  it('pauses and resumes partitions for the task, and refuses others', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.assign(p0, p1);
    await until(() => sink.calls.length === 1, 'opened');
    sink.handle.pause(t0);
    assert.deepEqual([...rig.consumer.paused], ['t-0']);
    assert.throws(
      () => sink.handle.pause(TopicPartition.of('other', 0)),
      /SinkTasks may not pause partitions that are not currently assigned to them\./,
    );
    assert.throws(() => sink.handle.resume(TopicPartition.of('other', 0)), /SinkTasks may not resume/);
    rig.task.transition('PAUSED');
    await until(() => rig.consumer.paused.size === 2, 'all is paused');
    rig.task.transition('STARTED');
    await until(() => rig.consumer.paused.size === 1, 'what the task paused stays so');
    sink.handle.resume(t0);
    assert.equal(rig.consumer.paused.size, 0);
    assert.deepEqual(rig.states, ['RUNNING', 'PAUSED', 'RUNNING']);
  });

  it('commits when it is paused, and keeps what is assigned meanwhile paused', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    rig.consumer.assign(p0);
    rig.consumer.give(values(0, 0, 'a'));
    await until(() => sink.puts.length === 1, 'a batch is put');
    rig.task.transition('PAUSED');
    await until(() => rig.consumer.commits.length === 1, 'committed');
    rig.consumer.assign(p1);
    await until(() => rig.consumer.paused.has('t-1'), 'paused');
  });

  it('calls idle() about once a second while nothing comes', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    await until(() => rig.consumer.lastTimeout === 1_000, 'it polls for a second');
    await rig.turn();
    assert.deepEqual(sink.calls, []);
    rig.clock.advance(1_000);
    await rig.turn();
    await until(() => sink.calls.length === 1, 'idle');
    rig.clock.advance(1_000);
    await rig.turn();
    await until(() => sink.calls.length === 2, 'idle');
  });

  it('fails with what a rebalance callback throws', async () => {
    const rig = sinkRig();
    const sink = await rig.start();
    sink.open = () => {
      throw new ConnectError('cannot open');
    };
    rig.consumer.assign(p0);
    await rig.task.run();
    assert.match(rig.trace()!, /^org\.apache\.kafka\.connect\.errors\.ConnectException: cannot open/);
  });
});
