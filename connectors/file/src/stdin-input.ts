import type { Readable } from 'node:stream';
import type { InputState, LineInput } from './line-input.ts';

/** Standard input, or any stream. What it holds unread is bounded by the stream's high-water mark. */
export class StdinInput implements LineInput {
  readonly #stream: Readable;
  #rest: Buffer | null = null;
  #error: Error | null = null;
  #hasEnded = false;
  readonly #onEnd = (): void => {
    this.#hasEnded = true;
  };
  readonly #onError = (error: Error): void => {
    this.#error = error;
  };

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#hasEnded = stream.readableEnded;
    stream.on('end', this.#onEnd);
    stream.on('error', this.#onError);
    // A stream without this listener does not begin to read.
    stream.on('readable', doNothing);
  }

  read(buffer: Buffer, offset: number, length: number): Promise<number> {
    if (this.#error !== null) return Promise.reject(this.#error);
    const chunk = this.#rest ?? (this.#stream.read() as Buffer | null);
    this.#rest = null;
    if (chunk === null) return Promise.resolve(0);
    const copied = chunk.copy(buffer, offset, 0, Math.min(length, chunk.length));
    if (copied < chunk.length) this.#rest = chunk.subarray(copied);
    return Promise.resolve(copied);
  }

  state(): Promise<InputState> {
    return Promise.resolve(this.#hasEnded ? 'ended' : 'open');
  }

  /** Lets go of the stream and leaves it open, for standard input is not ours to close. */
  close(): Promise<void> {
    this.#stream.off('end', this.#onEnd);
    this.#stream.off('error', this.#onError);
    this.#stream.off('readable', doNothing);
    if (this.#rest !== null) this.#stream.unshift(this.#rest);
    this.#stream.pause();
    return Promise.resolve();
  }
}

function doNothing(): void {}
