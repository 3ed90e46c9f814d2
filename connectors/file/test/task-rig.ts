import type { Logger, SinkTaskContext, SourceOffset, SourceTaskContext } from '@sluice/api';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileStreamSource, FileStreamSourceTask } from '@sluice/connector-file';

/** A directory that is gone after the tests of the file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-file-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface RecordedLog extends Logger {
  readonly lines: readonly string[];
}

export function recordedLog(): RecordedLog {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, trace: at('TRACE'), debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

export interface SourceRig {
  readonly task: FileStreamSourceTask;
  readonly log: RecordedLog;
  /** The lines of the next batch, waiting for it. */
  next(): Promise<string[]>;
  /** The same with positions. */
  nextPositions(): Promise<[string, unknown][]>;
  /** Lines until there are so many. */
  lines(count: number): Promise<string[]>;
  stop(): Promise<void>;
}

const deadlineMs = 10_000;

/** A started task, as the worker runs it. */
export async function startSource(config: Record<string, string>, offset: SourceOffset | null = null): Promise<SourceRig> {
  const stopping = new AbortController();
  const log = recordedLog();
  const context: SourceTaskContext<never> = {
    config: fileStreamSource.config.parse({ topic: 'lines', ...config }) as never,
    connector: 'file',
    task: 0,
    log,
    stopping: stopping.signal,
    signal: new AbortController().signal,
    offsets: { read: () => Promise.resolve([offset]) },
  };
  const task = new FileStreamSourceTask(context);
  await task.start();
  const nextPositions = async (): Promise<[string, unknown][]> => {
    const end = Date.now() + deadlineMs;
    for (;;) {
      const records = await task.poll();
      if (records !== null) return records.map((record) => [record.value, record.sourceOffset!['position']]);
      assert.ok(Date.now() < end, `no line within ${deadlineMs} ms; log: ${log.lines.join('; ')}`);
    }
  };
  const next = async (): Promise<string[]> => (await nextPositions()).map(([line]) => line);
  return {
    task,
    log,
    next,
    nextPositions,
    lines: async (count) => {
      const lines: string[] = [];
      while (lines.length < count) lines.push(...(await next()));
      return lines;
    },
    stop: async () => {
      stopping.abort();
      await task.stop();
      await task.dispose();
    },
  };
}

export function sinkContext(config: Record<string, string>, parse: (raw: Record<string, string>) => unknown): SinkTaskContext<never> {
  return {
    config: parse(config) as never,
    connector: 'file',
    task: 0,
    log: recordedLog(),
    stopping: new AbortController().signal,
    signal: new AbortController().signal,
    reporter: null,
    assignment: () => [],
    seek: () => {},
    pause: () => {},
    resume: () => {},
    requestCommit: () => {},
  };
}
