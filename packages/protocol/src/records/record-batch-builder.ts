import { compress } from '../compression/compression.ts';
import { fast, type FastBuffer } from '../wire/fast-buffer.ts';
import { attribute, compressionTypes, layout, lengthOverhead, writeInt64 } from './batch-layout.ts';
import type { CompressionType, EncodedHeader, TimestampType } from './batch-layout.ts';
import { crc32c } from './crc32c.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

export interface RecordBatchOptions {
  compression: CompressionType;
  /** Compression level, null for the codec's own default. gzip: -1 to 9; zstd: as of zstd; lz4 and snappy have none. */
  level?: number | null;
  /** Where tryAppend says no, in bytes of the whole batch; the first record always fits. Default: no limit. */
  maxBytes?: number;
  /** Memory taken at first; it doubles up to what is needed. Default 512 bytes. */
  initialCapacity?: number;
  /** Default CreateTime. */
  timestampType?: TimestampType;
  /** Share of the records' bytes that compression is expected to leave, default 1 (Java: CompressionRatioEstimator). */
  compressionRatio?: number;
}

/** How a batch is closed. Everything may be left out. */
export interface BatchClosing {
  /** -1 (default): not idempotent. */
  producerId?: number;
  producerEpoch?: number;
  baseSequence?: number;
  isTransactional?: boolean;
  isControl?: boolean;
  /** Default 0: the broker gives the offsets. */
  baseOffset?: number;
  /** Default -1. */
  leaderEpoch?: number;
}

// Lengths and deltas of a record without headers: length 5, attributes 1, timestamp 10, offset, key, value and count 5 each.
const maxRecordOverhead = 36;
const textMargin = 4;
const tooLarge = -1;
const lengthsWrong = -2;
// Java's CompressionRatioEstimator adds as much to its estimate.
const compressionMargin = 1.05;

/**
 * Writes records into one batch of magic 2, straight into its buffer: an append makes no object. Used once; after close
 * its buffer belongs to the caller.
 */
export class RecordBatchBuilder {
  readonly compression: CompressionType;
  readonly #level: number | null;
  readonly #maxBytes: number;
  readonly #ratio: number;
  readonly #timestampType: TimestampType;
  #buffer: FastBuffer;
  #size: number = layout.records;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = -1;
  #isClosed = false;

  constructor(options: RecordBatchOptions) {
    this.compression = options.compression;
    this.#level = options.level ?? null;
    this.#maxBytes = options.maxBytes ?? Infinity;
    this.#ratio = options.compression === 'none' ? 1 : (options.compressionRatio ?? 1) * compressionMargin;
    this.#timestampType = options.timestampType ?? 'CreateTime';
    this.#buffer = fast(Buffer.allocUnsafeSlow(Math.max(options.initialCapacity ?? 512, layout.records)));
  }

  /** Records appended. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the batch before compression. */
  get sizeInBytes(): number {
    return this.#size;
  }

  /** Bytes of the batch that are expected after compression; what maxBytes limits. */
  get estimatedSizeInBytes(): number {
    return this.#estimate(this.#size);
  }

