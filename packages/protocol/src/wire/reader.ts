import { ProtocolError } from '../protocol-error.ts';
import { fast, type FastBuffer } from './fast-buffer.ts';

/** Reads Kafka's primitive types from a buffer; throws ProtocolError instead of reading beyond the end. */
export class Reader {
  readonly buffer: FastBuffer;
  position: number;
  /** Where to stop; lowered while a tagged field is read. */
  end: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = fast(buffer);
    this.position = position;
    this.end = buffer.length;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Takes `length` bytes and returns where they start. */
  take(length: number): number {
    const start = this.position;
    if (length > this.end - start) throw new ProtocolError(`Message ends early: ${length} bytes wanted, ${this.end - start} left`);
    this.position = start + length;
    return start;
  }

  int8(): number {
    const at = this.take(1);
    return (this.buffer[at]! << 24) >> 24;
  }

  int16(): number {
    const at = this.take(2);
    return (((this.buffer[at]! << 8) | this.buffer[at + 1]!) << 16) >> 16;
  }

  uint16(): number {
    const at = this.take(2);
    return (this.buffer[at]! << 8) | this.buffer[at + 1]!;
  }

  int32(): number {
    const at = this.take(4);
    const buffer = this.buffer;
    return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /** A number when it is a safe integer, else a bigint. */
  long(): number | bigint {
    const high = this.int32();
    const low = this.uint32();
    // 2^21 high words span the safe integers; -2^53 itself is just outside of them.
    if (high < 0x20_0000 && (high > -0x20_0000 || (high === -0x20_0000 && low > 0))) return high * 0x1_0000_0000 + low;
    return this.buffer.readBigInt64BE(this.position - 8);
  }

  int64(): number {
    const value = this.long();
    if (typeof value === 'bigint') throw new ProtocolError(`${value} is out of the range of an offset, an id or a time`);
    return value;
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  uuid(): string {
    const at = this.take(16);
    return this.buffer.base64urlSlice(at, at + 16);
  }

  /** An unsigned varint of at most 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)]!;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new ProtocolError('Unsigned varint is longer than 32 bits');
  }

  string(length: number): string {
    const at = this.take(length);
    return this.buffer.utf8Slice(at, at + length);
  }

  /** A view of the bytes, not a copy: copy it if it is kept longer than the message. */
  bytes(length: number): Buffer {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }
}
