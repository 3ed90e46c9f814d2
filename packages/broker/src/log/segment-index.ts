import { crc32c } from '@sluice/protocol';
import { readInt64, writeInt64 } from './batch-header.ts';

const MAGIC = 0x534c4958; // SLIX
const FORMAT = 1;
const HEADER_BYTES = 48;
const ENTRY_BYTES = 16;

/** What is known of the part of a segment that an index describes. */
export interface SegmentSummary {
  /** Bytes of the segment, from its start, that were found or written whole. */
  validBytes: number;
  /** The offset after the last record in them. */
  nextOffset: number;
  /** Greatest timestamp in them, −1 where there is none, and the base offset of the first batch that has it. */
  maxTimestamp: number;
  maxTimestampOffset: number;
}

/**
 * The sparse index of a segment, by offset and by time: one entry for about every `index.interval.bytes`.
 * An entry says that a batch with this base offset starts at this position, and what the greatest timestamp before it is.
 *
 * File: magic int32 · format int32 · crc uint32 (of all that follows) · entries int32 · validBytes int64 · nextOffset int64 · maxTimestamp int64 ·
 * maxTimestampOffset int64 · entries of { relative offset uint32 · position uint32 · greatest timestamp before it int64 }
 */
export class SegmentIndex {
  #offsets = new Uint32Array(16);
  #positions = new Uint32Array(16);
  #timestamps = new Float64Array(16);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Offsets, positions and timestamps only ever grow. */
  add(relativeOffset: number, position: number, maxTimestampBefore: number): void {
    if (this.#count === this.#offsets.length) this.#grow();
    this.#offsets[this.#count] = relativeOffset;
    this.#positions[this.#count] = position;
    this.#timestamps[this.#count] = maxTimestampBefore;
    this.#count++;
  }

  /** Where to start reading for an offset: the position of a batch that starts at or before it. */
  positionOfOffset(relativeOffset: number): number {
    const entry = lastBelow(this.#offsets, this.#count, relativeOffset + 1);
    return entry < 0 ? 0 : (this.#positions[entry] ?? 0);
  }

  /** Where to start reading for the first record that is not older than `timestamp`: all before that position is older. */
  positionOfTimestamp(timestamp: number): number {
    const entry = lastBelow(this.#timestamps, this.#count, timestamp);
    return entry < 0 ? 0 : (this.#positions[entry] ?? 0);
  }

  encode(summary: SegmentSummary): Buffer {
    const buffer = Buffer.alloc(HEADER_BYTES + this.#count * ENTRY_BYTES);
    buffer.writeUInt32BE(MAGIC, 0);
    buffer.writeInt32BE(FORMAT, 4);
    buffer.writeInt32BE(this.#count, 12);
    writeInt64(buffer, summary.validBytes, 16);
    writeInt64(buffer, summary.nextOffset, 24);
    writeInt64(buffer, summary.maxTimestamp, 32);
    writeInt64(buffer, summary.maxTimestampOffset, 40);
    for (let i = 0; i < this.#count; i++) {
      const at = HEADER_BYTES + i * ENTRY_BYTES;
      buffer.writeUInt32BE(this.#offsets[i] ?? 0, at);
      buffer.writeUInt32BE(this.#positions[i] ?? 0, at + 4);
      writeInt64(buffer, this.#timestamps[i] ?? 0, at + 8);
    }
    buffer.writeUInt32BE(crc32c(buffer.subarray(12)), 8);
    return buffer;
  }

  /** `null` where the bytes are not a whole index: it is built again from the segment then. */
  static decode(buffer: Buffer): { index: SegmentIndex; summary: SegmentSummary } | null {
    if (buffer.length < HEADER_BYTES || buffer.readUInt32BE(0) !== MAGIC || buffer.readInt32BE(4) !== FORMAT) return null;
    const count = buffer.readInt32BE(12);
    if (buffer.length !== HEADER_BYTES + count * ENTRY_BYTES || crc32c(buffer.subarray(12)) !== buffer.readUInt32BE(8)) return null;
    const index = new SegmentIndex();
    for (let i = 0; i < count; i++) {
      const at = HEADER_BYTES + i * ENTRY_BYTES;
      index.add(buffer.readUInt32BE(at), buffer.readUInt32BE(at + 4), readInt64(buffer, at + 8));
    }
    const summary = {
      validBytes: readInt64(buffer, 16),
      nextOffset: readInt64(buffer, 24),
      maxTimestamp: readInt64(buffer, 32),
      maxTimestampOffset: readInt64(buffer, 40),
    };
    return { index, summary };
  }

  #grow(): void {
    const length = this.#offsets.length * 2;
    const offsets = new Uint32Array(length);
    const positions = new Uint32Array(length);
    const timestamps = new Float64Array(length);
    offsets.set(this.#offsets);
    positions.set(this.#positions);
    timestamps.set(this.#timestamps);
    this.#offsets = offsets;
    this.#positions = positions;
    this.#timestamps = timestamps;
  }
}

/** The last of the `count` ascending values that is below `limit`, −1 for none. */
function lastBelow(values: Uint32Array | Float64Array, count: number, limit: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
