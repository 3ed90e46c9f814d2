import type { ClientSettings } from '../settings/client-settings.ts';
import { parseOffsetReset } from './offset-reset.ts';
import type { OffsetReset } from './offset-reset.ts';

/** What the consumer's parts need of the settings, in their own types. Times in milliseconds, sizes in bytes. */
export interface ConsumerConfig {
  groupId: string | null;
  groupInstanceId: string | null;
  assignors: readonly string[];
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
  maxPollIntervalMs: number;
  maxPollRecords: number;
  isAutoCommit: boolean;
  autoCommitIntervalMs: number;
  offsetReset: OffsetReset;
  isReadCommitted: boolean;
  fetchBytesMin: number;
  fetchBytesMax: number;
  fetchWaitMs: number;
  partitionBytesMax: number;
  requestTimeoutMs: number;
  apiTimeoutMs: number;
  retryBackoffMs: number;
  retryBackoffMaxMs: number;
  metadataAgeMaxMs: number;
  allowAutoCreate: boolean;
}

/** Source: org.apache.kafka.clients.consumer.ConsumerConfig */
export function consumerConfig(settings: ClientSettings): ConsumerConfig {
  return {
    groupId: settings.get('group.id'),
    groupInstanceId: settings.get('group.instance.id'),
    assignors: settings.get('partition.assignment.strategy'),
    sessionTimeoutMs: settings.get('session.timeout.ms'),
    heartbeatIntervalMs: settings.get('heartbeat.interval.ms'),
    maxPollIntervalMs: settings.get('max.poll.interval.ms'),
    maxPollRecords: settings.get('max.poll.records'),
    // Without a group there is nothing to commit to.
    isAutoCommit: settings.get('enable.auto.commit') && settings.get('group.id') !== null,
    autoCommitIntervalMs: settings.get('auto.commit.interval.ms'),
    offsetReset: parseOffsetReset(settings.get('auto.offset.reset')),
    isReadCommitted: settings.get('isolation.level') === 'read_committed',
    fetchBytesMin: settings.get('fetch.min.bytes'),
    fetchBytesMax: settings.get('fetch.max.bytes'),
    fetchWaitMs: settings.get('fetch.max.wait.ms'),
    partitionBytesMax: settings.get('max.partition.fetch.bytes'),
    requestTimeoutMs: settings.get('request.timeout.ms'),
    apiTimeoutMs: settings.get('default.api.timeout.ms'),
    retryBackoffMs: settings.get('retry.backoff.ms'),
    retryBackoffMaxMs: settings.get('retry.backoff.max.ms'),
    metadataAgeMaxMs: settings.get('metadata.max.age.ms'),
    allowAutoCreate: settings.get('allow.auto.create.topics'),
  };
}
