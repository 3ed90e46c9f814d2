import { closeSync, createReadStream, openSync, statSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';

/** A small seeded generator of random numbers (mulberry32), so that a failing run can be repeated. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The seed of this run: `SLUICE_SEED`, or a new one that is printed. */
export function runSeed(): number {
  const seed = Number(process.env['SLUICE_SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed} (SLUICE_SEED=${seed} repeats this run)`);
  return seed;
}

const words = [
  'sluice',
  'поток',
  'grün',
  '河流',
  '🌊',
  'água',
  'naïve',
  '👩‍🚀',
  'water',
  'ø',
  '"quoted"',
  '\\back\\',
  '\ttab',
  'été',
  '流れ',
  '🚰',
];

/** Line number `index`: it starts with its number, so that a reader knows it again; some lines are long, some hold nothing else. */
export function numberedLine(index: number, next: () => number, longest = 900_000): string {
  const pick = next();
  if (pick < 0.000_01) return `${index} ${'🌊x'.repeat(Math.floor(next() * (longest / 5)))}`;
  if (pick < 0.001) return `${index} ${'long line '.repeat(Math.floor(next() * 800))}`;
  let line = String(index);
  for (let count = Math.floor(next() * 8); count >= 0; count--) line += ` ${words[Math.floor(next() * words.length)]}`;
  return line;
}

export interface LinesOptions {
  readonly count: number;
  readonly seed: number;
  /** Whether some lines are empty: only where they need not be told apart. */
  readonly emptyLines?: boolean;
  readonly longest?: number;
}

/** Writes a UTF-8 file of `count` lines. */
export function writeLines(file: string, { count, seed, emptyLines = false, longest = 900_000 }: LinesOptions): void {
  const next = random(seed);
  const descriptor = openSync(file, 'w');
  let text = '';
  for (let index = 0; index < count; index++) {
    // One line of the greatest length is always there, whatever the seed.
    if (index === Math.floor(count / 2)) text += `${index} ${'🌊'.repeat(Math.floor((longest - 20) / 4))}\n`;
    else text += emptyLines && next() < 0.05 ? '\n' : `${numberedLine(index, next, longest)}\n`;
    if (text.length > 1 << 20) {
      writeSync(descriptor, text);
      text = '';
    }
  }
  writeSync(descriptor, text);
  closeSync(descriptor);
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

export interface DeliveryReport {
  /** Lines of the input that are nowhere in the output. */
  readonly missing: number;
  /** Lines that came again. */
  readonly duplicates: number;
  /** Places where the output jumped forward over lines that had not come before. */
  readonly outOfOrder: number;
  /** Lines that were cut off by a kill in the middle of a write, each followed by the whole line later. */
  readonly torn: number;
  readonly lines: number;
}

/**
 * Compares a sink's file with the numbered lines of its source. At-least-once delivery of one partition goes back and comes again, but never jumps
 * forward: each line is at most one further than the furthest before it.
 */
export async function compareDelivery(input: string, output: string): Promise<DeliveryReport> {
  const hashes: string[] = [];
  for await (const line of linesOf(input)) hashes.push(digest(line));
  const seen = new Uint8Array(hashes.length);
  let furthest = -1;
  let duplicates = 0;
  let outOfOrder = 0;
  let torn = 0;
  let lines = 0;
  for await (const line of linesOf(output)) {
    lines++;
    const index = Number.parseInt(line.subarray(0, 12).toString('latin1'), 10);
    if (Number.isNaN(index) || hashes[index] !== digest(line)) {
      torn++;
      continue;
    }
    if (seen[index] === 1) duplicates++;
    seen[index] = 1;
    if (index > furthest + 1) outOfOrder++;
    furthest = Math.max(furthest, index);
  }
  return { missing: seen.reduce((sum, flag) => sum + (1 - flag), 0), duplicates, outOfOrder, torn, lines };
}

function digest(line: Buffer): string {
  return createHash('md5').update(line).digest('base64');
}

async function* linesOf(file: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield parts.length === 0 ? chunk.subarray(start, end) : Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
