import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBroker } from '@sluice/broker';
import { Admin, ClientSettings, KafkaClient } from '../src/index.ts';

let broker: Awaited<ReturnType<typeof startBroker>>;
let client: KafkaClient;
let admin: Admin;

before(async () => {
  broker = await startBroker({ listen: '127.0.0.1:0' });
  client = new KafkaClient(ClientSettings.forAdmin({ 'bootstrap.servers': broker.bootstrapServers, 'retry.backoff.ms': '5' }));
  admin = new Admin(client);
});

after(async () => {
  await client.close();
  await broker.close();
});

test('the life of a topic', async () => {
  const [made] = await admin.createTopics([
    { name: 'life', numPartitions: 2, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } },
  ]);
  assert.equal(made!.error, null);
  const [again] = await admin.createTopics([{ name: 'life' }]);
  assert.equal(again!.error?.message, "Topic 'life' already exists.");
  const [described, gone] = await admin.describeTopics(['life', 'gone']);
  assert.deepEqual([described!.topic?.partitions.length, described!.topic?.topicId], [2, made!.topicId]);
  assert.equal(gone!.error?.errorName, 'UNKNOWN_TOPIC_OR_PARTITION');
  const [config] = await admin.describeConfigs([{ type: 'topic', name: 'life' }]);
  assert.equal(config!.entries.find(({ name }) => name === 'cleanup.policy')?.value, 'compact');
  await client.metadata.ensure(['life']);
  assert.equal(client.metadata.leader('life', 1), client.brokers()[0]!.id);
  const [end] = await admin.listOffsets([{ topic: 'life', partition: 0, spec: 'latest' }]);
  assert.deepEqual([end!.offset, end!.error], [0, null]);
  assert.deepEqual(await admin.deleteTopics(['life']), [{ name: 'life', error: null }]);
  assert.ok(!(await admin.listTopics()).some(({ name }) => name === 'life'));
});

test('offsets of a group are set, read and removed with it', async () => {
  await admin.createTopics([{ name: 'grouped', numPartitions: 1, replicationFactor: 1 }]);
  const [set] = await admin.alterGroupOffsets('g', [{ topic: 'grouped', partition: 0, offset: 7, metadata: 'm' }]);
  assert.equal(set!.error, null);
  const [read] = await admin.listGroupOffsets('g');
  assert.deepEqual([read!.topic, read!.partition, read!.offset, read!.metadata], ['grouped', 0, 7, 'm']);
  assert.ok((await admin.listGroups()).some(({ groupId }) => groupId === 'g'));
  await admin.deleteGroup('g');
  await assert.rejects(admin.deleteGroup('g'), { errorName: 'GROUP_ID_NOT_FOUND' });
});

test('the cluster is the one that was started', async () => {
  const cluster = await admin.describeCluster();
  assert.equal(cluster.clusterId, broker.clusterId);
  assert.equal(client.clusterId(), broker.clusterId);
});
