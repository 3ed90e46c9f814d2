import { ProtocolError } from '../protocol-error.ts';
import { fast, type FastBuffer } from './fast-buffer.ts';

const slabBytes = 32 * 1024;

/**
 * Writes messages one after the other into a slab of memory and hands out views of it: a small message costs neither an
 * allocation nor a copy. A message that outgrows the slab gets memory of its own.
 */
export class Writer {
  buffer: FastBuffer = fast(Buffer.allocUnsafeSlow(0));
  position = 0;
  #start = 0;

  begin(): void {
    // What an interrupted message left behind is overwritten.
    this.position = this.#start;
  }

  /** The bytes since begin(). They stay valid: later messages are written behind them. */
  finish(): Buffer {
    const message = this.buffer.subarray(this.#start, this.position);
    if (this.buffer.length > slabBytes) {
      this.buffer = fast(Buffer.allocUnsafeSlow(0));
      this.position = 0;
    }
    this.#start = this.position;
    return message;
  }

  /** Bytes written since begin(). */
  get length(): number {
    return this.position - this.#start;
  }

  /** Makes room for `length` bytes and returns where they go. */
  take(length: number): number {
    if (this.position + length > this.buffer.length) this.#grow(length);
    const at = this.position;
    this.position = at + length;
    return at;
  }

  #grow(length: number): void {
    const written = this.length;
    const needed = written + length;
    const grown = fast(Buffer.allocUnsafeSlow(needed <= slabBytes / 4 ? slabBytes : Math.max(slabBytes, needed * 2)));
    this.buffer.copy(grown, 0, this.#start, this.position);
    this.buffer = grown;
    this.#start = 0;
    this.position = written;
  }

  int8(value: number): void {
    const at = this.take(1);
    this.buffer[at] = value;
  }

  int16(value: number): void {
    const at = this.take(2);
    this.buffer[at] = value >> 8;
    this.buffer[at + 1] = value;
  }

  int32(value: number): void {
    this.setInt32(this.take(4), value);
  }

  setInt32(at: number, value: number): void {
    const buffer = this.buffer;
    buffer[at] = value >> 24;
    buffer[at + 1] = value >> 16;
    buffer[at + 2] = value >> 8;
    buffer[at + 3] = value;
  }

  int64(value: number | bigint): void {
    if (typeof value === 'bigint') {
      // Taken first: it may replace the buffer.
      const at = this.take(8);
      this.buffer.writeBigInt64BE(value, at);
      return;
    }
    this.int32(Math.floor(value / 0x1_0000_0000));
    this.int32(value);
  }

  float64(value: number): void {
    const at = this.take(8);
    this.buffer.writeDoubleBE(value, at);
  }

  uuid(value: string): void {
    const at = this.take(16);
    if (value.length !== 22 || this.buffer.base64urlWrite(value, at, 16) !== 16) {
      throw new ProtocolError(`Not a UUID of 22 base64url characters: ${value}`);
    }
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.int8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.int8(rest);
  }

  /** int16 length, UTF-8. */
  string(value: string): void {
    const at = this.take(2 + value.length * 3);
    const length = this.buffer.utf8Write(value, at + 2);
    if (length > 0x7fff) throw new ProtocolError(`A string of ${length} bytes is longer than the 32767 that the protocol carries`);
    this.buffer[at] = length >> 8;
    this.buffer[at + 1] = length;
    this.position = at + 2 + length;
  }

  /** Unsigned varint of length + 1, UTF-8. */
  compactString(value: string): void {
    if (value.length > 42) {
      const length = Buffer.byteLength(value);
      if (length > 0x7fff) throw new ProtocolError(`A string of ${length} bytes is longer than the 32767 that the protocol carries`);
      this.uvarint(length + 1);
      const at = this.take(length);
      this.buffer.utf8Write(value, at, length);
      return;
    }
    // At most 126 bytes: the length is one byte.
    const at = this.take(1 + value.length * 3);
    const length = this.buffer.utf8Write(value, at + 1);
    this.buffer[at] = length + 1;
    this.position = at + 1 + length;
  }

  bytes(value: Uint8Array): void {
    const at = this.take(value.length);
    this.buffer.set(value, at);
  }

  /** Puts the unsigned varint of their length before the last `length` bytes. */
  prefixLength(length: number): void {
    const before = this.length;
    this.uvarint(length);
    // Writing may have moved the message to other memory, but never the distances in it.
    const prefix = Buffer.from(this.buffer.subarray(this.position - (this.length - before), this.position));
    const start = this.position - prefix.length - length;
    this.buffer.copyWithin(start + prefix.length, start, start + length);
    prefix.copy(this.buffer, start);
  }
}
