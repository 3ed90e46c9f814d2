import { kafkaError } from '../kafka-error.ts';
import { attribute, compressionTypes, layout, lengthOverhead, readInt64 } from './batch-layout.ts';
import type { CompressionType, TimestampType } from './batch-layout.ts';
import { crc32c } from './crc32c.ts';

/** The header of a record batch, read from its bytes when asked. Nothing is verified before verifyCrc. */
export class BatchView {
  /** The whole batch; a view of the bytes it was read from. */
  readonly raw: Buffer;

  constructor(raw: Buffer) {
    this.raw = raw;
  }

  get baseOffset(): number {
    return readInt64(this.raw, layout.baseOffset);
  }

  /** Offset of the last record, also where compaction removed it. */
  get lastOffset(): number {
    return this.baseOffset + this.raw.readInt32BE(layout.lastOffsetDelta);
  }

  /** Records in the batch; compaction makes it less than the span of its offsets. */
  get count(): number {
    return this.raw.readInt32BE(layout.count);
  }

  get sizeInBytes(): number {
    return this.raw.length;
  }

  get leaderEpoch(): number {
    return this.raw.readInt32BE(layout.leaderEpoch);
  }

  get attributes(): number {
    return this.raw.readInt16BE(layout.attributes);
  }

  /** Throws CORRUPT_MESSAGE for a number that Kafka does not have. */
  get compression(): CompressionType {
    const type = compressionTypes[this.attributes & attribute.compression];
    if (type === undefined) throw kafkaError('CORRUPT_MESSAGE', `Unknown compression type id: ${this.attributes & attribute.compression}`);
    return type;
  }

  get timestampType(): TimestampType {
    return (this.attributes & attribute.logAppendTime) === 0 ? 'CreateTime' : 'LogAppendTime';
  }

  get isTransactional(): boolean {
    return (this.attributes & attribute.transactional) !== 0;
  }

  /** Its records are markers of transactions or of elections, not for users. */
  get isControl(): boolean {
    return (this.attributes & attribute.control) !== 0;
  }

  get baseTimestamp(): number {
    return readInt64(this.raw, layout.baseTimestamp);
  }

  get maxTimestamp(): number {
    return readInt64(this.raw, layout.maxTimestamp);
  }

  /** -1 when the producer is not idempotent. */
  get producerId(): number {
    return readInt64(this.raw, layout.producerId);
  }

  get producerEpoch(): number {
    return this.raw.readInt16BE(layout.producerEpoch);
  }

  get baseSequence(): number {
    return this.raw.readInt32BE(layout.baseSequence);
  }

  /** Throws CORRUPT_MESSAGE when the checksum does not fit the bytes. */
  verifyCrc(): void {
    const stored = this.raw.readUInt32BE(layout.crc);
    const computed = crc32c(this.raw.subarray(layout.attributes));
    if (stored === computed) return;
    throw kafkaError(
      'CORRUPT_MESSAGE',
      `Record is corrupt (stored crc = ${stored}, computed crc = ${computed}) in the batch at offset ${this.baseOffset}`,
    );
  }
}

/**
 * The batches in what a fetch returned, in order. An incomplete one at the end, which brokers send when they cut at a
 * size, is left out. Throws UNSUPPORTED_FOR_MESSAGE_FORMAT for the formats before Kafka 0.11 and CORRUPT_MESSAGE for a
 * size that no batch has.
 */
export function* readBatches(records: Buffer): Generator<BatchView, void, undefined> {
  let at = 0;
  // The magic byte is at the same place in all formats.
  while (records.length - at > layout.magic) {
    const magic = records[at + layout.magic]!;
    if (magic < 2) {
      throw kafkaError(
        'UNSUPPORTED_FOR_MESSAGE_FORMAT',
        `The batch at offset ${readInt64(records, at)} has message format ${magic}; Kafka 0.11 and later write format 2, which alone is read here`,
      );
    }
    if (magic > 2) throw kafkaError('CORRUPT_MESSAGE', `Invalid magic found in record: ${magic} at offset ${readInt64(records, at)}`);
    const size = records.readInt32BE(at + layout.length) + lengthOverhead;
    if (size < layout.records) {
      throw kafkaError(
        'CORRUPT_MESSAGE',
        `Record size ${size - lengthOverhead} is less than the minimum record overhead (${layout.records - lengthOverhead})`,
      );
    }
    if (size > records.length - at) return;
    yield new BatchView(records.subarray(at, at + size));
    at += size;
  }
}
