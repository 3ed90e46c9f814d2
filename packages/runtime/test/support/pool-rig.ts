import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { RawConfig, SourceOffset, SourcePartition } from '@sluice/api';
import { discoverPlugins } from '../../src/plugins/discovery.ts';
import type { OffsetEntry, PoolEvent, State } from '../../src/threads/messages.ts';
import { ThreadPool } from '../../src/threads/thread-pool.ts';
import { until } from './conditions.ts';

export const testPlugins = join(import.meta.dirname, '../fixtures/plugins');

export interface PoolRigOptions {
  readonly size?: number;
  readonly memoryLimitMb?: number;
  readonly packages?: readonly string[];
  readonly worker?: Readonly<Record<string, string>>;
}

/** A pool of real threads with the test plugins, and what it says. */
export async function poolRig(options: PoolRigOptions = {}) {
  const events: PoolEvent[] = [];
  const lines: string[] = [];
  const stored = new Map<string, SourceOffset | null>();
  const key = (connector: string, partition: SourcePartition): string => `${connector} ${JSON.stringify(partition)}`;
  const pool = new ThreadPool({
    size: options.size ?? 2,
    init: {
      workerConfig: {
        'bootstrap.servers': '127.0.0.1:1',
        'key.converter': 'test.TextConverter',
        'value.converter': 'test.TextConverter',
        'header.converter': 'test.TextConverter',
        'offset.storage.file.filename': '/nowhere',
        'task.shutdown.graceful.timeout.ms': '500',
        ...options.worker,
      },
      plugins: await discoverPlugins({ packages: options.packages ?? [testPlugins], pluginPath: [], warn: assert.fail }),
      kafkaClusterId: null,
    },
    log: (level, context, message, error) =>
      void lines.push(
        `${level} ${context}${message}${error === undefined ? '' : ` | ${error instanceof Error ? error.message : (error as string)}`}`,
      ),
    offsets: {
      read: async (connector, partitions) => partitions.map((partition) => stored.get(key(connector, partition)) ?? null),
      write: async (connector: string, entries: readonly OffsetEntry[]) => {
        for (const { partition, offset } of entries) stored.set(key(connector, partition), offset);
      },
    },
    onEvent: (event) => void events.push(event),
    stopGraceMs: 500,
    ...(options.memoryLimitMb !== undefined && { memoryLimitMb: options.memoryLimitMb }),
  });
  const states = (connector: string, task: number | null): State[] =>
    events.flatMap((event) => (event.kind === 'status' && event.connector === connector && event.task === task ? [event.state] : []));
  const trace = (connector: string, task: number | null): string => {
    const last = events.findLast((event) => event.kind === 'status' && event.connector === connector && event.task === task);
    return (last?.kind === 'status' ? last.trace : null) ?? '';
  };
  return {
    pool,
    events,
    lines,
    stored,
    states,
    trace,
    config: (name: string, more: RawConfig = {}): RawConfig => ({ name, 'connector.class': 'test.MisbehavingSourceConnector', ...more }),
    async startTask(connector: string, task: number, config: RawConfig): Promise<void> {
      await pool.startTask({ connector, task, connectorConfig: config, taskConfig: config, targetState: 'STARTED' });
    },
    async reaches(connector: string, task: number | null, state: State, timeoutMs = 20_000): Promise<void> {
      await until(
        () => states(connector, task).at(-1) === state,
        () =>
          `${connector}-${String(task)} is ${state}, not ${states(connector, task).join()}\n${trace(connector, task)}\n${lines.join('\n')}`,
        timeoutMs,
      );
    },
  };
}
