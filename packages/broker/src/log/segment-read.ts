import { BATCH_HEADER_BYTES, checkedBatchSizeAt, lastOffsetAt } from './batch-header.ts';
import { readFully } from './files.ts';
import type { Segment } from './segment.ts';

export interface SegmentRead {
  /** Whole batches, the first of which holds the offset or comes after it. Empty where none fitted. */
  records: Buffer;
  /** The offset after the last record read, and where its batch ends in the file. */
  nextOffset: number;
  nextPosition: number;
  /** Whether the segment has no batch that reaches the offset. */
  isPastEnd: boolean;
}

/**
 * Reads batches from the one that holds `offset` on, into one buffer: at most `maxBytes`, but with `isOneAtLeast` one batch of any size.
 * `position` is where a batch at or before it starts, `slackBytes` how far that may be off.
 */
export async function readSegment(
  segment: Segment,
  request: { offset: number; position: number; slackBytes: number; maxBytes: number; isOneAtLeast: boolean },
): Promise<SegmentRead> {
  const { offset, maxBytes, isOneAtLeast } = request;
  const limit = segment.size;
  return segment.withFile(async (fd) => {
    let { position, slackBytes } = request;
    let wantedBytes = maxBytes;
    while (position < limit) {
      const window = Buffer.allocUnsafeSlow(Math.min(Math.max(wantedBytes, BATCH_HEADER_BYTES) + slackBytes, limit - position));
      await readFully(fd, window, 0, window.length, position);
      const start = skipBefore(window, offset);
      const isHeaderThere = start + BATCH_HEADER_BYTES <= window.length;
      const first = isHeaderThere ? checkedBatchSizeAt(window, start) : 0;
      if (isHeaderThere && start + first <= window.length) return cut(window, { start, maxBytes, isOneAtLeast, offset, position });
      if (isHeaderThere && first > maxBytes && !isOneAtLeast)
        return { records: Buffer.alloc(0), nextOffset: offset, nextPosition: position + start, isPastEnd: false };
      // Invariant: a segment ends with a whole batch, so that every round moves on or reads more.
      if (start + (isHeaderThere ? first : BATCH_HEADER_BYTES) > limit - position && start < limit - position) {
        throw new Error(`The segment ${segment.path} ends inside the batch at byte ${position + start}.`);
      }
      position += start;
      slackBytes = 0;
      wantedBytes = Math.max(first, maxBytes);
    }
    return { records: Buffer.alloc(0), nextOffset: offset, nextPosition: position, isPastEnd: true };
  });
}

/** Where the first batch that reaches `offset` starts in the window; past what is known of it, at the batch that could not be looked at. */
function skipBefore(window: Buffer, offset: number): number {
  let at = 0;
  while (at + BATCH_HEADER_BYTES <= window.length && lastOffsetAt(window, at) < offset) at += checkedBatchSizeAt(window, at);
  return at;
}

function cut(
  window: Buffer,
  request: { start: number; maxBytes: number; isOneAtLeast: boolean; offset: number; position: number },
): SegmentRead {
  const { start, maxBytes, isOneAtLeast, position } = request;
  let end = start;
  let nextOffset = request.offset;
  while (end + BATCH_HEADER_BYTES <= window.length) {
    const next = end + checkedBatchSizeAt(window, end);
    const isTooLarge = next - start > maxBytes && !(isOneAtLeast && end === start);
    if (next > window.length || isTooLarge) break;
    nextOffset = lastOffsetAt(window, end) + 1;
    end = next;
  }
  return { records: window.subarray(start, end), nextOffset, nextPosition: position + end, isPastEnd: false };
}
