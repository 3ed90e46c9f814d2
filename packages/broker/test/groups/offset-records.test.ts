import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeGroupValue,
  decodeKey,
  decodeOffsetValue,
  encodeGroupKey,
  encodeGroupValue,
  encodeOffsetKey,
  encodeOffsetValue,
} from '../../src/groups/offset-records.ts';

test('keys and values are the bytes that Kafka writes', () => {
  assert.equal(encodeOffsetKey('g', 'tö', 3).toString('hex'), '0001' + '000167' + '000374c3b6' + '00000003');
  assert.equal(encodeGroupKey('g').toString('hex'), '0002000167');
  assert.equal(
    encodeOffsetValue({ offset: 258, leaderEpoch: -1, metadata: 'x', committedMs: 1 }).toString('hex'),
    '0003' + '0000000000000102' + 'ffffffff' + '000178' + '0000000000000001',
  );
});

test('what is written is read again, and every shortened form throws', () => {
  const value = { offset: 2 ** 40, leaderEpoch: 0, metadata: 'meta', committedMs: 1_700_000_000_000 };
  assert.deepEqual(decodeOffsetValue(encodeOffsetValue(value)), value);
  const member = {
    memberId: 'm',
    groupInstanceId: null,
    clientId: 'c',
    clientHost: '/h',
    sessionTimeoutMs: 1,
    rebalanceTimeoutMs: 2,
    subscription: Buffer.from('s'),
    assignment: Buffer.alloc(0),
  };
  const group = {
    groupId: 'g',
    protocolType: 'connect',
    generationId: 4,
    protocolName: null,
    leader: 'm',
    stateSinceMs: 9,
    members: [member, { ...member, groupInstanceId: 'i' }],
  };
  const bytes = encodeGroupValue(group);
  assert.deepEqual(decodeGroupValue('g', bytes), group);
  for (let length = 0; length < bytes.length; length++) assert.throws(() => decodeGroupValue('g', bytes.subarray(0, length)));
  assert.deepEqual(decodeKey(encodeOffsetKey('g', 't', 1)), { kind: 'offset', groupId: 'g', topic: 't', partition: 1 });
  assert.deepEqual(decodeKey(encodeGroupKey('g')), { kind: 'group', groupId: 'g' });
  assert.deepEqual(decodeKey(Buffer.from('0009', 'hex')), { kind: 'unknown' });
});
