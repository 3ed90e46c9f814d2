import { readSegment } from './segment-read.ts';
import type { Segment } from './segment.ts';

export interface LogRead {
  /** Whole batches. */
  records: Buffer;
  /** The offset after the last record in `records`. */
  nextOffset: number;
}

/** Where reads ended last, so that the next read of a sequential consumer needs no search. */
const POSITIONS_KEPT = 16;
const NOTHING = Buffer.alloc(0);

/** Reads the segments of a log, which are its owner's. */
export class LogReader {
  /** By base offset. */
  readonly #segments: readonly Segment[];
  readonly #positions = new Map<number, { segment: Segment; position: number }>();

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
  }

  /** Whole batches from the one that holds `offset` on: at most `maxBytes`, but with `isOneAtLeast` one batch of any size. */
  async read(request: { offset: number; maxBytes: number; isOneAtLeast: boolean; indexIntervalBytes: number }): Promise<LogRead> {
    const { offset, maxBytes, isOneAtLeast } = request;
    const known = this.#positions.get(offset);
    // A segment may end before the offset, where what followed was removed.
    for (const segment of this.#segments.slice(this.#indexOf(offset))) {
      const isKnown = known?.segment === segment;
      const position = isKnown ? known.position : await segment.positionBefore(offset);
      const slackBytes = isKnown ? 0 : request.indexIntervalBytes;
      const read = await readSegment(segment, { offset, position, slackBytes, maxBytes, isOneAtLeast });
      if (read.isPastEnd) continue;
      this.#remember(read.nextOffset, segment, read.nextPosition);
      return { records: read.records, nextOffset: read.nextOffset };
    }
    return { records: NOTHING, nextOffset: offset };
  }

  /** The first batch, of those that reach `fromOffset`, with a record of `timestamp` or later; null for none. */
  async batchOfTimestamp(timestamp: number, fromOffset: number): Promise<Buffer | null> {
    for (const segment of this.#segments.slice()) {
      if (segment.nextOffset <= fromOffset || segment.maxTimestamp < timestamp) continue;
      const place = await segment.findTimestamp(timestamp, fromOffset);
      if (place === null) continue;
      const { records } = await readSegment(segment, {
        offset: 0,
        position: place.position,
        slackBytes: 0,
        maxBytes: place.sizeInBytes,
        isOneAtLeast: true,
      });
      return records;
    }
    return null;
  }

  /** The batch with the greatest timestamp, the first of several; null where the log is empty from `fromOffset` on. */
  async batchOfMaxTimestamp(fromOffset: number, indexIntervalBytes: number): Promise<Buffer | null> {
    let best: Segment | null = null;
    for (const segment of this.#segments) {
      if (segment.size > 0 && segment.nextOffset > fromOffset && segment.maxTimestamp > (best?.maxTimestamp ?? -1)) best = segment;
    }
    if (best === null) return null;
    const offset = best.maxTimestampOffset;
    const position = await best.positionBefore(offset);
    const { records } = await readSegment(best, { offset, position, slackBytes: indexIntervalBytes, maxBytes: 0, isOneAtLeast: true });
    return records;
  }

  /** Call when segments were removed. */
  forgetPositions(): void {
    this.#positions.clear();
  }

  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#segments[middle]?.baseOffset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #remember(offset: number, segment: Segment, position: number): void {
    this.#positions.delete(offset);
    this.#positions.set(offset, { segment, position });
    if (this.#positions.size <= POSITIONS_KEPT) return;
    const [oldest] = this.#positions.keys();
    if (oldest !== undefined) this.#positions.delete(oldest);
  }
}
