/**
 * Kafka's record batch, magic 2 (org.apache.kafka.common.record.DefaultRecordBatch):
 *
 *     base offset int64 · length int32 · leader epoch int32 · magic int8 · CRC-32C uint32 · attributes int16
 *     last offset delta int32 · base timestamp int64 · max timestamp int64 · producer id int64 · producer epoch int16
 *     base sequence int32 · record count int32 · records
 *
 * The length counts what follows it, the CRC covers everything from the attributes on. A record (DefaultRecord):
 *
 *     length varint · attributes int8 · timestamp delta varlong · offset delta varint
 *     key length varint · key · value length varint · value
 *     header count varint · (key length varint · key · value length varint · value)*
 *
 * Varints are zigzag; a length of -1 is null.
 */
export const layout = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

/** Bytes before the part of a batch that its length counts. */
export const lengthOverhead = 12;

/** The shortest record: one byte for each of its fields and for its length. */
export const minRecordBytes = 7;

export const attribute = { compression: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const;

/** CompressionType by its number in the attributes. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Kafka's names of `compression.type`. */
export type CompressionType = (typeof compressionTypes)[number];

/** create.time: the producer's; log.append.time: the broker's, one for the batch. */
export type TimestampType = 'CreateTime' | 'LogAppendTime';

export interface EncodedHeader {
  key: string;
  value: string | Uint8Array | null;
}

/** Reads an int64 as a number; beyond 2^53 it is the nearest one. */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4);
}

export function writeInt64(buffer: Buffer, at: number, value: number): void {
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}
