import { kafkaError } from '@sluice/protocol';
import type { KafkaError } from '@sluice/protocol';
import { BATCH_HEADER_BYTES, batchSizeAt, isCrcValid, readBatchHeader } from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';

export interface BatchRules {
  /** For messages: `topic-partition`. */
  name: string;
  /** `max.message.bytes`: of the whole batch. */
  maxMessageBytes: number;
  /** `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`; not applied to LogAppendTime. */
  timestampBeforeMaxMs: number;
  timestampAfterMaxMs: number;
  isLogAppendTime: boolean;
}

const NO_TIMESTAMP = -1;

/**
 * Checks what a producer sent for one partition: exactly one whole record batch of magic 2, CRC right, counts consistent.
 * Returns its header. Throws a KafkaError with the code that Kafka answers with.
 *
 * Source: ProduceRequest.validateRecords, LogValidator.validateBatch, UnifiedLog.analyzeAndValidateRecords
 */
export function validateBatch(records: Buffer | null, rules: BatchRules, now: number): BatchHeader {
  if (records === null || records.length === 0)
    throw kafkaError('INVALID_RECORD', `A produce request for ${rules.name} must have exactly one record batch: it has none.`);
  if (records.length > 16 && records.readInt8(16) !== 2) {
    throw kafkaError('INVALID_RECORD', `Record batch for ${rules.name} has magic ${records.readInt8(16)}: only magic version 2 is taken.`);
  }
  if (records.length < BATCH_HEADER_BYTES) throw corrupt(rules, `${records.length} bytes are less than a record batch header`);
  const size = batchSizeAt(records, 0);
  if (size < BATCH_HEADER_BYTES || size > records.length) throw corrupt(rules, `the header says ${size} bytes, ${records.length} came`);
  // A misread length cannot pass as "more than one batch": the CRC is over the length that the header says.
  if (!isCrcValid(records, 0, size)) throw corrupt(rules, 'its CRC-32C does not match');
  if (size !== records.length)
    throw kafkaError('INVALID_RECORD', `A produce request for ${rules.name} must have exactly one record batch: it has more.`);
  const header = readBatchHeader(records, 0);
  checkCounts(header, rules);
  if (size > rules.maxMessageBytes) {
    throw kafkaError(
      'MESSAGE_TOO_LARGE',
      `The record batch size in the append to ${rules.name} is ${size} bytes which exceeds the maximum configured value of ${rules.maxMessageBytes}.`,
    );
  }
  if (!rules.isLogAppendTime) checkTimestamps(header, rules, now);
  return header;
}

function checkCounts(header: BatchHeader, rules: BatchRules): void {
  const { name } = rules;
  const invalid = (message: string): KafkaError => kafkaError('INVALID_RECORD', message);
  if (header.lastOffsetDelta < 0)
    throw invalid(`Batch for ${name} has an invalid offset range: its last offset delta is ${header.lastOffsetDelta}.`);
  if (header.count <= 0) throw invalid(`Invalid reported count for record batch: ${header.count} for ${name}.`);
  if (header.count !== header.lastOffsetDelta + 1) {
    throw invalid(
      `Inconsistent batch offset range and count of records for ${name}: last offset delta ${header.lastOffsetDelta}, ${header.count} records.`,
    );
  }
  if (header.isControl) throw invalid(`Clients are not allowed to write control records: ${name}.`);
  if (header.producerId >= 0 && header.baseSequence < 0)
    throw invalid(`Invalid sequence number ${header.baseSequence} in record batch with producerId ${header.producerId}: ${name}.`);
  if (header.compression > 4) throw invalid(`Record batch for ${name} has the unknown compression type ${header.compression}.`);
}

function checkTimestamps(header: BatchHeader, rules: BatchRules, now: number): void {
  if (header.maxTimestamp === NO_TIMESTAMP) return;
  const isEarly = header.baseTimestamp !== NO_TIMESTAMP && now - header.baseTimestamp > rules.timestampBeforeMaxMs;
  if (!isEarly && header.maxTimestamp - now <= rules.timestampAfterMaxMs) return;
  const timestamp = isEarly ? header.baseTimestamp : header.maxTimestamp;
  throw kafkaError(
    'INVALID_TIMESTAMP',
    `Timestamp ${timestamp} of message for ${rules.name} is out of range. The timestamp should be within [${now - rules.timestampBeforeMaxMs}, ${now + rules.timestampAfterMaxMs}].`,
  );
}

function corrupt(rules: BatchRules, why: string): KafkaError {
  return kafkaError('CORRUPT_MESSAGE', `Record batch for ${rules.name} is corrupt: ${why}.`);
}
