import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectError, RetriableError, type SourceRecord } from '@sluice/api';
import { FakeProducer } from '../support/fake-producer.ts';
import { until } from '../support/conditions.ts';
import { sourceRig } from '../support/source-rig.ts';
import { textStages, transformationStage } from '../support/stages.ts';

const partition = { file: 'f' };
const line = (position: number, value: unknown = `line ${position}`): SourceRecord => ({
  topic: 't',
  value,
  sourcePartition: partition,
  sourceOffset: { position },
});
const stored = (position: number) => [{ partition, offset: { position } }];

describe('WorkerSourceTask', () => {
  it('produces what it polls and commits what was acknowledged, at the interval and at the end', async () => {
    const rig = sourceRig();
    const source = await rig.start();
    source.give([line(1), line(2), line(3)]);
    await until(() => rig.producer.sent.length === 3, 'three records are sent');
    assert.deepEqual(rig.producer.values, ['line 1', 'line 2', 'line 3']);
    rig.producer.ack(2);
    rig.clock.advance(60_000);
    await until(() => rig.offsets.writes.length === 1, 'offsets are written');
    assert.deepEqual(rig.offsets.writes[0], stored(2));
    await until(() => source.commits.length === 1, 'the source is told');
    rig.task.stop();
    rig.producer.ack();
    await rig.task.run();
    assert.deepEqual(rig.offsets.writes[1], stored(3));
    assert.deepEqual(rig.states, ['RUNNING', 'UNASSIGNED']);
    assert.equal(rig.producer.isClosed, true);
    assert.equal(source.calls.at(-1), 'stop');
    assert.deepEqual(rig.topics, ['t']);
  });

  it('hands the author his own acknowledged records, also while poll() waits', async () => {
    const rig = sourceRig({ stages: textStages({ transformations: [transformationStage('copy', (record) => ({ ...record }))] }) });
    const source = await rig.start();
    const batch = [line(1), line(2)];
    source.give(batch);
    await until(() => rig.producer.sent.length === 2 && source.calls.length === 3, 'poll() waits again');
    rig.producer.ack();
    await until(() => source.acked.length === 1, 'records are handed over');
    assert.equal(source.acked[0]![0], batch[0]);
    assert.equal(source.acked[0]![1], batch[1]);
  });

  it('sends the batch that poll() returns during the soft stop', async () => {
    const rig = sourceRig({ producer: Object.assign(new FakeProducer(), { autoAck: true }) });
    const source = await rig.start();
    source.give([line(1)]);
    rig.task.stop();
    await rig.task.run();
    assert.deepEqual(rig.producer.values, ['line 1']);
    assert.deepEqual(rig.offsets.writes, [stored(1)]);
  });

  it('polls again after a retriable error, after the time it names', async () => {
    const rig = sourceRig();
    const source = await rig.start();
    source.give(new RetriableError('not now', { afterMs: 3_000 }), [line(1)]);
    await until(() => rig.clock.waits.includes(3_000), 'the task waits');
    assert.equal(rig.producer.sent.length, 0);
    rig.clock.advance(3_000);
    await until(() => rig.producer.sent.length === 1, 'the record is sent');
    assert.deepEqual(rig.states, ['RUNNING']);
  });

  it('fails with the error that poll() throws, commits what was acknowledged and cleans up', async () => {
    const rig = sourceRig();
    const source = await rig.start();
    source.give([line(1)]);
    await until(() => rig.producer.sent.length === 1, 'the record is sent');
    rig.producer.ack();
    source.give(new ConnectError('the table is gone'));
    await rig.task.run();
    assert.deepEqual(rig.states, ['RUNNING', 'FAILED']);
    assert.match(rig.trace()!, /^org\.apache\.kafka\.connect\.errors\.ConnectException: the table is gone\n\tat /);
    assert.deepEqual(rig.offsets.writes, [stored(1)]);
    assert.equal(source.calls.at(-1), 'stop');
    assert.equal(rig.producer.isClosed, true);
  });

  it('fails when the broker refuses a record, while poll() waits, and never commits its offset', async () => {
    const rig = sourceRig();
    const source = await rig.start();
    source.give([line(1), line(2), line(3)]);
    await until(() => rig.producer.sent.length === 3, 'three records are sent');
    rig.producer.ack(1);
    rig.producer.ack(
      1,
      Object.assign(new Error('Topic is read only'), { javaClass: 'org.apache.kafka.common.errors.PolicyViolationException' }),
    );
    rig.producer.ack();
    await rig.task.run();
    assert.deepEqual(rig.states, ['RUNNING', 'FAILED']);
    assert.match(
      rig.trace()!,
      /^org\.apache\.kafka\.connect\.errors\.ConnectException: Unrecoverable exception from producer send callback\n[^]*\nCaused by: org\.apache\.kafka\.common\.errors\.PolicyViolationException: Topic is read only\n/,
    );
    assert.deepEqual(rig.offsets.writes, [stored(1)]);
  });

  it('shows a record that is too large in the trace as Java does', async () => {
    const rig = sourceRig();
    const source = await rig.start();
    rig.producer.appendError = Object.assign(new Error('The message is 5 bytes when serialized which is larger than 4'), {
      javaClass: 'org.apache.kafka.common.errors.RecordTooLargeException',
    });
    source.give([line(1)]);
    await rig.task.run();
    assert.match(
      rig.trace()!,
      /ConnectException: Unrecoverable exception from producer send callback\n[^]*Caused by: org\.apache\.kafka\.common\.errors\.RecordTooLargeException: The message is 5 bytes/,
    );
    assert.deepEqual(rig.offsets.writes, []);
  });

  it('skips and reports what the producer refuses where errors are tolerated', async () => {
    const rig = sourceRig({ handling: { tolerance: 'all' } });
    const source = await rig.start();
    source.give([line(1), line(2)]);
    await until(() => rig.producer.sent.length === 2, 'both are sent');
    rig.producer.ack(1, new Error('no'));
    rig.producer.ack();
    rig.task.stop();
    await rig.task.run();
    assert.deepEqual(
      rig.reports.map(({ stage }) => stage.name),
      ['KAFKA_PRODUCE'],
    );
    assert.deepEqual(rig.offsets.writes, [stored(2)]);
    assert.deepEqual(
      source.acked.flat().map(({ sourceOffset }) => sourceOffset),
      [{ position: 1 }, { position: 2 }],
    );
  });

  it('fails on a record that cannot be converted', async () => {
    const rig = sourceRig();
    const source = await rig.start();
    source.give([line(1), line(2, 'bad'), line(3)]);
    await until(() => rig.producer.sent.length === 1, 'the first is sent');
    rig.producer.ack();
    await rig.task.run();
    assert.match(
      rig.trace()!,
      /ConnectException: Tolerance exceeded in error handler\n[^]*Caused by: org\.apache\.kafka\.connect\.errors\.DataException: cannot write bad/,
    );
    assert.deepEqual(rig.producer.values, ['line 1']);
    assert.deepEqual(rig.offsets.writes, [stored(1)]);
  });

  it('skips a record that cannot be converted where that is tolerated; its offset goes with the next', async () => {
    const rig = sourceRig({ handling: { tolerance: 'all' }, producer: Object.assign(new FakeProducer(), { autoAck: true }) });
    const source = await rig.start();
    source.give([line(1), line(2, 'bad')]);
    await until(() => source.acked.flat().length === 2, 'both are done');
    rig.clock.advance(60_000);
    await until(() => rig.offsets.writes.length === 1, 'offsets are written');
    assert.deepEqual(rig.offsets.writes, [stored(1)]);
    assert.equal(rig.reports.length, 1);
  });

  it('waits and tries a stage again that asks for it, with the records after it in order', async () => {
    let attempts = 0;
    const flaky = transformationStage('flaky', (record) => {
      if (record.value === 'line 2' && ++attempts < 3) throw new RetriableError('lookup is down');
      return record;
    });
    const rig = sourceRig({ stages: textStages({ transformations: [flaky] }), handling: { retryTimeoutMs: -1 } });
    const source = await rig.start();
    source.give([line(1), line(2), line(3)]);
    for (const wait of [300, 600]) {
      await until(
        () => rig.clock.waits[0] === wait,
        () => `a wait of ${wait}: ${String(rig.clock.waits)}`,
      );
      rig.clock.advance(wait);
    }
    await until(() => rig.producer.sent.length === 3, 'all are sent');
    assert.deepEqual(rig.producer.values, ['line 1', 'line 2', 'line 3']);
  });

  it('waits for room in the producer and loses nothing', async () => {
    const rig = sourceRig();
    rig.producer.capacity = 3;
    const source = await rig.start();
    source.give(Array.from({ length: 10 }, (_, index) => line(index + 1)));
    for (let sent = 3; sent < 10; sent += 3) {
      await until(() => rig.producer.unacked.length === 3, `${sent} are sent`);
      rig.producer.ack();
    }
    await until(() => rig.producer.sent.length === 10, 'all are sent');
    assert.deepEqual(
      rig.producer.values,
      Array.from({ length: 10 }, (_, index) => `line ${index + 1}`),
    );
  });

  it('checks timestamps: none, and what no broker takes', async () => {
    const rig = sourceRig();
    const source = await rig.start();
    source.give([
      { ...line(1), timestamp: -1 },
      { ...line(2), timestamp: 0 },
      { ...line(3), timestamp: -2 },
    ]);
    await until(() => rig.producer.sent.length === 2, 'two are sent');
    rig.producer.ack();
    await rig.task.run();
    assert.deepEqual(
      rig.producer.sent.map(({ timestamp }) => timestamp),
      [null, 0],
    );
    assert.match(rig.trace()!, /^org\.apache\.kafka\.common\.InvalidRecordException: Invalid record timestamp -2/);
  });

  it('waits before it starts while paused, and stops polling when it is paused later', async () => {
    const rig = sourceRig({ targetState: 'PAUSED' });
    void rig.task.run();
    await until(() => rig.states.length === 1, 'a status');
    assert.equal(rig.source(), null);
    rig.task.transition('STARTED');
    await until(() => rig.source()?.calls.includes('poll') === true, 'it polls');
    rig.task.transition('PAUSED');
    rig.source().give([line(1)]);
    await until(() => rig.states.at(-1) === 'PAUSED', 'it is paused');
    assert.equal(rig.producer.sent.length, 1);
    rig.source().give([line(2)]);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(rig.producer.sent.length, 1);
    rig.task.transition('STARTED');
    await until(() => rig.producer.sent.length === 2, 'it goes on');
    assert.deepEqual(rig.states, ['PAUSED', 'RUNNING', 'PAUSED', 'RUNNING']);
  });

  it('keeps offsets that could not be written for the next commit, and never writes two at once', async () => {
    const rig = sourceRig({ producer: Object.assign(new FakeProducer(), { autoAck: true }) });
    const source = await rig.start();
    rig.offsets.writing = () => Promise.reject(new Error('disk full'));
    source.give([line(1)]);
    await until(() => source.acked.length === 1, 'acknowledged');
    rig.clock.advance(60_000);
    await until(() => rig.log.lines.some((text) => text.includes('Failed to commit offsets')), 'the failure is logged');
    const slow = Promise.withResolvers<void>();
    rig.offsets.writing = () => slow.promise;
    await until(() => rig.clock.waits.includes(60_000), 'the next commit waits');
    rig.clock.advance(60_000);
    await until(() => rig.clock.waits.includes(5_000), 'the write is under way');
    source.give([line(2)]);
    await until(() => source.acked.length === 2, 'acknowledged');
    rig.clock.advance(5_000);
    await until(() => rig.log.lines.some((text) => text.includes('within 5000 ms')), 'the write is late');
    await until(() => rig.clock.waits.includes(60_000), 'the next commit waits');
    rig.clock.advance(60_000);
    await until(() => rig.clock.waits.includes(5_000), 'the commit waits for the late write');
    assert.deepEqual(rig.offsets.writes, []);
    slow.resolve();
    await until(() => rig.offsets.writes.length === 2, 'both are written');
    assert.deepEqual(rig.offsets.writes, [stored(1), stored(2)]);
    await until(() => source.commits.flat().length === 2, 'the source hears of both');
    assert.deepEqual(rig.states, ['RUNNING']);
  });

  it('says nothing more once it is cancelled, and does not commit', async () => {
    const rig = sourceRig();
    const source = await rig.start();
    source.give([line(1)]);
    await until(() => rig.producer.sent.length === 1, 'sent');
    rig.producer.ack();
    rig.task.cancel();
    await rig.task.run();
    assert.deepEqual(rig.states, ['RUNNING']);
    assert.deepEqual(rig.offsets.writes, []);
  });

  it('fails at once for an error that reached no caller, and ends', async () => {
    const rig = sourceRig();
    await rig.start();
    rig.task.fail(new Error('socket closed'));
    assert.deepEqual(rig.states, ['RUNNING', 'FAILED']);
    await rig.task.run();
    assert.deepEqual(rig.states, ['RUNNING', 'FAILED']);
    assert.equal(rig.producer.isClosed, true);
  });
});
