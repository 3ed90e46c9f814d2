import { decompress } from '../compression/compression.ts';
import { kafkaError } from '../kafka-error.ts';
import { fast } from '../wire/fast-buffer.ts';
import { layout, minRecordBytes, type EncodedHeader } from './batch-layout.ts';
import type { BatchView } from './batch-view.ts';

/**
 * The records of a batch as columns: no object for each. Positions are in `buffer`; a start of -1 is null. The key of
 * record i is `buffer.subarray(keyStart[i], keyEnd[i])`.
 */
export interface RecordColumns {
  readonly count: number;
  /** What the positions are in: for an uncompressed batch a view of the fetched bytes, not a copy. */
  readonly buffer: Buffer;
  readonly offsets: Float64Array;
  /** ms since the epoch, -1 for none. */
  readonly timestamps: Float64Array;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  /** Where the first header begins; decodeHeaders reads them. */
  readonly headerStart: Int32Array;
  readonly headerCount: Int32Array;
}

/** 512 MB: far beyond any batch that a broker takes, and what a worker can bear. */
const defaultMaxBytes = 512 * 1024 * 1024;

/**
 * Decodes a batch after its checksum was verified. Throws CORRUPT_MESSAGE for bytes that are not what they should be, and
 * for records of more than `maxBytes` once decompressed (default 512 MB), so that a small batch cannot take all memory.
 */
export function decodeBatch(batch: BatchView, options: { maxBytes?: number } = {}): RecordColumns {
  batch.verifyCrc();
  const { compression, count, raw } = batch;
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  if (count < 0) throw corrupt(batch, `a record count of ${count}`);
  if (compression === 'none' || count === 0) return decodeRecords(batch, raw, layout.records);
  return decodeRecords(batch, decompress(compression, raw.subarray(layout.records), maxBytes), 0);
}

function corrupt(batch: BatchView, what: string, cause?: unknown): Error {
  return kafkaError('CORRUPT_MESSAGE', `The batch at offset ${batch.baseOffset} has ${what}`, cause === undefined ? undefined : { cause });
}

interface Columns extends RecordColumns {
  count: number;
}

function newColumns(count: number, buffer: Buffer): Columns {
  const memory = new ArrayBuffer(count * 40);
  const column = (index: number): Int32Array => new Int32Array(memory, count * (16 + index * 4), count);
  return {
    count,
    buffer,
    offsets: new Float64Array(memory, 0, count),
    timestamps: new Float64Array(memory, count * 8, count),
    keyStart: column(0),
    keyEnd: column(1),
    valueStart: column(2),
    valueEnd: column(3),
    headerStart: column(4),
    headerCount: column(5),
  };
}

// Position after the varint that was read last: one result of two, without an object for it.
let next = 0;

function decodeRecords(batch: BatchView, buffer: Buffer, start: number): RecordColumns {
  const { count, baseOffset, baseTimestamp } = batch;
  if (count * minRecordBytes > buffer.length - start) throw corrupt(batch, `${count} records in ${buffer.length - start} bytes`);
  const columns = newColumns(count, buffer);
  const { offsets, timestamps, keyStart, keyEnd, valueStart, valueEnd, headerStart, headerCount } = columns;
  let at = start;
  for (let i = 0; i < count; i++) {
    const length = readVarint(buffer, at);
    const end = next + length;
    // A varint that ran over the end is caught here as well: its bytes read as undefined, its end lies outside.
    if (length < 0 || end > buffer.length) throw corrupt(batch, `a record of ${length} bytes with ${buffer.length - next} left`);
    timestamps[i] = baseTimestamp + readVarlong(buffer, next + 1);
    offsets[i] = baseOffset + readVarint(buffer, next);
    const keyLength = readVarint(buffer, next);
    keyStart[i] = keyLength < 0 ? -1 : next;
    at = keyLength < 0 ? next : next + keyLength;
    keyEnd[i] = keyLength < 0 ? -1 : at;
    if (at > end) throw corrupt(batch, `a key of ${keyLength} bytes beyond its record`);
    const valueLength = readVarint(buffer, at);
    valueStart[i] = valueLength < 0 ? -1 : next;
    at = valueLength < 0 ? next : next + valueLength;
    valueEnd[i] = valueLength < 0 ? -1 : at;
    if (at > end) throw corrupt(batch, `a value of ${valueLength} bytes beyond its record`);
    const headers = readVarint(buffer, at);
    // A header takes two bytes at least.
    if (headers < 0 || next + headers * 2 > end || (headers === 0 && next !== end))
      throw corrupt(batch, 'a record whose parts do not fill it');
    headerStart[i] = next;
    headerCount[i] = headers;
    at = end;
  }
  if (at !== buffer.length) throw corrupt(batch, `${buffer.length - at} bytes behind its ${count} records`);
  if (batch.timestampType === 'LogAppendTime') timestamps.fill(batch.maxTimestamp);
  return columns;
}

/** Reads a zigzag varint of 32 bits and leaves the position after it in `next`. */
function readVarint(buffer: Buffer, position: number): number {
  let at = position;
  let byte = buffer[at++]!;
  // Nearly all varints of a record have one byte.
  if (byte < 0x80) {
    next = at;
    return (byte >>> 1) ^ -(byte & 1);
  }
  let zigzag = byte & 0x7f;
  for (let shift = 7; shift < 35; shift += 7) {
    byte = buffer[at++]!;
    zigzag |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      next = at;
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
  }
  throw kafkaError('CORRUPT_MESSAGE', `Varint is too long, or the records end in it, at byte ${position}`);
}

/** Reads a zigzag varlong and leaves the position after it in `next`. */
function readVarlong(buffer: Buffer, position: number): number {
  let at = position;
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = buffer[at++]!;
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      next = at;
      return (low >>> 1) ^ -(low & 1);
    }
  }
  let zigzag = BigInt(low);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = buffer[at++] ?? 0xff;
    zigzag |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      next = at;
      return Number(BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n)));
    }
  }
  throw kafkaError('CORRUPT_MESSAGE', `Varlong is too long, or the records end in it, at byte ${position}`);
}

/** The headers of record `index`. Throws CORRUPT_MESSAGE when they lie outside of the records. */
export function decodeHeaders(columns: RecordColumns, index: number): EncodedHeader[] {
  const { buffer } = columns;
  const headers: EncodedHeader[] = [];
  let at = columns.headerStart[index]!;
  for (let left = columns.headerCount[index]!; left > 0; left--) {
    const keyLength = readVarint(buffer, at);
    const keyStart = next;
    at = keyStart + keyLength;
    if (keyLength < 0 || at > buffer.length) throw kafkaError('CORRUPT_MESSAGE', `Invalid header key size ${keyLength}`);
    const valueLength = readVarint(buffer, at);
    at = next + Math.max(valueLength, 0);
    if (at > buffer.length) throw kafkaError('CORRUPT_MESSAGE', `Invalid header value size ${valueLength}`);
    const value = valueLength < 0 ? null : buffer.subarray(next, at);
    headers.push({ key: fast(buffer).utf8Slice(keyStart, keyStart + keyLength), value });
  }
  return headers;
}
