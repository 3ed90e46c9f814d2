import { kafkaError } from '@sluice/protocol';
import type { Responses } from '@sluice/protocol';
import { isCoordinatorError } from './admin-call.ts';
import type { AdminCall, AdminResult } from './admin-call.ts';
import { errorOf } from './topic-calls.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface GroupOffset extends TopicPartition, AdminResult {
  /** -1 where the group has committed nothing. */
  readonly offset: number;
  /** -1 where unknown. */
  readonly leaderEpoch: number;
  readonly metadata: string | null;
}

export interface NewGroupOffset extends TopicPartition {
  readonly offset: number;
  readonly metadata?: string | null | undefined;
  readonly leaderEpoch?: number | undefined;
}

export interface PartitionResult extends TopicPartition, AdminResult {}

export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  /** Empty where the broker does not say. */
  readonly state: string;
}

export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly metadata: Buffer;
  readonly assignment: Buffer;
}

export interface DescribedGroup {
  readonly groupId: string;
  /** `Dead` where there is no such group. */
  readonly state: string;
  readonly protocolType: string;
  readonly protocol: string;
  readonly members: readonly GroupMember[];
}

// Topic ids take the place of names above these versions.
const namesMaxVersion = 9;

/** The committed offsets of a group; of all its partitions where `partitions` is null. */
export function listGroupOffsets(call: AdminCall, groupId: string, partitions: readonly TopicPartition[] | null): Promise<GroupOffset[]> {
  const topics =
    partitions === null
      ? null
      : byTopic(partitions).map(([name, entries]) => ({ name, partitionIndexes: entries.map((entry) => entry.partition) }));
  return call.atCoordinator(groupId, async (nodeId) => {
    const { version, body } = await call.client.sendWithVersion(
      nodeId,
      'OffsetFetch',
      (chosen) => (chosen < 8 ? { groupId, topics } : { groups: [{ groupId, topics }] }),
      { signal: call.signal, minVersion: 2, maxVersion: namesMaxVersion },
    );
    const group = version < 8 ? body : body.groups.find((entry) => entry.groupId === groupId);
    throwCode(group?.errorCode ?? 0);
    return (group?.topics ?? []).flatMap((topic) =>
      topic.partitions.map((entry) => ({
        topic: topic.name,
        partition: entry.partitionIndex,
        offset: entry.committedOffset,
        leaderEpoch: entry.committedLeaderEpoch,
        metadata: entry.metadata,
        error: errorOf(entry.errorCode),
      })),
    );
  });
}

/** Sets offsets of a group that has no members; otherwise the error of each partition is UNKNOWN_MEMBER_ID. */
export function alterGroupOffsets(call: AdminCall, groupId: string, offsets: readonly NewGroupOffset[]): Promise<PartitionResult[]> {
  const topics = byTopic(offsets).map(([name, entries]) => ({
    name,
    partitions: entries.map((entry) => ({
      partitionIndex: entry.partition,
      committedOffset: entry.offset,
      committedMetadata: entry.metadata ?? '',
      ...(entry.leaderEpoch === undefined ? {} : { committedLeaderEpoch: entry.leaderEpoch }),
    })),
  }));
  return call.atCoordinator(groupId, async (nodeId) => {
    const body = { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics };
    const answer = await call.client.send(nodeId, 'OffsetCommit', body, { signal: call.signal, maxVersion: namesMaxVersion });
    return partitionResults(answer.topics);
  });
}

export function deleteGroupOffsets(call: AdminCall, groupId: string, partitions: readonly TopicPartition[]): Promise<PartitionResult[]> {
  const topics = byTopic(partitions).map(([name, entries]) => ({
    name,
    partitions: entries.map((entry) => ({ partitionIndex: entry.partition })),
  }));
  return call.atCoordinator(groupId, async (nodeId) => {
    const answer = await call.client.send(nodeId, 'OffsetDelete', { groupId, topics }, { signal: call.signal });
    throwCode(answer.errorCode);
    return partitionResults(answer.topics);
  });
}

/** Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP and the like. */
export async function deleteGroup(call: AdminCall, groupId: string): Promise<void> {
  await call.atCoordinator(groupId, async (nodeId) => {
    const answer = await call.client.send(nodeId, 'DeleteGroups', { groupsNames: [groupId] }, { signal: call.signal });
    throwCode(answer.results[0]?.errorCode ?? 0);
  });
}

export function describeGroup(call: AdminCall, groupId: string): Promise<DescribedGroup> {
  return call.atCoordinator(groupId, async (nodeId) => {
    // From version 6 on an unknown group is an error instead of a dead group.
    const answer = await call.client.send(nodeId, 'DescribeGroups', { groups: [groupId] }, { signal: call.signal, maxVersion: 5 });
    const group = answer.groups[0];
    if (group === undefined) throw kafkaError('GROUP_ID_NOT_FOUND', `The broker did not describe group ${groupId}`);
    throwCode(group.errorCode);
    return {
      groupId,
      state: group.groupState,
      protocolType: group.protocolType,
      protocol: group.protocolData,
      members: group.members.map((member) => memberOf(member)),
    };
  });
}

/** The groups of all brokers. A broker that cannot be asked fails the call, as its groups would be missing. */
export async function listGroups(call: AdminCall): Promise<ListedGroup[]> {
  if (call.client.brokers().length === 0) await call.attempt(() => call.client.metadata.refresh([], call.signal));
  const answers = await Promise.all(
    call.client.brokers().map((broker) =>
      call.attempt(async () => {
        const answer = await call.client.send(broker.id, 'ListGroups', {}, { signal: call.signal });
        throwCode(answer.errorCode);
        return answer.groups;
      }),
    ),
  );
  return answers.flat().map((group) => ({ groupId: group.groupId, protocolType: group.protocolType, state: group.groupState }));
}

function memberOf(member: Responses['DescribeGroups']['groups'][number]['members'][number]): GroupMember {
  const { memberId, groupInstanceId, clientId, clientHost } = member;
  return { memberId, groupInstanceId, clientId, clientHost, metadata: member.memberMetadata, assignment: member.memberAssignment };
}

function throwCode(code: number): void {
  if (code !== 0) throw kafkaError(code);
}

/** Throws the first error that another attempt at the right coordinator may heal: then the whole call is made again. */
function partitionResults(
  topics: readonly { name: string; partitions: readonly { partitionIndex: number; errorCode: number }[] }[],
): PartitionResult[] {
  const results = topics.flatMap((topic) =>
    topic.partitions.map((entry) => ({ topic: topic.name, partition: entry.partitionIndex, error: errorOf(entry.errorCode) })),
  );
  for (const { error } of results) if (error !== null && isCoordinatorError(error)) throw error;
  return results;
}

function byTopic<T extends TopicPartition>(entries: readonly T[]): [string, T[]][] {
  return [...Map.groupBy(entries, (entry) => entry.topic)];
}
