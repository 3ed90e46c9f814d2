import * as fs from 'node:fs';
import { errors, kafkaError } from '@sluice/protocol';
import { errorCode } from '../error-code.ts';
import { clusterOperations } from './authorized-operations.ts';
import type { Handler } from './handler.ts';

const GROUP_KEY = 0;
const TRANSACTION_KEY = 1;
const FIRST_BATCHED_COORDINATOR_VERSION = 4;
const BROKER_ENDPOINT = 1;

/** Every group is coordinated here. */
export const findCoordinator: Handler<'FindCoordinator'> = (broker, request, context) => {
  const { nodeId, host, port } = broker;
  const isBatched = context.version >= FIRST_BATCHED_COORDINATOR_VERSION;
  const keys = isBatched ? request.coordinatorKeys : [request.key];
  const coordinators = keys.map((key) => {
    const problem = coordinatorProblem(request.keyType, key);
    if (problem !== null) return { key, nodeId: -1, host: '', port: -1, errorCode: errorCode(problem), errorMessage: problem.message };
    return { key, nodeId, host, port, errorCode: errors.NONE.code, errorMessage: null };
  });
  if (isBatched) return { coordinators };
  const [{ key: _, ...single } = { key: '' }] = coordinators;
  return single;
};

function coordinatorProblem(keyType: number, key: string): Error | null {
  if (keyType === TRANSACTION_KEY)
    return kafkaError(
      'INVALID_REQUEST',
      `This broker does not take transactions: a producer without transactional.id (here ${key}) works.`,
    );
  if (keyType !== GROUP_KEY) return kafkaError('INVALID_REQUEST', `This broker has no coordinators of type ${keyType}.`);
  return key === '' ? kafkaError('INVALID_GROUP_ID') : null;
}

export const describeCluster: Handler<'DescribeCluster'> = (broker, request) => {
  const { nodeId, host, port, clusterId } = broker;
  if (request.endpointType !== BROKER_ENDPOINT) {
    return {
      errorCode: errors.UNSUPPORTED_ENDPOINT_TYPE.code,
      errorMessage: 'This broker has only broker endpoints.',
      endpointType: request.endpointType,
    };
  }
  const clusterAuthorizedOperations = clusterOperations(request.includeClusterAuthorizedOperations);
  return { clusterId, controllerId: nodeId, brokers: [{ brokerId: nodeId, host, port, rack: null }], clusterAuthorizedOperations };
};

/** Sizes of the logs, and of the disk that they are on. */
export const describeLogDirs: Handler<'DescribeLogDirs'> = (broker, request) => {
  const asked = request.topics === null ? null : new Map(request.topics.map(({ topic, partitions }) => [topic, new Set(partitions)]));
  const topics = [...broker.topics.all()]
    .filter(({ name }) => asked === null || asked.has(name))
    .map(({ name, logs }) => ({
      name,
      partitions: logs
        .map((log, partitionIndex) => ({ partitionIndex, partitionSize: log.sizeInBytes, offsetLag: 0, isFutureKey: false }))
        .filter(({ partitionIndex }) => asked?.get(name)?.has(partitionIndex) ?? true),
    }));
  const disk = fs.statfsSync(broker.dataDir);
  const results = [
    {
      errorCode: errors.NONE.code,
      logDir: broker.dataDir,
      topics,
      totalBytes: disk.blocks * disk.bsize,
      usableBytes: disk.bavail * disk.bsize,
    },
  ];
  return { errorCode: errors.NONE.code, results };
};

/** There has only ever been epoch 0, and it ends where the log ends. */
export const offsetForLeaderEpoch: Handler<'OffsetForLeaderEpoch'> = (broker, request) => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
      const log = broker.topics.get(topic)?.logs[partition];
      if (log === undefined) return { partition, errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION.code };
      if (currentLeaderEpoch > 0) return { partition, errorCode: errors.UNKNOWN_LEADER_EPOCH.code };
      return leaderEpoch === 0 ? { partition, leaderEpoch: 0, endOffset: log.highWatermark } : { partition };
    }),
  })),
});

/** Nothing is ever moved to another broker. */
export const listPartitionReassignments: Handler<'ListPartitionReassignments'> = () => ({ errorCode: errors.NONE.code, topics: [] });

/** An id for an idempotent producer; with an id and epoch given, the next epoch of it (KIP-360). */
export const initProducerId: Handler<'InitProducerId'> = (broker, request) => {
  if (request.transactionalId !== null) {
    broker.log.warn(`A producer asked for transactional.id ${request.transactionalId}: this broker does not take transactions.`);
    return { errorCode: errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code, producerId: -1, producerEpoch: -1 };
  }
  return { errorCode: errors.NONE.code, producerId: broker.store.takeProducerId(), producerEpoch: 0 };
};
