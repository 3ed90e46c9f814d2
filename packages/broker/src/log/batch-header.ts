import { crc32c, kafkaError } from '@sluice/protocol';

// The header of a record batch (magic 2), and where its fields stand:
//
//    0 baseOffset int64 · 8 batchLength int32 (of all that follows) · 12 partitionLeaderEpoch int32 · 16 magic int8
//   17 crc uint32 (CRC-32C of all from 21) · 21 attributes int16 · 23 lastOffsetDelta int32 · 27 baseTimestamp int64
//   35 maxTimestamp int64 · 43 producerId int64 · 51 producerEpoch int16 · 53 baseSequence int32 · 57 recordsCount int32
//   61 records
//
// baseOffset and partitionLeaderEpoch stand outside the CRC, so that a broker can set them without touching the rest.

/** Bytes before the first record. */
export const BATCH_HEADER_BYTES = 61;
/** Bytes of baseOffset and batchLength: what is needed to know how long a batch is. */
export const BATCH_PREFIX_BYTES = 12;

const CRC_START = 21;
const TIMESTAMP_TYPE_BIT = 0x08;
const TRANSACTIONAL_BIT = 0x10;
const CONTROL_BIT = 0x20;

export interface BatchHeader {
  baseOffset: number;
  lastOffset: number;
  sizeInBytes: number;
  magic: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  compression: number;
  isLogAppendTime: boolean;
  isTransactional: boolean;
  isControl: boolean;
  lastOffsetDelta: number;
  baseTimestamp: number;
  maxTimestamp: number;
  /** −1 where the producer is not idempotent. */
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  count: number;
}

/** Reads a big-endian int64 as a number (exact up to 2^53). */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4);
}

export function writeInt64(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}

/** Length of the batch at `at`, which needs BATCH_PREFIX_BYTES there. Not checked: it may be nonsense. */
export function batchSizeAt(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + 8) + BATCH_PREFIX_BYTES;
}

/** As batchSizeAt, of a batch that was checked when it was written: throws where it is nonsense now, because the file was damaged. */
export function checkedBatchSizeAt(buffer: Buffer, at: number): number {
  const size = batchSizeAt(buffer, at);
  if (size < BATCH_HEADER_BYTES) throw kafkaError('KAFKA_STORAGE_ERROR', `The log is damaged: a record batch of ${size} bytes.`);
  return size;
}

/** Last offset of the batch at `at`, which needs BATCH_HEADER_BYTES there. */
export function lastOffsetAt(buffer: Buffer, at: number): number {
  return readInt64(buffer, at) + buffer.readInt32BE(at + 23);
}

export function maxTimestampAt(buffer: Buffer, at: number): number {
  return readInt64(buffer, at + 35);
}

/** Reads the header at `at`, which needs BATCH_HEADER_BYTES there. */
export function readBatchHeader(buffer: Buffer, at: number): BatchHeader {
  const attributes = buffer.readInt16BE(at + 21);
  const baseOffset = readInt64(buffer, at);
  const lastOffsetDelta = buffer.readInt32BE(at + 23);
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    sizeInBytes: batchSizeAt(buffer, at),
    magic: buffer.readInt8(at + 16),
    compression: attributes & 0x07,
    isLogAppendTime: (attributes & TIMESTAMP_TYPE_BIT) !== 0,
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    lastOffsetDelta,
    baseTimestamp: readInt64(buffer, at + 27),
    maxTimestamp: readInt64(buffer, at + 35),
    producerId: readInt64(buffer, at + 43),
    producerEpoch: buffer.readInt16BE(at + 51),
    baseSequence: buffer.readInt32BE(at + 53),
    count: buffer.readInt32BE(at + 57),
  };
}

/** Whether the CRC in the header is that of the batch, which stands whole at `at`. */
export function isCrcValid(buffer: Buffer, at: number, sizeInBytes: number): boolean {
  return crc32c(buffer.subarray(at + CRC_START, at + sizeInBytes)) === buffer.readUInt32BE(at + 17);
}

/** Sets what the leader of a partition sets: the offsets, and its epoch (always 0 here). */
export function patchOffset(batch: Buffer, baseOffset: number): void {
  writeInt64(batch, baseOffset, 0);
  batch.writeInt32BE(0, 12);
}

/** Gives the batch the broker's time, as `message.timestamp.type=LogAppendTime` wants. Changes the CRC. */
export function patchLogAppendTime(batch: Buffer, timestamp: number): void {
  batch.writeInt16BE(batch.readInt16BE(21) | TIMESTAMP_TYPE_BIT, 21);
  writeInt64(batch, timestamp, 35);
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_START)), 17);
}
