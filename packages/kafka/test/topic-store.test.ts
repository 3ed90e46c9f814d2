import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Responses } from '@sluice/protocol';
import { TopicStore } from '../src/client/topic-store.ts';

type Topic = Responses['Metadata']['topics'][number];

function answer(name: string, partitions: [leader: number, epoch: number][], topicId = 'AAAAAAAAAAAAAAAAAAAAAQ', errorCode = 0): Topic {
  return {
    errorCode,
    name,
    topicId,
    isInternal: false,
    topicAuthorizedOperations: 0,
    partitions: partitions.map(([leaderId, leaderEpoch], partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId,
      leaderEpoch,
      replicaNodes: [1, 2],
      isrNodes: [1, 2],
      offlineReplicas: [],
    })),
  };
}

test('a leader of an older epoch never comes back', () => {
  const store = new TopicStore();
  assert.equal(
    store.apply([
      answer('t', [
        [1, 5],
        [1, 5],
      ]),
    ]),
    true,
  );
  assert.equal(
    store.apply([
      answer('t', [
        [2, 4],
        [2, 6],
      ]),
    ]),
    true,
  );
  assert.deepEqual(
    store.get('t')!.partitions.map((partition) => [partition.leader, partition.leaderEpoch]),
    [
      [1, 5],
      [2, 6],
    ],
  );
  assert.equal(
    store.apply([
      answer('t', [
        [2, 4],
        [2, 6],
      ]),
    ]),
    false,
    'nothing new',
  );
});

test('a topic that was made anew begins again', () => {
  const store = new TopicStore();
  store.apply([answer('t', [[1, 5]])]);
  assert.equal(store.apply([answer('t', [[2, 0]], 'AAAAAAAAAAAAAAAAAAAAAg')]), true);
  assert.equal(store.get('t')!.partitions[0]!.leader, 2);
  assert.equal(store.byId('AAAAAAAAAAAAAAAAAAAAAQ'), null);
  assert.equal(store.byId('AAAAAAAAAAAAAAAAAAAAAg')?.name, 't');
});

test('a broker without epochs is believed', () => {
  const store = new TopicStore();
  store.apply([answer('t', [[1, -1]])]);
  store.apply([answer('t', [[2, -1]])]);
  assert.equal(store.get('t')!.partitions[0]!.leader, 2);
});

test('a leader named in passing counts when it is newer', () => {
  const store = new TopicStore();
  store.apply([answer('t', [[1, 5]])]);
  assert.equal(store.updateLeader('t', 0, { leaderId: 2, leaderEpoch: 5 }), false);
  assert.equal(store.updateLeader('t', 0, { leaderId: 2, leaderEpoch: 6 }), true);
  assert.equal(store.updateLeader('t', 9, { leaderId: 2, leaderEpoch: 6 }), false);
  assert.equal(store.get('t')!.partitions[0]!.leader, 2);
});

test('a topic that is gone is forgotten, one with a passing error stays', () => {
  const store = new TopicStore();
  store.apply([answer('t', [[1, 5]])]);
  store.apply([answer('t', [], undefined, 5)]);
  assert.equal(store.get('t')!.partitions.length, 1);
  assert.equal(store.errorCode('t'), 5);
  assert.equal(store.apply([answer('t', [], undefined, 3)]), true);
  assert.equal(store.get('t'), null);
  assert.equal(store.errorCode('t'), 3);
});
