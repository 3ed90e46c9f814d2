import { decodeBatch, errors, KafkaError, readBatches } from '@sluice/protocol';
import type { Input, Responses } from '@sluice/protocol';
import { errorCode } from '../error-code.ts';
import { lastOffsetAt } from '../log/batch-header.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { Handler } from './handler.ts';

type PartitionResponse = Input<Responses['ListOffsets']['topics'][number]['partitions'][number]>;

// Timestamps that ask for a place instead. Source: ListOffsetsRequest.java
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const FIRST_EPOCH_VERSION = 4;

interface Found {
  offset: number;
  timestamp: number;
}

const NOT_FOUND: Found = { offset: -1, timestamp: -1 };

export const listOffsets: Handler<'ListOffsets'> = async (broker, request, context) => {
  const isEpochKnown = context.version >= FIRST_EPOCH_VERSION;
  const topics = request.topics.map(async ({ name, partitions }) => {
    const answers = partitions.map(async ({ partitionIndex, timestamp, currentLeaderEpoch }): Promise<PartitionResponse> => {
      try {
        const log = broker.topics.partition(name, partitionIndex);
        if (currentLeaderEpoch > 0) return { partitionIndex, errorCode: errors.UNKNOWN_LEADER_EPOCH.code };
        const found = await find(log, Number(timestamp), request.isolationLevel === 1);
        return { partitionIndex, errorCode: errors.NONE.code, ...found, ...(isEpochKnown && found.offset >= 0 ? { leaderEpoch: 0 } : {}) };
      } catch (error) {
        if (!(error instanceof KafkaError))
          broker.log.error(`Looking for offsets of ${name}-${partitionIndex} failed: ${(error as Error).stack}`);
        return { partitionIndex, errorCode: errorCode(error) };
      }
    });
    return { name, partitions: await Promise.all(answers) };
  });
  return { topics: await Promise.all(topics) };
};

async function find(log: PartitionLog, timestamp: number, isCommittedOnly: boolean): Promise<Found> {
  switch (timestamp) {
    case LATEST:
      return { offset: isCommittedOnly ? log.lastStableOffset : log.highWatermark, timestamp: -1 };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: log.logStartOffset, timestamp: -1 };
    case MAX_TIMESTAMP: {
      const batch = await log.batchOfMaxTimestamp();
      return batch === null ? NOT_FOUND : findInBatch(batch, log.logStartOffset, null);
    }
    default:
      // What else is below 0 asks for tiers of storage that this broker does not have.
      if (timestamp < 0) return NOT_FOUND;
      return findTimestamp(log, timestamp);
  }
}

async function findTimestamp(log: PartitionLog, timestamp: number): Promise<Found> {
  for (let from = log.logStartOffset; ;) {
    const batch = await log.batchOfTimestamp(timestamp, from);
    if (batch === null) return NOT_FOUND;
    const found = findInBatch(batch, log.logStartOffset, timestamp);
    if (found.offset >= 0 && found.timestamp >= timestamp) return found;
    // The record in question has been deleted; others of its batch are older.
    from = lastOffsetAt(batch, 0) + 1;
  }
}

/** The first record of a batch that is as late as `timestamp`; without one the latest record, the first of several. */
function findInBatch(bytes: Buffer, logStartOffset: number, timestamp: number | null): Found {
  let best = NOT_FOUND;
  for (const batch of readBatches(bytes)) {
    // All its records have the time when it was appended.
    if (batch.timestampType === 'LogAppendTime')
      return { offset: Math.max(batch.baseOffset, logStartOffset), timestamp: batch.maxTimestamp };
    const { count, offsets, timestamps } = decodeBatch(batch);
    for (let i = 0; i < count; i++) {
      const offset = offsets[i] ?? 0;
      const time = timestamps[i] ?? -1;
      if (offset < logStartOffset) continue;
      if (timestamp !== null && time >= timestamp) return { offset, timestamp: time };
      if (timestamp === null && time > best.timestamp) best = { offset, timestamp: time };
    }
  }
  return best;
}
