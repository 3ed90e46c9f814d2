import { apis, errors } from '@sluice/protocol';
import type { ApiName } from '@sluice/protocol';
import {
  describeCluster,
  describeLogDirs,
  findCoordinator,
  initProducerId,
  listPartitionReassignments,
  offsetForLeaderEpoch,
} from './cluster.ts';
import { alterConfigs, describeConfigs, incrementalAlterConfigs } from './configs.ts';
import { fetch } from './fetch.ts';
import { deleteGroups, describeGroups, heartbeat, joinGroup, leaveGroup, listGroups, syncGroup } from './groups.ts';
import type { Handler } from './handler.ts';
import { listOffsets } from './list-offsets.ts';
import { metadata } from './metadata.ts';
import { offsetCommit, offsetDelete, offsetFetch } from './offsets.ts';
import { produce } from './produce.ts';
import { createPartitions, createTopics, deleteRecords, deleteTopics } from './topics.ts';

const apiVersions: Handler<'ApiVersions'> = () => ({ errorCode: errors.NONE.code, apiKeys: announcedVersions() });

/** Who answers what. */
export const handlers: { readonly [A in ApiName]?: Handler<A> } = {
  Produce: produce,
  Fetch: fetch,
  ListOffsets: listOffsets,
  Metadata: metadata,
  OffsetCommit: offsetCommit,
  OffsetFetch: offsetFetch,
  FindCoordinator: findCoordinator,
  JoinGroup: joinGroup,
  Heartbeat: heartbeat,
  LeaveGroup: leaveGroup,
  SyncGroup: syncGroup,
  DescribeGroups: describeGroups,
  ListGroups: listGroups,
  ApiVersions: apiVersions,
  CreateTopics: createTopics,
  DeleteTopics: deleteTopics,
  DeleteRecords: deleteRecords,
  InitProducerId: initProducerId,
  OffsetForLeaderEpoch: offsetForLeaderEpoch,
  DescribeConfigs: describeConfigs,
  AlterConfigs: alterConfigs,
  DescribeLogDirs: describeLogDirs,
  CreatePartitions: createPartitions,
  DeleteGroups: deleteGroups,
  IncrementalAlterConfigs: incrementalAlterConfigs,
  ListPartitionReassignments: listPartitionReassignments,
  OffsetDelete: offsetDelete,
  DescribeCluster: describeCluster,
};

/** What the answer to ApiVersions says. */
export function announcedVersions(): { apiKey: number; minVersion: number; maxVersion: number }[] {
  return (Object.keys(handlers) as ApiName[]).map((name) => {
    const { key, minVersion, maxVersion } = apis[name];
    // librdkafka up to 2.8 takes a broker that does not know Produce 0 for one without compression, so Kafka 4 announces it as well, and refuses it
    // when it comes (KAFKA-18659).
    return { apiKey: key, minVersion: name === 'Produce' ? 0 : minVersion, maxVersion };
  });
}
