import type { RawConfig } from '@sluice/api';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';
import type { ConnectorOffsets, LogSink, ThreadPool } from '../threads/thread-pool.ts';
import type { ConnectorOffset, ServerInfo } from './herder.ts';
import type { MemoryConfigBackingStore } from './memory-config-backing-store.ts';
import type { MemoryStatusBackingStore } from './memory-status-backing-store.ts';

/** What the herder needs of the data plane. */
export type HerderPool = Pick<
  ThreadPool,
  | 'startConnector'
  | 'transitionConnector'
  | 'taskConfigs'
  | 'stopConnector'
  | 'startTask'
  | 'stopTasks'
  | 'transitionTask'
  | 'validate'
  | 'pluginConfig'
  | 'alterOffsets'
>;

/** The stored offsets of source connectors. */
export interface SourceOffsets extends ConnectorOffsets {
  all(connector: string): readonly ConnectorOffset[];
}

/** The offsets of sink connectors: those of their consumer groups. */
export interface SinkOffsets {
  list(connector: string, config: RawConfig): Promise<readonly ConnectorOffset[]>;
  alter(connector: string, config: RawConfig, offsets: readonly ConnectorOffset[]): Promise<void>;
  reset(connector: string, config: RawConfig): Promise<void>;
}

export interface StandaloneHerderOptions {
  readonly info: ServerInfo;
  /** `host:port` of the advertised REST address; asked once that is known. */
  readonly workerId: () => string;
  readonly plugins: PluginRegistry;
  readonly pool: HerderPool;
  readonly configs: MemoryConfigBackingStore;
  readonly statuses: MemoryStatusBackingStore;
  readonly sourceOffsets: SourceOffsets;
  readonly sinkOffsets: SinkOffsets;
  readonly log: LogSink;
  /** `task.shutdown.graceful.timeout.ms` */
  readonly taskStopTimeoutMs: number;
}
