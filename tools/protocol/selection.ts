/** The APIs that the client, the `connect` group and the embedded broker speak. */
export const apiNames: readonly string[] = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetCommit',
  'OffsetFetch',
  'FindCoordinator',
  'JoinGroup',
  'Heartbeat',
  'LeaveGroup',
  'SyncGroup',
  'DescribeGroups',
  'ListGroups',
  'SaslHandshake',
  'ApiVersions',
  'CreateTopics',
  'DeleteTopics',
  'DeleteRecords',
  'InitProducerId',
  'OffsetForLeaderEpoch',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'EndTxn',
  'WriteTxnMarkers',
  'TxnOffsetCommit',
  'DescribeAcls',
  'CreateAcls',
  'DeleteAcls',
  'DescribeConfigs',
  'AlterConfigs',
  'DescribeLogDirs',
  'SaslAuthenticate',
  'CreatePartitions',
  'DeleteGroups',
  'ElectLeaders',
  'IncrementalAlterConfigs',
  'AlterPartitionReassignments',
  'ListPartitionReassignments',
  'OffsetDelete',
  'DescribeUserScramCredentials',
  'AlterUserScramCredentials',
  'DescribeCluster',
  'DescribeProducers',
  'DescribeTransactions',
  'ListTransactions',
  'DescribeTopicPartitions',
];

/** Messages that travel inside the bytes of others. */
export const dataNames: readonly string[] = ['ConsumerProtocolSubscription', 'ConsumerProtocolAssignment'];

/**
 * The int64 fields in which values beyond 2^53 are legal (Long.MAX as "not known", any timestamp asked for): they are
 * number or bigint. All others are offsets, ids, sizes and durations: a number, and anything beyond is malformed.
 */
export const int64Beyond2To53: ReadonlySet<string> = new Set([
  'FetchRequest.topics.partitions.highWatermark',
  'ListOffsetsRequest.topics.partitions.timestamp',
  'ListOffsetsResponse.topics.partitions.timestamp',
]);
