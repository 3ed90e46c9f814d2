import type { EncodedHeader } from '@sluice/protocol';

/** A key or value ready for the wire. Strings are written as UTF-8. */
export type Encoded = string | Uint8Array | null;

const batchOverhead = 61;
const recordOverheadMax = 21;

/** The bytes of a Kafka varint (zigzag) that holds a length. */
function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length * 2; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

export function byteLength(value: Exclude<Encoded, null>): number {
  return typeof value === 'string' ? Buffer.byteLength(value, 'utf8') : value.byteLength;
}

function fieldBytes(value: Encoded): number {
  if (value === null) return 1;
  const length = byteLength(value);
  return lengthBytes(length) + length;
}

/**
 * The size that Java's producer holds against `max.request.size`: an upper bound of a batch of this one record, uncompressed.
 *
 * Source: AbstractRecords.estimateSizeInBytesUpperBound, DefaultRecord.recordSizeUpperBound
 */
export function recordSizeUpperBound(key: Encoded, value: Encoded, headers: readonly EncodedHeader[] | null): number {
  let size = batchOverhead + recordOverheadMax + fieldBytes(key) + fieldBytes(value) + lengthBytes(headers?.length ?? 0);
  if (headers !== null) for (const header of headers) size += fieldBytes(header.key) + fieldBytes(header.value);
  return size;
}

/** At least `recordSizeUpperBound`, without a look at the characters: a UTF-16 unit is at most three bytes of UTF-8. */
export function quickSizeUpperBound(key: Encoded, value: Encoded, headers: readonly EncodedHeader[] | null): number {
  let size = batchOverhead + recordOverheadMax + 15 + quickBytes(key) + quickBytes(value);
  if (headers !== null) for (const header of headers) size += 10 + quickBytes(header.key) + quickBytes(header.value);
  return size;
}

function quickBytes(value: Encoded): number {
  if (value === null) return 0;
  return typeof value === 'string' ? value.length * 3 : value.byteLength;
}
