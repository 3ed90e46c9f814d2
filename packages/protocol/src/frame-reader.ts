import { ProtocolError } from './protocol-error.ts';

/** Memory is taken for a frame as it arrives beyond this, so that an announced size alone costs nothing. */
const trustedBytes = 4 * 1024 * 1024;

/**
 * Cuts a stream of chunks into frames: int32 size, then the bytes. A frame that lies in one chunk is a view of it; one
 * that spans chunks is put together once. After an error the stream is lost: close its connection.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #sizeBytes = Buffer.alloc(4);
  #sizeBytesRead = 0;
  /** Size of the frame that is under way, -1 while its size is read. */
  #size = -1;
  #frame: Buffer = Buffer.alloc(0);
  #read = 0;

  /** `maxBytes`: the largest frame that is accepted, without its size. */
  constructor(options: { maxBytes: number }) {
    this.#maxBytes = options.maxBytes;
  }

  /** Whether a frame has begun that is not complete: the stream must not end here. */
  get isPartial(): boolean {
    return this.#size >= 0 || this.#sizeBytesRead > 0;
  }

  /**
   * Takes a chunk and returns the frames that it completes, without their sizes. Frames may share the chunk's memory.
   * Throws ProtocolError when a size is negative or above maxBytes.
   */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let at = 0;
    while (at < chunk.length || this.#size === 0) {
      if (this.#size < 0) {
        at = this.#readSize(chunk, at);
        continue;
      }
      const wanted = this.#size - this.#read;
      const available = chunk.length - at;
      if (this.#read === 0 && available >= wanted) {
        frames.push(chunk.subarray(at, at + wanted));
        at += wanted;
        this.#size = -1;
        continue;
      }
      at += this.#collect(chunk, at, Math.min(wanted, available));
      if (this.#read === this.#size) frames.push(this.#takeFrame());
    }
    return frames;
  }

  #readSize(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && this.#sizeBytesRead < 4) this.#sizeBytes[this.#sizeBytesRead++] = chunk[at++]!;
    if (this.#sizeBytesRead < 4) return at;
    const size = this.#sizeBytes.readInt32BE(0);
    if (size < 0) throw new ProtocolError(`Invalid receive (size = ${size})`);
    if (size > this.#maxBytes) throw new ProtocolError(`Invalid receive (size = ${size} larger than ${this.#maxBytes})`);
    this.#size = size;
    this.#sizeBytesRead = 0;
    this.#read = 0;
    return at;
  }

  #collect(chunk: Buffer, at: number, length: number): number {
    const needed = this.#read + length;
    if (needed > this.#frame.length) {
      const capacity = Math.min(this.#size, Math.max(trustedBytes, needed * 2));
      const grown = Buffer.allocUnsafeSlow(capacity);
      this.#frame.copy(grown, 0, 0, this.#read);
      this.#frame = grown;
    }
    chunk.copy(this.#frame, this.#read, at, at + length);
    this.#read = needed;
    return length;
  }

  #takeFrame(): Buffer {
    const frame = this.#frame.subarray(0, this.#size);
    this.#frame = Buffer.alloc(0);
    this.#size = -1;
    this.#read = 0;
    return frame;
  }
}
