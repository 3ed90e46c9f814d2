import * as fs from 'node:fs';
import { join } from 'node:path';
import { BATCH_HEADER_BYTES, checkedBatchSizeAt, lastOffsetAt, maxTimestampAt } from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';
import { scanBatches } from './batch-scan.ts';
import { closeFile, openFile, readFully, syncDirectory, syncFile, truncateFile, writeFileAtomically, writeFully } from './files.ts';
import { SegmentIndex } from './segment-index.ts';

export interface SegmentRecovery {
  /** Bytes cut off its end. */
  bytesCut: number;
  problem: string | null;
}

/** Where a batch stands in a segment. */
export interface BatchPlace {
  position: number;
  sizeInBytes: number;
}

const SCAN_WINDOW_BYTES = 64 * 1024;

/**
 * One file of a partition's log, with its index. Only its log writes it, one call at a time; reads run beside that and see what has been written whole.
 * A file that is read is closed only when the read has ended, also when the segment is deleted meanwhile.
 */
export class Segment {
  readonly baseOffset: number;
  readonly path: string;
  /** Bytes that may be read. */
  size = 0;
  /** The offset after the last record; `baseOffset` while empty. */
  nextOffset: number;
  /** Greatest timestamp, −1 for none, and the base offset of the first batch that has it. */
  maxTimestamp = -1;
  maxTimestampOffset = -1;
  /** When the file was last written, for records without a timestamp; and when it was begun, for `segment.ms`. */
  lastAppendMs: number;
  createdMs: number;

  readonly #directory: string;
  readonly #indexPath: string;
  readonly #indexIntervalBytes: number;
  #index: SegmentIndex | null = new SegmentIndex();
  #bytesSinceEntry = 0;
  #fd: number | null = null;
  #opening: Promise<number> | null = null;
  #users = 0;
  #isDoomed = false;
  #lastUseMs = 0;

  constructor(directory: string, baseOffset: number, options: { indexIntervalBytes: number; now: number }) {
    this.#directory = directory;
    this.baseOffset = baseOffset;
    this.nextOffset = baseOffset;
    this.path = join(directory, `${String(baseOffset).padStart(20, '0')}.log`);
    this.#indexPath = `${this.path.slice(0, -4)}.index`;
    this.#indexIntervalBytes = options.indexIntervalBytes;
    this.lastAppendMs = options.now;
    this.createdMs = options.now;
  }

