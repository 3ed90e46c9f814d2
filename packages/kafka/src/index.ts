export type { KafkaLog } from './log.ts';
export { silentLog } from './log.ts';
export { AuthenticationError, ClientClosedError, KafkaConfigError, isRetriable } from './errors.ts';
export { ClientSettings, clientConfigKeys, clientConfigProblems } from './settings/client-settings.ts';
export type { ClientConfigProblem, ClientProperties } from './settings/client-settings.ts';
export type { ClientKind, SettingKey, SettingValues } from './settings/client-tables.ts';
export type { RequestBody, SendOptions, VersionedResponse } from './net/request-types.ts';
export type { Broker, EnsureOptions, PartitionMetadata, TopicMetadata } from './client/cluster-types.ts';
export { KafkaClient } from './client/kafka-client.ts';
export type { KafkaClientOptions } from './client/kafka-client.ts';
export type { ClusterMetadata } from './client/cluster-metadata.ts';
export { delay, retryBackoff } from './client/retry-backoff.ts';
export type { BackoffOptions } from './client/retry-backoff.ts';
export { Admin } from './admin/admin.ts';
export type { ClusterDescription } from './admin/admin.ts';
export type { AdminOptions, AdminResult } from './admin/admin-call.ts';
export type { AlteredConfig, ConfigEntry, ConfigResource, DescribedConfig } from './admin/config-calls.ts';
export type {
  DescribedGroup,
  GroupMember,
  GroupOffset,
  ListedGroup,
  NewGroupOffset,
  PartitionResult,
  TopicPartition,
} from './admin/group-calls.ts';
export type { ListedOffset, OffsetQuery, OffsetSpec } from './admin/offset-calls.ts';
export type { CreatedTopic, DeletedTopic, DescribedTopic, ListedTopic, NewTopic } from './admin/topic-calls.ts';
export { Producer } from './producer/producer.ts';
export type { AckedBatch, ProducerOptions } from './producer/producer.ts';
export { ProducerClosedError, ProducerFatalError, ProducerTimeoutError, RecordTooLargeError } from './producer/producer-errors.ts';
export { Consumer } from './consumer/consumer.ts';
export type { ConsumerOptions } from './consumer/consumer.ts';
export type { FetchedBatch } from './consumer/fetched-chunk.ts';
export type { CommittedOffset } from './consumer/group-offsets.ts';
export type { RebalanceListener } from './consumer/rebalancer.ts';
export type { TopicsToSelect } from './consumer/topic-selection.ts';
export { TopicTable } from './table/topic-table.ts';
export type { TableRecordContext, TopicTableOptions } from './table/topic-table.ts';
export {
  CommitFailedError,
  CommitRebalanceError,
  ConsumerStateError,
  ConsumerTimeoutError,
  NoOffsetForPartitionError,
  OffsetOutOfRangeError,
  WakeupError,
} from './consumer/consumer-errors.ts';
// What the callers of producer and consumer need of the protocol.
export { KafkaError, decodeHeaders, kafkaError } from '@sluice/protocol';
export type { ApiName, CompressionType, EncodedHeader, ErrorName, RecordColumns, Requests, Responses } from '@sluice/protocol';
