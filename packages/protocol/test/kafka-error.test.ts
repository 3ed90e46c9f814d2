import assert from 'node:assert/strict';
import test from 'node:test';
import { errorInfo, errors, KafkaError, kafkaError } from '../src/index.ts';

test('the table has every code once, from -1 on without a gap', () => {
  const codes = Object.values(errors).map((info) => info.code);
  assert.deepEqual(
    [...codes].sort((a, b) => a - b),
    Array.from({ length: codes.length }, (_, i) => i - 1),
  );
  for (const info of Object.values(errors)) {
    assert.equal(errorInfo(info.code), info);
    if (info.name !== 'NONE') assert.match(info.javaClass, /^org\.apache\.kafka\.common\.(errors\.)?[A-Za-z]+$/);
  }
});

test('errors know what a client may do', () => {
  const moved = kafkaError(errors.NOT_LEADER_OR_FOLLOWER.code);
  assert.ok(moved instanceof KafkaError);
  assert.equal(moved.code, 6);
  assert.equal(moved.errorName, 'NOT_LEADER_OR_FOLLOWER');
  assert.equal(moved.javaClass, 'org.apache.kafka.common.errors.NotLeaderOrFollowerException');
  assert.deepEqual([moved.retriable, moved.refreshesMetadata], [true, true]);
  const timedOut = kafkaError('REQUEST_TIMED_OUT');
  assert.deepEqual([timedOut.retriable, timedOut.refreshesMetadata, timedOut.message], [true, false, 'The request timed out.']);
  assert.equal(kafkaError('TOPIC_AUTHORIZATION_FAILED').retriable, false);
});

test('a detail takes the place of the message, a cause is kept', () => {
  const cause = new Error('socket');
  const error = kafkaError('NETWORK_EXCEPTION', 'Connection to node 1 was lost', { cause });
  assert.equal(error.message, 'Connection to node 1 was lost');
  assert.equal(error.cause, cause);
  assert.equal(kafkaError(3, null).message, 'This server does not host this topic-partition.');
});

test('a code of a newer Kafka is a server error that names it', () => {
  const error = kafkaError(12_345);
  assert.equal(error.errorName, 'UNKNOWN_SERVER_ERROR');
  assert.equal(error.message, 'Unexpected error code: 12345.');
});
