import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apis, zeroUuid } from '@sluice/protocol';
import type { ApiName, Input, Requests } from '@sluice/protocol';
import { batchOf } from './support/fixtures.ts';
import { createTopic, startTestBroker } from './support/running-broker.ts';

/** A request for each API, as far as its version has the fields. */
function requestOf(api: ApiName, version: number, topicId: string): unknown {
  const partitions = [
    {
      partition: 0,
      partitionIndex: 0,
      index: 0,
      fetchOffset: 0,
      partitionMaxBytes: 1000,
      timestamp: -1,
      leaderEpoch: 0,
      committedOffset: 1,
      committedMetadata: 'm',
      offset: 0,
    },
  ];
  const only = (...names: string[]): unknown[] =>
    partitions.map((partition) => Object.fromEntries(names.map((name) => [name, (partition as Record<string, unknown>)[name]])));
  const group = { groupId: 'g', memberId: 'm', generationId: 1 };
  const bodies: { [A in ApiName]?: unknown } = {
    Produce: { acks: 1, topicData: [{ name: 't', topicId, partitionData: [{ index: 0, records: batchOf(['v']) }] }] },
    Fetch: { maxWaitMs: 0, topics: [{ topic: 't', topicId, partitions: only('partition', 'fetchOffset', 'partitionMaxBytes') }] },
    ListOffsets: { topics: [{ name: 't', partitions: only('partitionIndex', 'timestamp') }] },
    Metadata: { topics: [{ name: 't' }, { name: 'missing' }], ...(version >= 4 ? { allowAutoTopicCreation: false } : {}) },
    OffsetCommit: {
      groupId: 'g',
      topics: [{ name: 't', topicId, partitions: only('partitionIndex', 'committedOffset', 'committedMetadata') }],
    },
    OffsetFetch:
      version < 8
        ? { groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }
        : { groups: [{ groupId: 'g', topics: [{ name: 't', topicId, partitionIndexes: [0] }] }] },
    FindCoordinator: version < 4 ? { key: 'g' } : { coordinatorKeys: ['g', 'h'] },
    JoinGroup: {
      groupId: `joined-${version}`,
      sessionTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
    },
    Heartbeat: group,
    LeaveGroup: version < 3 ? { groupId: 'g', memberId: 'm' } : { groupId: 'g', members: [{ memberId: 'm' }] },
    SyncGroup: group,
    DescribeGroups: { groups: ['g', 'missing'] },
    CreateTopics: { topics: [{ name: `new-${version}`, numPartitions: 1, replicationFactor: 1 }] },
    DeleteTopics: version < 6 ? { topicNames: ['missing'] } : { topics: [{ name: 'missing' }, { name: null, topicId: zeroUuid }] },
    DeleteRecords: { topics: [{ name: 't', partitions: only('partitionIndex', 'offset') }] },
    InitProducerId: { transactionalId: null },
    OffsetForLeaderEpoch: { topics: [{ topic: 't', partitions: only('partition', 'leaderEpoch') }] },
    DescribeConfigs: {
      resources: [2, 4].map((resourceType) => ({ resourceType, resourceName: resourceType === 2 ? 't' : '1', configurationKeys: null })),
      includeSynonyms: true,
    },
    AlterConfigs: { resources: [{ resourceType: 2, resourceName: 't', configs: [{ name: 'retention.ms', value: '5000000' }] }] },
    IncrementalAlterConfigs: {
      resources: [{ resourceType: 2, resourceName: 't', configs: [{ name: 'cleanup.policy', configOperation: 2, value: 'delete' }] }],
    },
    CreatePartitions: { topics: [{ name: 't', count: 1, assignments: null }] },
    DescribeLogDirs: { topics: null },
    DeleteGroups: { groupsNames: ['missing'] },
    OffsetDelete: { groupId: 'missing', topics: [] },
  };
  return bodies[api] ?? {};
}

test('every announced version of every API is answered with what its version can say', async (t) => {
  const { client, lines } = await startTestBroker(t);
  const topicId = await createTopic(client, 't');
  const { apiKeys } = await client.send('ApiVersions', {});
  assert.ok(apiKeys.length >= 28);
  for (const { apiKey, minVersion, maxVersion } of apiKeys) {
    const api = (Object.keys(apis) as ApiName[]).find((name) => apis[name].key === apiKey);
    assert.ok(api !== undefined, `API ${apiKey}`);
    for (let version = Math.max(minVersion, apis[api].minVersion); version <= maxVersion; version++) {
      const body = requestOf(api, version, topicId) as Input<Requests[ApiName]>;
      await client
        .send(api, body, version)
        .catch((error: unknown) => assert.fail(`${api} ${version}: ${(error as Error).message}; ${lines.at(-1)}`));
    }
  }
  assert.deepEqual(
    lines.filter((line) => !/^(info|debug)/.test(line)),
    [],
  );
});
