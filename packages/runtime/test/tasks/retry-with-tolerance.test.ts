import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectError, DataError, RetriableError } from '@sluice/api';
import { type ErrorReport, LogReporter } from '../../src/tasks/error-report.ts';
import { type ErrorHandling, RetryWithToleranceOperator } from '../../src/tasks/retry-with-tolerance.ts';
import type { Outcome, Stage, StageFailure } from '../../src/tasks/stage.ts';
import { until } from '../support/conditions.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLog } from '../support/recording-log.ts';

const stage: Stage = { name: 'VALUE_CONVERTER', class: 'org.apache.kafka.connect.json.JsonConverter', alias: null };
const record = { source: { topic: 't', value: 'v' } };

function setUp(handling: Partial<ErrorHandling> = {}, random: () => number = () => 0.5) {
  const reports: ErrorReport[] = [];
  const clock = new ManualClock();
  const stopping = new AbortController();
  const operator = new RetryWithToleranceOperator({
    handling: { retryTimeoutMs: 0, retryDelayMaxMs: 60_000, tolerance: 'none', ...handling },
    reporters: [{ report: (report) => void reports.push(report) }],
    clock,
    stopping: stopping.signal,
    random,
  });
  return { operator, reports, clock, stopping };
}

/** A pipeline whose stage says RetriableError until `succeedsAfter` retries. */
function flaky(succeedsAfter: number): { failure: StageFailure; retries: number; retry(): Promise<Outcome> } {
  return {
    failure: { stage, error: new RetriableError('later') },
    retries: 0,
    async retry() {
      this.retries++;
      return this.retries < succeedsAfter ? 'failed' : 'converted';
    },
  };
}

describe('RetryWithToleranceOperator', () => {
  it('fails the task without tolerance, in the words of Connect, and reports first', () => {
    const { operator, reports } = setUp();
    const error = new DataError('no such field');
    assert.throws(
      () => operator.fail({ stage, error }, record),
      (thrown: Error) =>
        thrown instanceof ConnectError && thrown.message === 'Tolerance exceeded in error handler' && thrown.cause === error,
    );
    assert.deepEqual(reports, [{ stage, error, record }]);
  });

  it('skips and reports with tolerance', () => {
    const { operator, reports } = setUp({ tolerance: 'all' });
    operator.fail({ stage, error: new TypeError('a bug in a transformation') }, record);
    assert.equal(reports.length, 1);
  });

  it('tries a retriable error again with doubling delays', async () => {
    const { operator, clock, reports } = setUp({ retryTimeoutMs: -1, retryDelayMaxMs: 1_000 });
    const pipeline = flaky(5);
    const outcome = operator.recover(pipeline, () => record);
    const waits: number[] = [];
    for (let retry = 1; retry <= 5; retry++) {
      await until(() => clock.waits.length === 1, 'the operator waits');
      waits.push(clock.waits[0]!);
      clock.advance(clock.waits[0]!);
      await until(() => pipeline.retries === retry, `retry ${retry}`);
    }
    assert.equal(await outcome, 'converted');
    // Above the limit the delay is random below it.
    assert.deepEqual(waits, [300, 600, 500, 500, 500]);
    assert.equal(reports.length, 0);
  });

  it('gives up when the time is over, and fails the task though the error was retriable', async () => {
    const { operator, clock, reports } = setUp({ retryTimeoutMs: 500 });
    const pipeline = flaky(99);
    const outcome = operator.recover(pipeline, () => record);
    outcome.catch(() => undefined);
    for (const expected of [300, 200]) {
      await until(
        () => clock.waits[0] === expected,
        () => `a wait of ${expected}, not ${String(clock.waits)}`,
      );
      clock.advance(expected);
    }
    await assert.rejects(outcome, /^ConnectError: Tolerance exceeded in error handler$/);
    assert.equal(pipeline.retries, 2);
    assert.equal(reports.length, 1);
  });

  it('stops trying when the error is no longer retriable', async () => {
    const { operator, clock } = setUp({ retryTimeoutMs: -1, tolerance: 'all' });
    const pipeline = flaky(99);
    pipeline.retry = async () => {
      pipeline.failure = { stage, error: new DataError('broken for good') };
      return 'failed';
    };
    const outcome = operator.recover(pipeline, () => record);
    await until(() => clock.waits.length === 1, 'the operator waits');
    clock.advance(300);
    assert.equal(await outcome, 'dropped');
  });

  it('does not give up a record because the task is stopped meanwhile', async () => {
    const { operator, clock, stopping, reports } = setUp({ retryTimeoutMs: -1, tolerance: 'all' });
    const outcome = operator.recover(flaky(99), () => record);
    outcome.catch(() => undefined);
    await until(() => clock.waits.length === 1, 'the operator waits');
    stopping.abort();
    await assert.rejects(outcome, /stopped while a record was to be tried again/);
    assert.equal(reports.length, 0);
  });

  it('waits for reports, and says so where one was lost', async () => {
    const stored = Promise.withResolvers<void>();
    let answers: Promise<void>[] = [stored.promise];
    const operator = new RetryWithToleranceOperator({
      handling: { retryTimeoutMs: 0, retryDelayMaxMs: 0, tolerance: 'all' },
      reporters: [{ report: () => answers.shift()! }],
      clock: new ManualClock(),
      stopping: new AbortController().signal,
    });
    operator.fail({ stage, error: new Error('x') }, record);
    let isDrained = false;
    const drained = operator.drain().then(() => (isDrained = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isDrained, false);
    stored.resolve();
    await drained;
    answers = [Promise.reject(new Error('dead letter queue is down'))];
    operator.fail({ stage, error: new Error('x') }, record);
    await assert.rejects(operator.drain(), (error: Error) => (error.cause as Error).message === 'dead letter queue is down');
  });
});

describe('LogReporter', () => {
  const error = new DataError('x');

  it('names task, stage and class', () => {
    const log = new RecordingLog();
    new LogReporter('orders-3', log, false).report({ stage, error, record });
    assert.deepEqual(log.lines, [
      "error Error encountered in task orders-3. Executing stage 'VALUE_CONVERTER' with class 'org.apache.kafka.connect.json.JsonConverter'.",
    ]);
    assert.deepEqual(log.errors, [error]);
  });

  it('shows a consumed record by its coordinates, a source record with its data', () => {
    const log = new RecordingLog();
    const reporter = new LogReporter('orders-3', log, true);
    const consumed = {
      topic: 't',
      partition: 0,
      offset: 5,
      timestamp: 12,
      timestampType: 'CreateTime' as const,
      key: null,
      value: null,
      headers: [],
    };
    reporter.report({ stage, error, record: { consumed } });
    reporter.report({
      stage,
      error,
      record: { source: { topic: 't', value: { a: 1 }, sourcePartition: { file: 'f' }, sourceOffset: { position: 3 } } },
    });
    assert.match(
      log.lines[0]!,
      /, where consumed record is \{topic='t', partition=0, offset=5, timestamp=12, timestampType=CreateTime\}\.$/,
    );
    assert.match(
      log.lines[1]!,
      /, where source record is = SourceRecord\{sourcePartition=\{file=f\}, sourceOffset=\{position=3\}\} ConnectRecord\{topic='t', kafkaPartition=null, key=null, keySchema=null, value=\{a=1\}, valueSchema=null, timestamp=null, headers=ConnectHeaders\(headers=\)\}\.$/,
    );
  });
});
