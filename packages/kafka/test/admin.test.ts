import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Admin } from '../src/admin/admin.ts';
import { KafkaClient } from '../src/client/kafka-client.ts';
import { ClientSettings } from '../src/settings/client-settings.ts';
import { FakeBroker, topicOf } from './fakes/fake-broker.ts';
import type { FakeBrokerOptions, Handlers } from './fakes/fake-broker.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(handlers: Handlers, options: FakeBrokerOptions = {}): Promise<{ broker: FakeBroker; admin: Admin }> {
  const broker = await FakeBroker.start(handlers, options);
  broker.handlers.FindCoordinator ??= ({ body }) => ({
    coordinators: body.coordinatorKeys.map((key) => ({ key, nodeId: broker.nodeId, host: '127.0.0.1', port: broker.port })),
  });
  const client = new KafkaClient(
    ClientSettings.forAdmin({
      'bootstrap.servers': broker.address,
      'retry.backoff.ms': '2',
      'retry.backoff.max.ms': '4',
      'reconnect.backoff.ms': '2',
    }),
  );
  cleanups.push(
    () => broker.close(),
    () => client.close(),
  );
  return { broker, admin: new Admin(client) };
}

test('topics are created, and each has its own error', async () => {
  const { admin } = await start({
    CreateTopics: ({ body }) => ({
      topics: body.topics.map((topic) => ({
        name: topic.name,
        topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
        numPartitions: topic.numPartitions,
        replicationFactor: topic.replicationFactor,
        ...(topic.name === 'old' ? { errorCode: 36, errorMessage: "Topic 'old' already exists." } : {}),
      })),
    }),
  });
  const [made, old] = await admin.createTopics([
    { name: 'new', numPartitions: 3, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } },
    { name: 'old' },
  ]);
  assert.deepEqual(made, { name: 'new', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', numPartitions: 3, replicationFactor: 1, error: null });
  assert.equal(old!.error?.errorName, 'TOPIC_ALREADY_EXISTS');
  assert.equal(old!.error?.message, "Topic 'old' already exists.");
});

test('a controller that has moved is asked again, for the open topics only', async () => {
  let calls = 0;
  const { broker, admin } = await start({
    CreateTopics: ({ body }) => {
      calls++;
      return { topics: body.topics.map(({ name }) => ({ name, errorCode: calls === 1 && name === 'b' ? 41 : 0 })) };
    },
  });
  const results = await admin.createTopics([{ name: 'a' }, { name: 'b' }]);
  assert.deepEqual(
    results.map(({ name, error }) => [name, error]),
    [
      ['a', null],
      ['b', null],
    ],
  );
  const asked = broker.requests.flatMap((request) =>
    request.api === 'CreateTopics' ? [request.body.topics.map((topic) => topic.name)] : [],
  );
  assert.deepEqual(asked, [['a', 'b'], ['b']]);
});

test('trying again ends with the time that is allowed', async () => {
  const { admin } = await start({ CreateTopics: ({ body }) => ({ topics: body.topics.map(({ name }) => ({ name, errorCode: 41 })) }) });
  const [result] = await admin.createTopics([{ name: 'a' }], { timeoutMs: 20 });
  assert.equal(result!.error?.errorName, 'NOT_CONTROLLER');
});

test('topics are described without being created, deleted and listed', async () => {
  const { broker, admin } = await start({ DeleteTopics: ({ body }) => ({ responses: body.topics.map(({ name }) => ({ name })) }) });
  broker.topics.set('t', topicOf('t', [1, 1], 4));
  broker.topics.set('_internal', { ...topicOf('_internal', [1]), isInternal: true });
  const [known, unknown] = await admin.describeTopics(['t', 'gone']);
  assert.equal(known!.topic?.partitions.length, 2);
  assert.equal(unknown!.topic, null);
  assert.equal(unknown!.error?.errorName, 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.deepEqual(
    (await admin.listTopics()).map(({ name }) => name),
    ['t'],
  );
  assert.equal((await admin.listTopics({ includeInternal: true })).length, 2);
  assert.deepEqual(await admin.deleteTopics(['t']), [{ name: 't', error: null }]);
  broker.handlers.DeleteTopics = ({ body }) => ({ responses: body.topics.map(({ name }) => ({ name, errorCode: 3 })) });
  assert.equal((await admin.deleteTopics(['gone']))[0]!.error?.errorName, 'UNKNOWN_TOPIC_OR_PARTITION', 'an answer, not a reason to wait');
});

test("configurations of topics come from any broker, a broker's from itself", async () => {
  const { admin } = await start({
    DescribeConfigs: ({ body }) => ({
      results: body.resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        configs: [{ name: 'cleanup.policy', value: 'delete', configSource: 5 }],
      })),
    }),
  });
  const results = await admin.describeConfigs([
    { type: 'broker', name: '1' },
    { type: 'topic', name: 't' },
  ]);
  assert.deepEqual(
    results.map(({ type, name, entries }) => [type, name, entries[0]!.value, entries[0]!.isDefault]),
    [
      ['broker', '1', 'delete', true],
      ['topic', 't', 'delete', true],
    ],
  );
});

