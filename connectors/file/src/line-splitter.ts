import { isAscii } from 'node:buffer';
import { latin1Text, utf8Text } from './buffer-slices.ts';

const LF = 10;
const CR = 13;

/** What is known of the bytes that were read and not yet taken. */
type Content =
  /** No complete line. */
  | 'unfinished'
  /** Complete lines, every one ended by \n. */
  | 'lines'
  /** There is a \r somewhere. */
  | 'mixed';

export interface LineSplitterOptions {
  /** Where in the file the first byte comes from. */
  readonly position: number;
  /** Size of the buffer at first; it doubles while a line does not fit, and goes back afterwards. */
  readonly bufferBytes: number;
  readonly onGrow?: (from: number, to: number) => void;
}

/** Where the next bytes go. */
export interface Room {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
}

/**
 * Bytes in, lines out. A line ends with \n, \r\n or a lone \r; a \r that is the last byte waits for the next one. Positions count
 * bytes, and belong to the end of a line, so that a file can be read on from there. Bytes that are no UTF-8 become U+FFFD.
 */
export class LineSplitter {
  readonly #bufferBytes: number;
  readonly #onGrow: ((from: number, to: number) => void) | undefined;
  #buffer: Buffer;
  // The bytes in [start, end) are read and not taken; those in [start, scanned) are known to have no line end.
  #start = 0;
  #scanned = 0;
  #end = 0;
  /** Position in the file of the buffer's first byte. */
  #base: number;
  #content: Content = 'unfinished';
  /** While the content is lines: where the last one ends, and their text where that is ASCII, so that a byte is a character. */
  #linesEnd = 0;
  #text: string | null = null;
  #textStart = 0;

  constructor(options: LineSplitterOptions) {
    this.#bufferBytes = options.bufferBytes;
    this.#onGrow = options.onGrow;
    this.#base = options.position;
    this.#buffer = Buffer.allocUnsafeSlow(options.bufferBytes);
  }

  /** Position in the file after the last line that was taken. */
  get position(): number {
    return this.#base + this.#start;
  }

  /** How many bytes wait for the rest of their line. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  /** Room for at least one byte. To be asked when `take` has taken all lines. */
  room(): Room {
    const pending = this.#end - this.#start;
    if (this.#start > 0) {
      this.#buffer =
        this.#buffer.length > this.#bufferBytes && pending < this.#bufferBytes ? this.#copied(this.#bufferBytes) : this.#moved();
      this.#base += this.#start;
      this.#scanned -= this.#start;
      this.#end = pending;
      this.#start = 0;
    } else if (pending === this.#buffer.length) {
      this.#onGrow?.(pending, pending * 2);
      this.#buffer = this.#copied(pending * 2);
    }
    return { buffer: this.#buffer, offset: this.#end, length: this.#buffer.length - this.#end };
  }

  /** `bytes` were read into the room. */
  filled(bytes: number): void {
    this.#end += bytes;
    this.#inspect();
  }

  /** Gives up to `max` complete lines to `emit`, each with the position after it; returns how many. */
  take(max: number, emit: (line: string, position: number) => void): number {
    if (this.#content === 'unfinished') return 0;
    if (this.#content === 'mixed') return this.#takeMixed(max, emit);
    return this.#text === null ? this.#takeLines(max, emit) : this.#takeText(this.#text, max, emit);
  }

  /** Takes the line that has no end; null where there is none. For input of which nothing more will come. */
  takeRest(): string | null {
    if (this.pendingBytes === 0) return null;
    const ends = this.#buffer[this.#end - 1] === CR ? this.#end - 1 : this.#end;
    const line = utf8Text(this.#buffer, this.#start, ends);
    this.#start = this.#end;
    this.#scanned = this.#end;
    return line;
  }

  /** Forgets what is pending; the next byte comes from `position`. */
  reset(position: number): void {
    this.#base = position;
    this.#start = 0;
    this.#scanned = 0;
    this.#end = 0;
    this.#finish();
  }

  #inspect(): void {
    const fresh = this.#buffer.subarray(this.#scanned, this.#end);
    if (fresh.includes(CR)) {
      this.#content = 'mixed';
      return;
    }
    const last = fresh.lastIndexOf(LF);
    if (last === -1) {
      this.#scanned = this.#end;
      return;
    }
    this.#content = 'lines';
    this.#linesEnd = this.#scanned + last + 1;
    this.#text = isAscii(this.#buffer.subarray(this.#start, this.#linesEnd)) ? latin1Text(this.#buffer, this.#start, this.#linesEnd) : null;
    this.#textStart = this.#start;
  }

  /** One decoding for all lines in the buffer, and string slices for each: several times faster than decoding line by line. */
  #takeText(text: string, max: number, emit: (line: string, position: number) => void): number {
    let at = this.#start - this.#textStart;
    let count = 0;
    while (count < max && at < text.length) {
      const ends = text.indexOf('\n', at);
      emit(text.slice(at, ends), this.#base + this.#textStart + ends + 1);
      at = ends + 1;
      count++;
    }
    this.#start = this.#textStart + at;
    if (this.#start === this.#linesEnd) this.#finish();
    return count;
  }

  #takeLines(max: number, emit: (line: string, position: number) => void): number {
    let count = 0;
    while (count < max && this.#start < this.#linesEnd) {
      const ends = this.#buffer.indexOf(LF, this.#start);
      emit(utf8Text(this.#buffer, this.#start, ends), this.#base + ends + 1);
      this.#start = ends + 1;
      count++;
    }
    if (this.#start === this.#linesEnd) this.#finish();
    return count;
  }

  #takeMixed(max: number, emit: (line: string, position: number) => void): number {
    const bytes = this.#buffer.subarray(0, this.#end);
    let from = Math.max(this.#start, this.#scanned);
    let cr = bytes.indexOf(CR, from);
    let lf = bytes.indexOf(LF, from);
    let count = 0;
    while (count < max) {
      if (cr !== -1 && cr < from) cr = bytes.indexOf(CR, from);
      if (lf !== -1 && lf < from) lf = bytes.indexOf(LF, from);
      const ends = cr === -1 ? lf : lf === -1 ? cr : Math.min(cr, lf);
      // Whether a \r at the very end is a line end of its own only the next byte will say.
      if (ends === -1 || (ends === cr && ends === this.#end - 1)) {
        this.#finish();
        this.#scanned = ends === -1 ? this.#end : ends;
        return count;
      }
      const next = ends === cr && bytes[ends + 1] === LF ? ends + 2 : ends + 1;
      emit(utf8Text(bytes, this.#start, ends), this.#base + next);
      this.#start = next;
      this.#scanned = next;
      from = next;
      count++;
    }
    return count;
  }

  #finish(): void {
    this.#content = 'unfinished';
    this.#scanned = this.#end;
    this.#text = null;
  }

  #moved(): Buffer {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    return this.#buffer;
  }

  #copied(size: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    return buffer;
  }
}
