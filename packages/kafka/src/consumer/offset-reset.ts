import { KafkaConfigError } from '../errors.ts';

/** Where to begin without a position. `none`: the user has to say. */
export type OffsetReset = { kind: 'earliest' | 'latest' | 'none' } | { kind: 'by_duration'; durationMs: number };

/** Reads `auto.offset.reset`. Source: AutoOffsetResetStrategy, KIP-1106 */
export function parseOffsetReset(text: string): OffsetReset {
  const lower = text.toLowerCase();
  if (lower === 'earliest' || lower === 'latest' || lower === 'none') return { kind: lower };
  const match = /^by_duration:P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(text.trim());
  if (match === null) throw KafkaConfigError.invalid('auto.offset.reset', text);
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number];
  return { kind: 'by_duration', durationMs: Math.floor((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000) };
}

export const earliestTimestamp = -2;
export const latestTimestamp = -1;

/** The timestamp that asks a ListOffsets request for the reset's offset; null for `none`. */
export function resetTimestamp(reset: OffsetReset, now: number): number | null {
  if (reset.kind === 'none') return null;
  if (reset.kind === 'by_duration') return now - reset.durationMs;
  return reset.kind === 'earliest' ? earliestTimestamp : latestTimestamp;
}