  /** Memory that the builder holds. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Largest timestamp, -1 while there is none. */
  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /**
   * Appends a record; strings are written as UTF-8. Returns false, with nothing changed, when the batch would grow beyond
   * maxBytes. `timestamp` in ms since the epoch, or -1 for none.
   */
  tryAppend(
    timestamp: number,
    key: string | Uint8Array | null,
    value: string | Uint8Array | null,
    headers: readonly EncodedHeader[] | null,
  ): boolean {
    if (this.#isClosed) throw new Error('The batch is closed');
    // Written so that NaN is refused as well.
    if (!(timestamp >= 0) && timestamp !== -1) throw new RangeError(`Invalid negative timestamp ${timestamp}`);
    const headerBytes = headers === null || headers.length === 0 ? 1 : headersSize(headers);
    // Most text is ASCII, its bytes as many as its characters; writing it confirms that, or shows that it must be measured.
    let end = this.#write(timestamp, key, value, headers, headerBytes, lengthOf(key), lengthOf(value));
    if (end === lengthsWrong) end = this.#write(timestamp, key, value, headers, headerBytes, byteLengthOf(key), byteLengthOf(value));
    if (end === tooLarge) return false;
    if (this.#count === 0) this.#baseTimestamp = timestamp;
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    this.#size = end;
    this.#count++;
    return true;
  }

  /** Writes a record behind the others and returns where it ends, `tooLarge` or `lengthsWrong`. It does not count yet. */
  #write(
    timestamp: number,
    key: string | Uint8Array | null,
    value: string | Uint8Array | null,
    headers: readonly EncodedHeader[] | null,
    headerBytes: number,
    keyLength: number,
    valueLength: number,
  ): number {
    const timestampDelta = this.#count === 0 ? 0 : timestamp - this.#baseTimestamp;
    const lengths = (keyLength < 0 ? 0 : keyLength) + (valueLength < 0 ? 0 : valueLength);
    const bodySize =
      1 + varlongSize(timestampDelta) + varintSize(this.#count) + varintSize(keyLength) + varintSize(valueLength) + lengths + headerBytes;
    // A wrong length is below the real one: what is too large by it is too large.
    if (this.#count > 0 && this.#estimate(this.#size + varintSize(bodySize) + bodySize) > this.#maxBytes) return tooLarge;
    this.#reserve(maxRecordOverhead + lengths + headerBytes + textMargin);
    const buffer = this.#buffer;
    let at = writeVarint(buffer, this.#size, bodySize);
    buffer[at++] = 0;
    at = writeVarlong(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, this.#count);
    at = writeVarint(buffer, at, keyLength);
    at = writePayload(buffer, at, key, keyLength);
    if (at < 0) return lengthsWrong;
    at = writeVarint(buffer, at, valueLength);
    at = writePayload(buffer, at, value, valueLength);
    if (at < 0) return lengthsWrong;
    return headers === null ? writeVarint(buffer, at, 0) : writeHeaders(buffer, at, headers);
  }

  #estimate(size: number): number {
    return layout.records + (size - layout.records) * this.#ratio;
  }

  #reserve(length: number): void {
    const needed = this.#size + length;
    if (needed <= this.#buffer.length) return;
    const doubled = this.#buffer.length * 2;
    // The last step before the limit goes to the limit: what lies beyond it is used by compressed batches at most.
    const capacity =
      needed <= this.#maxBytes + maxRecordOverhead && doubled > this.#maxBytes ? this.#maxBytes + maxRecordOverhead : doubled;
    const grown = fast(Buffer.allocUnsafeSlow(Math.max(needed, capacity)));
    this.#buffer.copy(grown, 0, 0, this.#size);
    this.#buffer = grown;
  }

  /** Compresses the records, writes the batch's header with its checksum and returns the batch. */
  close(closing: BatchClosing = {}): Buffer {
    if (this.#isClosed) throw new Error('The batch is closed');
    this.#isClosed = true;
    const batch = this.#compressed();
    this.#buffer = fast(Buffer.alloc(0));
    let attributes: number = compressionTypes.indexOf(this.compression);
    if (this.#timestampType === 'LogAppendTime') attributes |= attribute.logAppendTime;
    if (closing.isTransactional === true) attributes |= attribute.transactional;
    if (closing.isControl === true) attributes |= attribute.control;
    writeInt64(batch, layout.baseOffset, closing.baseOffset ?? 0);
    batch.writeInt32BE(batch.length - lengthOverhead, layout.length);
    batch.writeInt32BE(closing.leaderEpoch ?? -1, layout.leaderEpoch);
    batch[layout.magic] = 2;
    batch.writeInt16BE(attributes, layout.attributes);
    batch.writeInt32BE(this.#count - 1, layout.lastOffsetDelta);
    writeInt64(batch, layout.baseTimestamp, this.#count === 0 ? -1 : this.#baseTimestamp);
    writeInt64(batch, layout.maxTimestamp, this.#maxTimestamp);
    writeInt64(batch, layout.producerId, closing.producerId ?? -1);
    batch.writeInt16BE(closing.producerEpoch ?? -1, layout.producerEpoch);
    batch.writeInt32BE(closing.baseSequence ?? -1, layout.baseSequence);
    batch.writeInt32BE(this.#count, layout.count);
    batch.writeUInt32BE(crc32c(batch.subarray(layout.attributes)), layout.crc);
    return batch;
  }

  #compressed(): Buffer {
    if (this.compression === 'none') return this.#buffer.subarray(0, this.#size);
    const records = compress(this.compression, this.#buffer.subarray(layout.records, this.#size), this.#level);
    const batch = Buffer.allocUnsafeSlow(layout.records + records.length);
    records.copy(batch, layout.records);
    return batch;
  }
}

function lengthOf(data: string | Uint8Array | null): number {
  return data === null ? -1 : data.length;
}

function byteLengthOf(data: string | Uint8Array | null): number {
  if (data === null) return -1;
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}

/**
 * Writes a key or a value and returns the position after it, or -1 when a string has more bytes than `length`. It may
 * take up to textMargin bytes more, so a longer string always shows: a character of UTF-8 has four at most.
 */
function writePayload(buffer: FastBuffer, at: number, data: string | Uint8Array | null, length: number): number {
  if (data === null) return at;
  if (typeof data !== 'string') buffer.set(data, at);
  else if (buffer.utf8Write(data, at, length + textMargin) !== length) return -1;
  return at + length;
}

function headersSize(headers: readonly EncodedHeader[]): number {
  let size = varintSize(headers.length);
  for (const { key, value } of headers) {
    const keyLength = Buffer.byteLength(key);
    const valueLength = byteLengthOf(value);
    size += varintSize(keyLength) + keyLength + varintSize(valueLength) + Math.max(valueLength, 0);
  }
  return size;
}

function writeHeaders(buffer: FastBuffer, position: number, headers: readonly EncodedHeader[]): number {
  let at = writeVarint(buffer, position, headers.length);
  for (const { key, value } of headers) {
    const keyLength = Buffer.byteLength(key);
    at = writePayload(buffer, writeVarint(buffer, at, keyLength), key, keyLength);
    const valueLength = byteLengthOf(value);
    at = writePayload(buffer, writeVarint(buffer, at, valueLength), value, valueLength);
  }
  return at;
}