test('the cluster describes itself', async () => {
  const { admin } = await start({
    DescribeCluster: () => ({ clusterId: 'c', controllerId: 1, brokers: [{ brokerId: 1, host: 'h', port: 9, rack: 'r' }] }),
  });
  assert.deepEqual(await admin.describeCluster(), { clusterId: 'c', controllerId: 1, brokers: [{ id: 1, host: 'h', port: 9, rack: 'r' }] });
});

for (const version of [9, 7]) {
  test(`offsets of a group are read and set at its coordinator (OffsetFetch ${version})`, async () => {
    const partitions = [{ partitionIndex: 0, committedOffset: 42, committedLeaderEpoch: 3, metadata: 'm' }];
    const { broker, admin } = await start(
      {
        OffsetFetch: ({ body }) =>
          version < 8
            ? { topics: [{ name: 't', partitions }] }
            : { groups: body.groups.map(({ groupId }) => ({ groupId, topics: [{ name: 't', partitions }] })) },
        OffsetCommit: ({ body }) => ({
          topics: body.topics.map(({ name, partitions: some }) => ({
            name,
            partitions: some.map(({ partitionIndex }) => ({ partitionIndex })),
          })),
        }),
      },
      { versions: { OffsetFetch: version } },
    );
    assert.deepEqual(await admin.listGroupOffsets('g'), [
      { topic: 't', partition: 0, offset: 42, leaderEpoch: 3, metadata: 'm', error: null },
    ]);
    assert.deepEqual(await admin.alterGroupOffsets('g', [{ topic: 't', partition: 0, offset: 7 }]), [
      { topic: 't', partition: 0, error: null },
    ]);
    const commit = broker.requests.find((request) => request.api === 'OffsetCommit')!;
    assert.ok(
      commit.api === 'OffsetCommit' &&
        commit.body.generationIdOrMemberEpoch === -1 &&
        commit.body.topics[0]!.partitions[0]!.committedOffset === 7,
    );
  });
}

test('a coordinator that has moved is looked up again', async () => {
  let calls = 0;
  const { broker, admin } = await start({
    DeleteGroups: ({ body }) => ({ results: [{ groupId: body.groupsNames[0]!, errorCode: calls++ === 0 ? 16 : 0 }] }),
  });
  await admin.deleteGroup('g');
  assert.equal(broker.count('FindCoordinator'), 2);
});

test('a group that is not there or has members says so', async () => {
  const { admin } = await start({
    DeleteGroups: ({ body }) => ({ results: [{ groupId: 'g', errorCode: body.groupsNames[0] === 'g' ? 68 : 69 }] }),
    OffsetDelete: () => ({ topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 86 }] }] }),
  });
  await assert.rejects(admin.deleteGroup('g'), { errorName: 'NON_EMPTY_GROUP' });
  await assert.rejects(admin.deleteGroup('other'), { errorName: 'GROUP_ID_NOT_FOUND' });
  const [result] = await admin.deleteGroupOffsets('g', [{ topic: 't', partition: 0 }]);
  assert.equal(result!.error?.errorName, 'GROUP_SUBSCRIBED_TO_TOPIC');
});

test('groups are listed and described', async () => {
  const { admin } = await start({
    ListGroups: () => ({ groups: [{ groupId: 'g', protocolType: 'consumer', groupState: 'Stable' }] }),
    DescribeGroups: ({ body }) => ({
      groups: body.groups.map((groupId) => ({
        groupId,
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
        members: [{ memberId: 'm', clientId: 'c', clientHost: '/h' }],
      })),
    }),
  });
  assert.deepEqual(await admin.listGroups(), [{ groupId: 'g', protocolType: 'consumer', state: 'Stable' }]);
  const group = await admin.describeGroup('g');
  assert.deepEqual([group.state, group.members[0]!.memberId], ['Stable', 'm']);
});

test('offsets are listed at the leaders, and a partition that has none is waited for', async () => {
  let calls = 0;
  const { broker, admin } = await start({
    ListOffsets: ({ body }) => ({
      topics: body.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => ({
          partitionIndex,
          offset: { '-1': 100, '-2': 5 }[String(timestamp)] ?? 50,
          timestamp: timestamp === 1234 ? 1240 : -1,
          errorCode: calls++ === 0 ? 6 : 0,
        })),
      })),
    }),
  });
  broker.topics.set('t', topicOf('t', [1, 1, 1]));
  const results = await admin.listOffsets([
    { topic: 't', partition: 0, spec: 'latest' },
    { topic: 't', partition: 1, spec: 'earliest' },
    { topic: 't', partition: 2, spec: 1234 },
  ]);
  assert.deepEqual(
    results.map(({ partition, offset, timestamp, error }) => [partition, offset, timestamp, error]),
    [
      [0, 100, -1, null],
      [1, 5, -1, null],
      [2, 50, 1240, null],
    ],
  );
  const [missing] = await admin.listOffsets([{ topic: 'gone', partition: 0, spec: 'latest' }], { timeoutMs: 10 });
  assert.equal(missing!.error?.errorName, 'UNKNOWN_TOPIC_OR_PARTITION');
});
