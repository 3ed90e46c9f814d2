import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordBatchBuilder } from '@sluice/protocol';
import type { BatchClosing, CompressionType } from '@sluice/protocol';
import { BrokerConfig, type BrokerLog, logConfigOf } from './internals.ts';

const directories: string[] = [];
// Not with the test's own hooks: they run in the order of their making, so that what uses the directory would be closed after it is gone.
process.once('exit', () => {
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

/** A directory that is removed when the tests of the file have ended. */
export function temporaryDirectory(): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'sluice-broker-test-'));
  directories.push(directory);
  return directory;
}

/** A log that remembers what was said. */
export function memoryLog(): BrokerLog & { readonly lines: string[] } {
  const lines: string[] = [];
  const say =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level}: ${message}`);
  return { lines, debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}

/** The configuration of a log as a topic with these settings has it. */
export function logConfig(topic: Record<string, string> = {}): ReturnType<typeof logConfigOf> {
  return logConfigOf(topic, new BrokerConfig({}));
}

export interface BatchOptions extends BatchClosing {
  compression?: CompressionType;
  timestamp?: number;
  /** Added for each record. */
  step?: number;
  key?: string | null;
}

/** A record batch with these values, as a producer sends it. */
export function batchOf(values: readonly string[], options: BatchOptions = {}): Buffer {
  const { compression = 'none', timestamp = 1_700_000_000_000, step = 0, key = null, ...closing } = options;
  const builder = new RecordBatchBuilder({ compression });
  values.forEach((value, i) => builder.tryAppend(timestamp + i * step, key, value, null));
  return builder.close(closing);
}
