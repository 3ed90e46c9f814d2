import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, ConnectError, DataError, errorFromWire, errorToWire, javaTrace, RetriableError, retriable } from '../src/index.ts';

function over(error: unknown): Error {
  return errorFromWire(structuredClone(errorToWire(error)));
}

describe('errors on the wire', () => {
  it('keep class, message, stack, fields and causes', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const sent = new RetriableError('later', { afterMs: 300, cause });
    const got = over(sent);
    assert.ok(got instanceof RetriableError && got instanceof ConnectError);
    assert.deepEqual([got.name, got.message, got.afterMs, got.stack], ['RetriableError', 'later', 300, sent.stack]);
    assert.deepEqual([(got.cause as Error).message, (got.cause as { code?: string }).code], ['refused', 'ECONNREFUSED']);
    assert.equal((over(ConfigError.invalid('k', 'v', 'why')) as ConfigError).key, 'k');
  });

  it('give an author’s own error the class of ours that it extends', () => {
    class RowError extends DataError {}
    const got = over(new RowError('bad row'));
    assert.ok(got instanceof DataError && !(got instanceof RetriableError));
    assert.equal(got.name, 'RowError');
  });

  it('take foreign errors and things that are none', () => {
    const got = over(new TypeError('x is not a function'));
    assert.deepEqual([got.name, got.message, got instanceof ConnectError], ['TypeError', 'x is not a function', false]);
    assert.equal(over('text').message, 'text');
    assert.equal(over(new AggregateError([new Error('a'), new Error('b')])).message, 'a; b');
  });

  it('end a chain of causes that bites its tail', () => {
    const error = new Error('a');
    error.cause = error;
    assert.ok(over(error).message === 'a');
  });
});

describe('javaTrace', () => {
  it('has Java’s classes, frames and causes', () => {
    const trace = javaTrace(new DataError('bad', { cause: new TypeError('worse') }));
    assert.match(trace, /^org\.apache\.kafka\.connect\.errors\.DataException: bad\n(\tat .+\n)+Caused by: TypeError: worse\n(\tat .+\n)+$/);
    assert.equal(
      javaTrace(errorFromWire(errorToWire(new ConnectError('x')))).split('\n')[0],
      'org.apache.kafka.connect.errors.ConnectException: x',
    );
  });

  it('takes the Java class from an error that names one', () => {
    const error = Object.assign(new Error('no leader'), { javaClass: 'org.apache.kafka.common.errors.NotLeaderOrFollowerException' });
    assert.match(
      javaTrace(errorFromWire(errorToWire(error))),
      /^org\.apache\.kafka\.common\.errors\.NotLeaderOrFollowerException: no leader\n/,
    );
  });
});

describe('retriable', () => {
  it('wraps what a client threw, once', () => {
    const cause = new Error('busy');
    assert.throws(
      () => retriable(cause, 50),
      (error) => error instanceof RetriableError && error.afterMs === 50 && error.cause === cause && error.message === 'busy',
    );
    const own = new RetriableError('x');
    assert.throws(
      () => retriable(own, 50),
      (error) => error === own,
    );
  });
});
