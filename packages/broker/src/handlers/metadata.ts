import { errors, KafkaError, zeroUuid } from '@sluice/protocol';
import type { Input, Requests, Responses } from '@sluice/protocol';
import { errorCode } from '../error-code.ts';
import { isInternalTopic } from '../topics/topic-name.ts';
import type { Topic } from '../topics/topics.ts';
import { clusterOperations, topicOperations } from './authorized-operations.ts';
import type { BrokerState, Handler } from './handler.ts';

type TopicResponse = Input<Responses['Metadata']['topics'][number]>;
type TopicRequest = NonNullable<Requests['Metadata']['topics']>[number];

const FIRST_NULL_NAME_VERSION = 12;

/** The broker and the topics that are asked for, all of them where none is named; a topic that is missing may be created. */
export const metadata: Handler<'Metadata'> = async (broker, request, context) => {
  const { nodeId, host, port, clusterId } = broker;
  // In version 0 an empty list stood for all.
  const isAll = request.topics === null || (context.version === 0 && request.topics.length === 0);
  const isCreating = broker.config.boolean('auto.create.topics.enable') && request.allowAutoTopicCreation;
  const isNameNullable = context.version >= FIRST_NULL_NAME_VERSION;
  const operations = topicOperations(request.includeTopicAuthorizedOperations);
  const topics = isAll
    ? [...broker.topics.all()].map((topic) => describeTopic(broker, topic, operations))
    : await Promise.all((request.topics ?? []).map((wanted) => findTopic(broker, wanted, { isCreating, isNameNullable, operations })));
  return {
    brokers: [{ nodeId, host, port, rack: null }],
    clusterId,
    controllerId: nodeId,
    topics,
    ...(request.includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: clusterOperations(true) } : {}),
  };
};

async function findTopic(
  broker: BrokerState,
  wanted: TopicRequest,
  options: { isCreating: boolean; isNameNullable: boolean; operations: number },
): Promise<TopicResponse> {
  const { name, topicId } = wanted;
  if (name === null) {
    const topic = broker.topics.byId(topicId);
    if (topic !== null) return describeTopic(broker, topic, options.operations);
    return { errorCode: errors.UNKNOWN_TOPIC_ID.code, name: options.isNameNullable ? null : '', topicId, partitions: [] };
  }
  try {
    const topic = broker.topics.get(name) ?? (options.isCreating && !isInternalTopic(name) ? await createTopic(broker, name) : null);
    if (topic !== null) return describeTopic(broker, topic, options.operations);
    return { errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION.code, name, topicId: zeroUuid, partitions: [] };
  } catch (error) {
    if (!(error instanceof KafkaError)) broker.log.error(`Topic ${name} could not be created: ${(error as Error).stack}`);
    return { errorCode: errorCode(error), name, topicId: zeroUuid, partitions: [] };
  }
}

async function createTopic(broker: BrokerState, name: string): Promise<Topic> {
  const topic = await broker.topics.getOrCreate(name, broker.config.number('num.partitions'), {});
  broker.log.info(`Topic ${name} was created because its metadata was asked for (auto.create.topics.enable).`);
  return topic;
}

function describeTopic(broker: BrokerState, topic: Topic, operations: number): TopicResponse {
  const nodes = [broker.nodeId];
  return {
    errorCode: errors.NONE.code,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.logs.map((_, partitionIndex) => ({
      errorCode: errors.NONE.code,
      partitionIndex,
      leaderId: broker.nodeId,
      leaderEpoch: 0,
      replicaNodes: nodes,
      isrNodes: nodes,
      offlineReplicas: [],
    })),
    topicAuthorizedOperations: operations,
  };
}
