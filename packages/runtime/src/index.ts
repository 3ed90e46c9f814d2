export { type ConnectorFile, parseConnectorFile, readConnectorFile } from './config/connector-file.ts';
export { parseProperties } from './config/java-properties.ts';
export { sinkConnectorConfig, type SinkConnectorConfig } from './config/sink-connector-config.ts';
export { sourceConnectorConfig, type SourceConnectorConfig } from './config/source-connector-config.ts';
export { parseWorkerConfig, standaloneConfig, type WorkerConfig } from './config/worker-config.ts';
export { FileOffsetBackingStore } from './control/file-offset-backing-store.ts';
export type {
  ConnectorInfo,
  ConnectorOffset,
  ConnectorStateInfo,
  ConnectorType,
  Herder,
  PutConnectorRequest,
  RestartRequest,
  ServerInfo,
  StateInfo,
  TaskInfo,
  TaskState,
} from './control/herder.ts';
export { startStandaloneWorker, type StandaloneWorker, type StandaloneWorkerOptions } from './control/standalone-worker.ts';
export { connectVersion } from './control/version.ts';
export { discoverPlugins } from './plugins/discovery.ts';
export type { PluginDescriptor, PluginType } from './plugins/plugin-descriptor.ts';
export { PluginRegistry } from './plugins/plugin-registry.ts';
export type { LogLevel } from './threads/messages.ts';
export type { ConnectorOffsets, LogSink, ThreadPoolOptions } from './threads/thread-pool.ts';
export { ThreadPool } from './threads/thread-pool.ts';
