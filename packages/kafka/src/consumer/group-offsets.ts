import { errorInfo, KafkaError, kafkaError } from '@sluice/protocol';
import type { Responses } from '@sluice/protocol';
import { CommitFailedError, CommitRebalanceError } from './consumer-errors.ts';
import type { GroupCoordinatorCalls } from './group-coordinator-calls.ts';
import { byTopic, partitionKey } from './topic-partition.ts';
import type { TopicPartition } from './topic-partition.ts';

export interface CommittedOffset extends TopicPartition {
  /** Offset of the next record to read. */
  readonly offset: number;
  readonly metadata?: string | undefined;
}

/** Who commits: a member with its generation, or nobody in particular (`generation` -1), which a group without members accepts. */
export interface CommitIdentity {
  groupId: string;
  generation: number;
  memberId: string;
  groupInstanceId: string | null;
}

/** The versions with topic names. */
const offsetCommitVersionMax = 9;
/** The versions of one group per request. */
const offsetFetchVersionMax = 7;

/**
 * Commits once. Throws `CommitFailedError` when the group went on without us, `CommitRebalanceError` while it rebalances, KafkaError for the rest
 * (retriable ones say so). Source: ConsumerCoordinator.OffsetCommitResponseHandler
 */
export async function commitOffsets(
  calls: GroupCoordinatorCalls,
  identity: CommitIdentity,
  offsets: readonly CommittedOffset[],
  signal: AbortSignal,
): Promise<void> {
  const topics = [...byTopic(offsets)].map(([name, each]) => ({
    name,
    partitions: each.map(({ partition, offset, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: metadata ?? '',
    })),
  }));
  const { groupId, memberId, groupInstanceId } = identity;
  const body = { groupId, generationIdOrMemberEpoch: identity.generation, memberId, groupInstanceId, topics };
  const response = await calls.send('OffsetCommit', body, { signal, maxVersion: offsetCommitVersionMax });
  throwCommitError(calls, response);
}

function throwCommitError(calls: GroupCoordinatorCalls, response: Responses['OffsetCommit']): void {
  // A failure for good says more than one that passes.
  let found: KafkaError | null = null;
  for (const topic of response.topics) {
    for (const { partitionIndex, errorCode } of topic.partitions) {
      const error = calls.error(errorCode, detailOf(topic.name, partitionIndex, errorCode));
      if (error !== null && (found === null || found.retriable)) found = error;
    }
  }
  if (found === null) return;
  if (found.errorName === 'UNKNOWN_MEMBER_ID' || found.errorName === 'ILLEGAL_GENERATION') throw new CommitFailedError(found);
  if (found.errorName === 'REBALANCE_IN_PROGRESS') throw new CommitRebalanceError(found);
  throw found;
}

function detailOf(topic: string, partition: number, errorCode: number): string | undefined {
  if (errorCode === 0) return undefined;
  return `Offset commit failed on partition ${partitionKey({ topic, partition })}: ${errorInfo(errorCode).message}`;
}

/** The group's committed offsets; a partition without one is left out. Sends once. Source: ConsumerCoordinator.OffsetFetchResponseHandler */
export async function fetchCommittedOffsets(
  calls: GroupCoordinatorCalls,
  groupId: string,
  partitions: readonly TopicPartition[],
  options: { isReadCommitted: boolean; signal: AbortSignal },
): Promise<CommittedOffset[]> {
  const topics = [...byTopic(partitions)].map(([name, each]) => ({ name, partitionIndexes: each.map(({ partition }) => partition) }));
  const body = (version: number): { groupId: string; topics: typeof topics; requireStable?: boolean } => ({
    groupId,
    topics,
    // Offsets of a transaction under way must not be read around. Older brokers do not know the field.
    ...(version >= 7 ? { requireStable: options.isReadCommitted } : {}),
  });
  const response = await calls.send('OffsetFetch', body, { signal: options.signal, maxVersion: offsetFetchVersionMax });
  const error = calls.error(response.errorCode);
  if (error !== null) throw error;
  const found: CommittedOffset[] = [];
  for (const topic of response.topics) {
    for (const { partitionIndex: partition, committedOffset: offset, metadata, errorCode } of topic.partitions) {
      if (errorCode !== 0) throw kafkaError(errorCode, detailOf(topic.name, partition, errorCode));
      if (offset >= 0) found.push({ topic: topic.name, partition, offset, metadata: metadata ?? undefined });
    }
  }
  return found;
}
