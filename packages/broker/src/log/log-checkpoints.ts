import * as fs from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from './files.ts';
import type { ProducerSnapshot } from './producer-state.ts';

// Two small files beside a log's segments:
//   log-start-offset   the first offset that may be read, where records before it were deleted
//   producers.json     what is known of idempotent producers up to an offset; what comes after is read from the log

const START_FILE = 'log-start-offset';
const PRODUCERS_FILE = 'producers.json';

export function readLogStartOffset(directory: string): number {
  const path = join(directory, START_FILE);
  if (!fs.existsSync(path)) return 0;
  const offset = Number(fs.readFileSync(path, 'utf8'));
  if (!Number.isSafeInteger(offset) || offset < 0) throw new Error(`${path} does not hold an offset.`);
  return offset;
}

export function writeLogStartOffset(directory: string, offset: number): void {
  writeFileAtomically(join(directory, START_FILE), String(offset), directory);
}

/** null where there is none that can be used. */
export function readProducers(directory: string): { offset: number; producers: ProducerSnapshot[] } | null {
  const path = join(directory, PRODUCERS_FILE);
  if (!fs.existsSync(path)) return null;
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8')) as { offset: number; producers: ProducerSnapshot[] };
  } catch {
    // It only saves reading the log once more.
    return null;
  }
}

export function writeProducers(directory: string, offset: number, producers: readonly ProducerSnapshot[]): void {
  writeFileAtomically(join(directory, PRODUCERS_FILE), JSON.stringify({ offset, producers }), directory);
}

export function removeProducers(directory: string): void {
  fs.rmSync(join(directory, PRODUCERS_FILE), { force: true });
}
