import type { RawConfig } from '@sluice/api';
import type { ConnectorOffset } from '../../src/control/herder.ts';
import { MemoryConfigBackingStore } from '../../src/control/memory-config-backing-store.ts';
import { MemoryStatusBackingStore } from '../../src/control/memory-status-backing-store.ts';
import { StandaloneHerder } from '../../src/control/standalone-herder.ts';
import type { SinkOffsets, SourceOffsets } from '../../src/control/standalone-herder-options.ts';
import type { OffsetEntry } from '../../src/threads/messages.ts';
import { registry } from '../validation/test-plugins.ts';
import { FakePool } from './fake-pool.ts';

/** Source offsets in memory. */
export class MemoryOffsets implements SourceOffsets {
  entries: ConnectorOffset[] = [];

  async read(): Promise<null[]> {
    return [];
  }

  async write(_connector: string, entries: readonly OffsetEntry[]): Promise<void> {
    this.entries = entries.filter(({ offset }) => offset !== null);
  }

  all(): readonly ConnectorOffset[] {
    return this.entries;
  }
}

class NoSinkOffsets implements SinkOffsets {
  async list(connector: string, config: RawConfig): Promise<readonly ConnectorOffset[]> {
    if (config['topics'] === 'broken') throw new Error(`no group for ${connector}`);
    return [{ partition: { kafka_topic: 't', kafka_partition: 3 }, offset: { kafka_offset: 7 } }];
  }

  async alter(): Promise<void> {
    // accepted
  }

  async reset(): Promise<void> {
    // accepted
  }
}

export interface FakeWorker {
  readonly herder: StandaloneHerder;
  readonly pool: FakePool;
  readonly offsets: MemoryOffsets;
  readonly statuses: MemoryStatusBackingStore;
}

/** A standalone herder whose data plane does nothing. */
export function fakeWorker(): FakeWorker {
  const pool = new FakePool();
  const offsets = new MemoryOffsets();
  const statuses = new MemoryStatusBackingStore();
  const herder = new StandaloneHerder({
    info: { version: '4.3.1', commit: 'sluice-0.1.0', kafka_cluster_id: 'cluster' },
    workerId: () => '127.0.0.1:8083',
    plugins: registry,
    pool,
    configs: new MemoryConfigBackingStore(),
    statuses,
    sourceOffsets: offsets,
    sinkOffsets: new NoSinkOffsets(),
    log: () => undefined,
    taskStopTimeoutMs: 5000,
  });
  pool.onEvent = (event) => herder.onEvent(event);
  herder.ready();
  return { herder, pool, offsets, statuses };
}