  /** Makes the empty file, in a way that lasts. */
  create(): void {
    fs.closeSync(fs.openSync(this.path, 'wx'));
    syncDirectory(this.#directory);
  }

  /**
   * Takes up a file that is there. What its index file describes is trusted (it is written only after the data is on disk); what comes after
   * is scanned, and cut off from the first batch that is not whole and right. `onBatch` sees every batch from about `replayFrom` on.
   */
  async recover(options: { replayFrom: number; onBatch: (header: BatchHeader) => void }): Promise<SegmentRecovery> {
    const stat = fs.statSync(this.path);
    this.lastAppendMs = stat.mtimeMs;
    this.createdMs = stat.birthtimeMs;
    const trusted = this.#loadIndex(stat.size);
    let problem: string | null = null;
    if (options.replayFrom < this.nextOffset) {
      const from = await this.positionBefore(options.replayFrom);
      const replay = await this.withFile((fd) => scanBatches(fd, { from, to: trusted, nextOffset: this.baseOffset }, options.onBatch));
      problem = replay.problem;
    }
    if (trusted === stat.size) return { bytesCut: 0, problem };
    return this.withFile(async (fd) => {
      const range = { from: trusted, to: stat.size, nextOffset: this.nextOffset };
      const tail = await scanBatches(fd, range, (header, position) => {
        this.#note(header, position);
        options.onBatch(header);
      });
      this.size = tail.validBytes;
      if (tail.problem === null) return { bytesCut: 0, problem };
      await truncateFile(fd, tail.validBytes);
      await syncFile(fd);
      return { bytesCut: stat.size - tail.validBytes, problem: tail.problem };
    });
  }

  /** Writes batches that stand one after the other; they can be read when this returns. */
  async append(batches: readonly { header: BatchHeader; buffer: Buffer }[], now: number): Promise<void> {
    const buffers = batches.map(({ buffer }) => buffer);
    await this.withFile((fd) => writeFully(fd, buffers, this.size));
    let position = this.size;
    for (const { header, buffer } of batches) {
      this.#note(header, position);
      position += buffer.length;
    }
    this.lastAppendMs = now;
    this.size = position;
  }

  /** Returns when all that was appended is on disk. */
  async sync(): Promise<void> {
    await this.withFile((fd) => syncFile(fd));
  }

  /** Writes the index file. Invariant: call only after `sync`, for the index vouches for the data at the next start. */
  async writeIndex(): Promise<void> {
    const index = await this.#loadedIndex();
    const { nextOffset, maxTimestamp, maxTimestampOffset } = this;
    writeFileAtomically(
      this.#indexPath,
      index.encode({ validBytes: this.size, nextOffset, maxTimestamp, maxTimestampOffset }),
      this.#directory,
    );
  }

  /** Runs `use` with the open file, which stays open until it has ended. */
  async withFile<T>(use: (fd: number) => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await use(await this.#open());
    } finally {
      this.#users--;
      this.#lastUseMs = performance.now();
      if (this.#isDoomed && this.#users === 0) await this.#close();
    }
  }

  /** Where a batch at or before the one with `offset` starts. */
  async positionBefore(offset: number): Promise<number> {
    return (await this.#loadedIndex()).positionOfOffset(offset - this.baseOffset);
  }

  /** The first batch that has a record of `timestamp` or later, and one of `fromOffset` or later; null for none. */
  async findTimestamp(timestamp: number, fromOffset: number): Promise<BatchPlace | null> {
    const index = await this.#loadedIndex();
    const from = Math.max(index.positionOfTimestamp(timestamp), index.positionOfOffset(fromOffset - this.baseOffset));
    return this.#find(from, (buffer, at) => maxTimestampAt(buffer, at) >= timestamp && lastOffsetAt(buffer, at) >= fromOffset);
  }

  /** Closes the file where nobody has used it for a while; the next use opens it again. */
  async closeIfIdle(idleMs: number): Promise<void> {
    if (this.#users === 0 && performance.now() - this.#lastUseMs > idleMs) await this.#close();
  }

  async close(): Promise<void> {
    this.#isDoomed = true;
    if (this.#users === 0) await this.#close();
  }

  /** Removes the files from the directory. Reads that are under way end normally. */
  async delete(): Promise<void> {
    fs.rmSync(this.path, { force: true });
    fs.rmSync(this.#indexPath, { force: true });
    await this.close();
  }

  async #find(from: number, isWanted: (buffer: Buffer, at: number) => boolean): Promise<BatchPlace | null> {
    const limit = this.size;
    return this.withFile(async (fd) => {
      let position = from;
      while (position < limit) {
        const window = Buffer.allocUnsafe(Math.min(SCAN_WINDOW_BYTES, limit - position));
        await readFully(fd, window, 0, window.length, position);
        let at = 0;
        while (at + BATCH_HEADER_BYTES <= window.length) {
          const sizeInBytes = checkedBatchSizeAt(window, at);
          if (isWanted(window, at)) return { position: position + at, sizeInBytes };
          at += sizeInBytes;
        }
        position += at;
      }
      return null;
    });
  }

  #note(header: BatchHeader, position: number): void {
    this.#bytesSinceEntry += header.sizeInBytes;
    if (this.#bytesSinceEntry > this.#indexIntervalBytes) {
      this.#index?.add(header.baseOffset - this.baseOffset, position, this.maxTimestamp);
      this.#bytesSinceEntry = 0;
    }
    if (header.maxTimestamp > this.maxTimestamp) {
      this.maxTimestamp = header.maxTimestamp;
      this.maxTimestampOffset = header.baseOffset;
    }
    this.nextOffset = header.lastOffset + 1;
  }

  /** Reads the index file; returns how many bytes of the segment it vouches for. */
  #loadIndex(fileBytes: number): number {
    const decoded = fs.existsSync(this.#indexPath) ? SegmentIndex.decode(fs.readFileSync(this.#indexPath)) : null;
    if (decoded === null || decoded.summary.validBytes > fileBytes) return 0;
    const { summary, index } = decoded;
    this.#index = index;
    this.size = summary.validBytes;
    this.nextOffset = summary.nextOffset;
    this.maxTimestamp = summary.maxTimestamp;
    this.maxTimestampOffset = summary.maxTimestampOffset;
    return summary.validBytes;
  }

  /** The index; read from its file where it was put away. */
  async #loadedIndex(): Promise<SegmentIndex> {
    if (this.#index === null) {
      const decoded = fs.existsSync(this.#indexPath) ? SegmentIndex.decode(await fs.promises.readFile(this.#indexPath)) : null;
      this.#index ??= decoded?.index ?? new SegmentIndex();
    }
    return this.#index;
  }

  /** Frees the memory of the index, which its file has. For a segment that is not written any more. */
  putIndexAway(): void {
    if (fs.existsSync(this.#indexPath)) this.#index = null;
  }

  async #open(): Promise<number> {
    if (this.#fd !== null) return this.#fd;
    this.#opening ??= openFile(this.path, 'r+').finally(() => (this.#opening = null));
    this.#fd = await this.#opening;
    return this.#fd;
  }

  async #close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) await closeFile(fd);
  }
}

/** The base offset that a file name says; null where it is not a segment's. */
export function segmentBaseOffset(fileName: string): number | null {
  return /^\d{20}\.log$/.test(fileName) ? Number(fileName.slice(0, 20)) : null;
}
