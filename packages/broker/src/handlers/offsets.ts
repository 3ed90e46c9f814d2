import { errors } from '@sluice/protocol';
import type { Input, Responses } from '@sluice/protocol';
import type { Topic } from '../topics/topics.ts';
import type { BrokerState, Handler } from './handler.ts';

type FetchedPartition = Input<Responses['OffsetFetch']['topics'][number]['partitions'][number]>;

const NONE = errors.NONE.code;
const FIRST_TOPIC_ID_VERSION = 10;
const FIRST_BATCHED_FETCH_VERSION = 8;

export const offsetCommit: Handler<'OffsetCommit'> = async (broker, request, context) => {
  const isById = context.version >= FIRST_TOPIC_ID_VERSION;
  const missing = isById ? errors.UNKNOWN_TOPIC_ID.code : errors.UNKNOWN_TOPIC_OR_PARTITION.code;
  const topics = request.topics.map(({ name, topicId, partitions }) => {
    const topic = isById ? broker.topics.byId(topicId) : broker.topics.get(name);
    return { name: topic?.name ?? name, topicId, topic, partitions };
  });
  const offsets = topics.flatMap(({ name, topic, partitions }) =>
    partitions
      .filter(({ partitionIndex }) => topic?.logs[partitionIndex] !== undefined)
      .map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => ({
        topic: name,
        partition: partitionIndex,
        offset: committedOffset,
        leaderEpoch: committedLeaderEpoch,
        metadata: committedMetadata,
      })),
  );
  const { groupId, generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } = request;
  const codes = (await broker.groups.commit({ groupId, generationId, memberId, groupInstanceId, offsets })).values();
  return {
    topics: topics.map(({ name, topicId, topic, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const isKnown = topic?.logs[partitionIndex] !== undefined;
        const known = topic === null ? missing : errors.UNKNOWN_TOPIC_OR_PARTITION.code;
        return { partitionIndex, errorCode: isKnown ? (codes.next().value ?? NONE) : known };
      }),
    })),
  };
};

export const offsetFetch: Handler<'OffsetFetch'> = (broker, request, context) => {
  if (context.version < FIRST_BATCHED_FETCH_VERSION) {
    const wanted = request.topics?.map(({ name, partitionIndexes }) => ({ name, topicId: '', partitionIndexes })) ?? null;
    return {
      topics: fetchGroup(broker, request.groupId, wanted, false).map(({ name, partitions }) => ({ name, partitions })),
      errorCode: NONE,
    };
  }
  const isById = context.version >= FIRST_TOPIC_ID_VERSION;
  return {
    groups: request.groups.map(({ groupId, topics }) => ({
      groupId,
      topics: fetchGroup(broker, groupId, topics, isById),
      errorCode: NONE,
    })),
  };
};

interface WantedTopic {
  name: string;
  topicId: string;
  partitionIndexes: readonly number[];
}

interface FetchedTopic {
  name: string;
  topicId: string;
  partitions: FetchedPartition[];
}

/** The offsets of some partitions, or of all that the group has; −1 where there is none. */
function fetchGroup(broker: BrokerState, groupId: string, wanted: readonly WantedTopic[] | null, isById: boolean): FetchedTopic[] {
  const topics = wanted ?? committedTopics(broker, groupId);
  return topics.flatMap(({ name, topicId, partitionIndexes }) => {
    const topic: Topic | null = isById && wanted !== null ? broker.topics.byId(topicId) : broker.topics.get(name);
    // Without an id there is no way to name it.
    if (isById && wanted === null && topic === null) return [];
    const topicName = topic?.name ?? name;
    const partitions = partitionIndexes.map((partitionIndex): FetchedPartition => {
      if (isById && topic === null) return { partitionIndex, committedOffset: -1, metadata: '', errorCode: errors.UNKNOWN_TOPIC_ID.code };
      const committed = broker.groups.committed(groupId, topicName, partitionIndex);
      if (committed === null) return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: NONE };
      return {
        partitionIndex,
        committedOffset: committed.offset,
        committedLeaderEpoch: committed.leaderEpoch,
        metadata: committed.metadata,
        errorCode: NONE,
      };
    });
    return [{ name: topicName, topicId: isById ? (topic?.id ?? topicId) : topicId, partitions }];
  });
}

function committedTopics(broker: BrokerState, groupId: string): WantedTopic[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of broker.groups.committedOf(groupId)) {
    const partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, [partition]);
    else partitions.push(partition);
  }
  return [...topics].map(([name, partitionIndexes]) => ({ name, topicId: broker.topics.get(name)?.id ?? '', partitionIndexes }));
}

export const offsetDelete: Handler<'OffsetDelete'> = async (broker, request) => {
  const { groupId } = request;
  const problem = broker.groups.checkDeleteOffsets(groupId);
  if (problem !== NONE) return { errorCode: problem };
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      if (broker.topics.get(name)?.logs[partitionIndex] === undefined)
        return { partitionIndex, errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION.code };
      return { partitionIndex, errorCode: broker.groups.isSubscribed(groupId, name) ? errors.GROUP_SUBSCRIBED_TO_TOPIC.code : NONE };
    }),
  }));
  const deletable = topics.flatMap(({ name, partitions }) =>
    partitions
      .filter((partition) => partition.errorCode === NONE)
      .map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
  );
  const errorCode = await broker.groups.deleteOffsets(groupId, deletable);
  return errorCode === NONE ? { errorCode, topics } : { errorCode };
};
