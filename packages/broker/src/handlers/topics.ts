import { errors, kafkaError, KafkaError, zeroUuid } from '@sluice/protocol';
import type { Input, Requests, Responses } from '@sluice/protocol';
import { checkTopicConfig, topicConfigKeys, topicConfigValue } from '../config/topic-config.ts';
import { errorCode } from '../error-code.ts';
import type { BrokerState, Handler } from './handler.ts';

type CreatableTopic = Requests['CreateTopics']['topics'][number];
type CreateResult = Input<Responses['CreateTopics']['topics'][number]>;

const NONE = errors.NONE.code;
const DEFAULT_CONFIG = 5;
const TOPIC_CONFIG = 1;
const FIRST_TOPIC_ID_VERSION = 6;

export const createTopics: Handler<'CreateTopics'> = async (broker, request) => {
  const names = request.topics.map(({ name }) => name);
  const topics: CreateResult[] = [];
  for (const topic of request.topics) {
    try {
      if (names.indexOf(topic.name) !== names.lastIndexOf(topic.name)) throw kafkaError('INVALID_REQUEST', 'Duplicate topic name.');
      topics.push(await createTopic(broker, topic, request.validateOnly));
    } catch (error) {
      topics.push({ name: topic.name, ...failure(broker, `Topic ${topic.name} could not be created`, error) });
    }
  }
  return { topics: topics.filter(({ name }, i) => names.indexOf(name ?? '') === i) };
};

async function createTopic(broker: BrokerState, request: CreatableTopic, isValidation: boolean): Promise<CreateResult> {
  const partitions = partitionCount(broker, request);
  const config = Object.fromEntries(request.configs.map(({ name, value }) => [name, checkTopicConfig(name, value)]));
  broker.topics.checkCreate(request.name, partitions);
  const topic = isValidation ? null : await broker.topics.create(request.name, partitions, config);
  if (topic !== null) broker.log.info(`Topic ${topic.name} was created with ${partitions} partition(s).`);
  const configs = Object.keys(topicConfigKeys).map((name) => ({
    name,
    value: topicConfigValue(name, config, broker.config),
    readOnly: false,
    configSource: name in config ? TOPIC_CONFIG : DEFAULT_CONFIG,
    isSensitive: false,
  }));
  return {
    name: request.name,
    topicId: topic?.id ?? zeroUuid,
    errorCode: NONE,
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor: 1,
    configs,
  };
}

/** How many partitions are asked for. Throws for what one broker cannot do, in Kafka's words (ReplicationControlManager.createTopic). */
function partitionCount(broker: BrokerState, { assignments, numPartitions, replicationFactor }: CreatableTopic): number {
  if (assignments.length > 0) {
    if (replicationFactor !== -1)
      throw kafkaError('INVALID_REQUEST', 'A manual partition assignment was specified, but replication factor was not set to -1.');
    if (numPartitions !== -1)
      throw kafkaError('INVALID_REQUEST', 'A manual partition assignment was specified, but numPartitions was not set to -1.');
    const indexes = new Set(assignments.map(({ partitionIndex }) => partitionIndex));
    const isGapless = indexes.size === assignments.length && assignments.every((_, i) => indexes.has(i));
    if (!isGapless) throw kafkaError('INVALID_REPLICA_ASSIGNMENT', 'partitions should be a consecutive 0-based integer sequence');
    for (const { brokerIds } of assignments) checkReplicas(broker, brokerIds);
    return assignments.length;
  }
  if (replicationFactor === 0 || replicationFactor < -1) {
    throw kafkaError('INVALID_REPLICATION_FACTOR', 'Replication factor must be larger than 0, or -1 to use the default value.');
  }
  if (numPartitions === 0 || numPartitions < -1)
    throw kafkaError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.');
  const partitions = numPartitions === -1 ? broker.config.number('num.partitions') : numPartitions;
  if (replicationFactor > 1) {
    throw kafkaError(
      'INVALID_REPLICATION_FACTOR',
      `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered.`,
    );
  }
  return partitions;
}

function checkReplicas(broker: BrokerState, brokerIds: readonly number[]): void {
  if (brokerIds.length === 1 && brokerIds[0] === broker.nodeId) return;
  const unknown = brokerIds.find((id) => id !== broker.nodeId);
  if (unknown !== undefined)
    throw kafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`,
    );
  throw kafkaError('INVALID_REPLICA_ASSIGNMENT', 'The manual partition assignment includes an empty or duplicate replica list.');
}

export const deleteTopics: Handler<'DeleteTopics'> = async (broker, request, context) => {
  const isByState = context.version >= FIRST_TOPIC_ID_VERSION;
  const wanted = isByState ? request.topics : request.topicNames.map((name) => ({ name, topicId: zeroUuid }));
  const responses = [];
  for (const { name, topicId } of wanted) {
    const known = name === null ? broker.topics.byId(topicId) : broker.topics.get(name);
    const topicName = name ?? known?.name ?? null;
    const id = known?.id ?? topicId;
    try {
      if (known === null) throw kafkaError(name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION');
      if (!broker.config.boolean('delete.topic.enable')) throw kafkaError('TOPIC_DELETION_DISABLED');
      await broker.topics.delete(known.name);
      broker.log.info(`Topic ${known.name} was deleted.`);
      responses.push({ name: topicName, topicId: id, errorCode: NONE });
    } catch (error) {
      responses.push({ name: topicName, topicId: id, ...failure(broker, `Topic ${topicName} could not be deleted`, error) });
    }
  }
  return { responses };
};

export const createPartitions: Handler<'CreatePartitions'> = async (broker, request) => {
  const results = [];
  for (const { name, count, assignments } of request.topics) {
    try {
      broker.topics.checkAddPartitions(name, count);
      for (const { brokerIds } of assignments ?? []) checkReplicas(broker, brokerIds);
      if (!request.validateOnly) await broker.topics.addPartitions(name, count);
      results.push({ name, errorCode: NONE });
    } catch (error) {
      results.push({ name, ...failure(broker, `Partitions of ${name} could not be added`, error) });
    }
  }
  return { results };
};

export const deleteRecords: Handler<'DeleteRecords'> = async (broker, request) => {
  const topics = request.topics.map(async ({ name, partitions }) => {
    const answers = partitions.map(async ({ partitionIndex, offset }) => {
      try {
        const log = broker.topics.partition(name, partitionIndex);
        if (!log.config.isDeletePolicy && log.config.isCompactPolicy) {
          throw kafkaError('POLICY_VIOLATION', `Records of ${log.name} can not be deleted due to the configured policy`);
        }
        return { partitionIndex, lowWatermark: await log.deleteRecordsBefore(offset), errorCode: NONE };
      } catch (error) {
        return {
          partitionIndex,
          lowWatermark: -1,
          errorCode: failure(broker, `Records of ${name}-${partitionIndex} could not be deleted`, error).errorCode,
        };
      }
    });
    return { name, partitions: await Promise.all(answers) };
  });
  return { topics: await Promise.all(topics) };
};

/** Code and message of a part of a request that failed; what is not the client's fault is logged, too. */
export function failure(broker: BrokerState, what: string, error: unknown): { errorCode: number; errorMessage: string } {
  if (!(error instanceof KafkaError)) broker.log.error(`${what}: ${(error as Error).stack}`);
  return { errorCode: errorCode(error), errorMessage: (error as Error).message };
}
