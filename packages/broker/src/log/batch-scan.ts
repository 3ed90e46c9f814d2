import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, batchSizeAt, isCrcValid, readBatchHeader } from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';
import { readFully } from './files.ts';

const WINDOW_BYTES = 1 << 20;

export interface ScanResult {
  /** Where the last whole and valid batch ends. */
  validBytes: number;
  /** Why the scan ended before `to`; null where all was valid. */
  problem: string | null;
}

/**
 * Goes through the batches of a segment file from byte `from` to byte `to`, checking length, magic, CRC and that offsets grow from `nextOffset` on.
 * Stops at the first that is not whole and right: after a crash that is the torn end of the log. Memory: one window, or one batch where that is larger.
 */
export async function scanBatches(
  fd: number,
  range: { from: number; to: number; nextOffset: number },
  onBatch: (header: BatchHeader, position: number) => void,
): Promise<ScanResult> {
  let position = range.from;
  let nextOffset = range.nextOffset;
  let windowBytes = WINDOW_BYTES;
  while (position < range.to) {
    const window = Buffer.allocUnsafe(Math.min(windowBytes, range.to - position));
    await readFully(fd, window, 0, window.length, position);
    windowBytes = WINDOW_BYTES;
    let at = 0;
    while (at < window.length) {
      const left = range.to - position - at;
      const inWindow = window.length - at;
      const problem = headProblem(window, at, left);
      if (problem !== null) return { validBytes: position + at, problem };
      if (inWindow < BATCH_HEADER_BYTES) break;
      const size = batchSizeAt(window, at);
      if (size > inWindow) {
        windowBytes = Math.max(WINDOW_BYTES, size);
        break;
      }
      const header = readBatchHeader(window, at);
      if (!isCrcValid(window, at, size))
        return { validBytes: position + at, problem: `the CRC of the batch at byte ${position + at} does not match` };
      if (header.baseOffset < nextOffset || header.lastOffsetDelta < 0) {
        return {
          validBytes: position + at,
          problem: `the batch at byte ${position + at} has offset ${header.baseOffset}, ${nextOffset} or more was expected`,
        };
      }
      onBatch(header, position + at);
      nextOffset = header.lastOffset + 1;
      at += size;
    }
    position += at;
  }
  return { validBytes: position, problem: null };
}

/** What is wrong with the start of a batch, as far as it is in the window; `left` is what the file has from there. */
function headProblem(window: Buffer, at: number, left: number): string | null {
  if (left < BATCH_HEADER_BYTES) return `${left} bytes are left, less than a batch header`;
  if (window.length - at < BATCH_HEADER_BYTES) return null;
  const size = batchSizeAt(window, at);
  if (size < BATCH_HEADER_BYTES) return `a batch length of ${size - BATCH_PREFIX_BYTES}`;
  if (size > left) return `a batch of ${size} bytes of which only ${left} are there`;
  const magic = window.readInt8(at + 16);
  return magic === 2 ? null : `a batch of magic ${magic}`;
}
