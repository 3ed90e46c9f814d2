import { decodeBatch, errors, kafkaError, KafkaError, readBatches } from '@sluice/protocol';
import type { Input, Requests, Responses } from '@sluice/protocol';
import { errorCode } from '../error-code.ts';
import type { BatchHeader } from '../log/batch-header.ts';
import { validateBatch } from '../log/batch-validation.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { Topic } from '../topics/topics.ts';
import type { BrokerState, Handler, RequestContext } from './handler.ts';

type PartitionResponse = Input<Responses['Produce']['responses'][number]['partitionResponses'][number]>;

const ZSTD = 4;
const FIRST_ZSTD_VERSION = 7;
const FIRST_TOPIC_ID_VERSION = 13;

/** Appends each partition's batch; answers when all are written. With acks=0 nobody is told, and an error ends the connection, as in Kafka. */
export const produce: Handler<'Produce'> = async (broker, request, context) => {
  const responses = await Promise.all(
    request.topicData.map(async ({ name, topicId, partitionData }) => {
      const isById = context.version >= FIRST_TOPIC_ID_VERSION;
      const topic = isById ? broker.topics.byId(topicId) : broker.topics.get(name);
      const missing = kafkaError(isById ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION');
      const appends = partitionData.map(({ index, records }) =>
        appendPartition(broker, { topic, missing, index, records, request, context }),
      );
      return { name, topicId, partitionResponses: await Promise.all(appends) };
    }),
  );
  if (request.acks !== 0) return { responses };
  const isFailed = responses.some(({ partitionResponses }) =>
    partitionResponses.some((response) => response.errorCode !== errors.NONE.code),
  );
  return isFailed ? 'close' : 'none';
};

interface PartitionRequest {
  topic: Topic | null;
  missing: KafkaError;
  index: number;
  records: Buffer | null;
  request: Requests['Produce'];
  context: RequestContext;
}

async function appendPartition(broker: BrokerState, partition: PartitionRequest): Promise<PartitionResponse> {
  const { index } = partition;
  try {
    const log = logToAppendTo(partition);
    const { header, records } = checkBatch(broker, log, partition);
    const { baseOffset, logAppendTimeMs } = await log.append(header, records);
    return { index, errorCode: errors.NONE.code, baseOffset, logAppendTimeMs, logStartOffset: log.logStartOffset };
  } catch (error) {
    if (!(error instanceof KafkaError))
      broker.log.error(`Appending to ${partition.topic?.name}-${index} failed: ${(error as Error).stack}`);
    return { index, errorCode: errorCode(error), baseOffset: -1, errorMessage: (error as Error).message };
  }
}

function logToAppendTo({ topic, missing, index, request }: PartitionRequest): PartitionLog {
  if (![-1, 0, 1].includes(request.acks)) throw kafkaError('INVALID_REQUIRED_ACKS');
  if (request.transactionalId !== null) throw kafkaError('INVALID_REQUEST', 'This broker does not take transactions.');
  const log = topic?.logs[index];
  if (topic === null || log === undefined) throw missing;
  if (topic.isInternal) throw kafkaError('INVALID_TOPIC_EXCEPTION', `Cannot append to internal topic ${topic.name}`);
  return log;
}

function checkBatch(
  broker: BrokerState,
  log: PartitionLog,
  { records, context }: PartitionRequest,
): { header: BatchHeader; records: Buffer } {
  const { config, name } = log;
  const header = validateBatch(records, { name, ...config }, broker.now());
  if (records === null) throw kafkaError('INVALID_RECORD');
  if (header.isTransactional) throw kafkaError('INVALID_REQUEST', 'This broker does not take transactions.');
  if (header.compression === ZSTD && context.version < FIRST_ZSTD_VERSION) {
    throw kafkaError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `Produce requests with version ${context.version} are not allowed to use ZStandard compression`,
    );
  }
  if (config.isCompactPolicy) checkKeys(records, name);
  return { header, records };
}

/** A record without a key could never be replaced by another. */
function checkKeys(records: Buffer, name: string): void {
  for (const batch of readBatches(records)) {
    if (decodeBatch(batch).keyStart.includes(-1))
      throw kafkaError('INVALID_RECORD', `Compacted topic cannot accept message without key in topic partition ${name}.`);
  }
}
