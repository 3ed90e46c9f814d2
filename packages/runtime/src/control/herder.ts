import type { ConfigKeyInfo, RawConfig, SourceOffset, SourcePartition } from '@sluice/api';
import type { PluginDescriptor } from '../plugins/plugin-descriptor.ts';
import type { State, TargetState, TaskId } from '../threads/messages.ts';
import type { ConfigInfos } from '../validation/config-infos.ts';
import type { Stage } from './keyed-queue.ts';

export type ConnectorType = 'source' | 'sink' | 'unknown';

/** `GET /`. */
export interface ServerInfo {
  readonly version: string;
  readonly commit: string;
  readonly kafka_cluster_id: string | null;
}

/** `GET /connectors/<c>`. Source: org.apache.kafka.connect.runtime.rest.entities.ConnectorInfo */
export interface ConnectorInfo {
  readonly name: string;
  readonly config: RawConfig;
  readonly tasks: readonly TaskId[];
  readonly type: ConnectorType;
}

/** One status as REST shows it. `version` is absent where it is unknown to the plugin; `trace` is there only where something failed. */
export interface StateInfo {
  readonly state: State;
  readonly worker_id: string;
  readonly version?: string | null;
  readonly trace?: string;
}

export interface TaskState extends StateInfo {
  readonly id: number;
}

/** `GET /connectors/<c>/status`. Source: org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo */
export interface ConnectorStateInfo {
  readonly name: string;
  readonly connector: StateInfo;
  readonly tasks: readonly TaskState[];
  readonly type: ConnectorType;
}

/** One element of `GET /connectors/<c>/tasks`. */
export interface TaskInfo {
  readonly id: TaskId;
  readonly config: RawConfig;
}

/** One element of `GET /connectors/<c>/offsets`; for a sink `{kafka_topic, kafka_partition}` and `{kafka_offset}`. */
export interface ConnectorOffset {
  readonly partition: SourcePartition | null;
  readonly offset: SourceOffset | null;
}

export interface RestartRequest {
  readonly connector: string;
  readonly onlyFailed: boolean;
  readonly includeTasks: boolean;
}

export interface PutConnectorRequest {
  readonly name: string;
  readonly config: RawConfig;
  /** The state a new connector gets; null: STARTED for a new one, unchanged for an existing one. */
  readonly initialState: TargetState | null;
  /** False: an existing connector of that name is an AlreadyExistsError. */
  readonly allowReplace: boolean;
}

/** What the REST server, and the worker's start, ask of a herder. All errors say their HTTP status by their class. */
export interface Herder {
  /** Resolves when the herder can serve; rejects while it shuts down. */
  healthCheck(): Promise<void>;
  /** What the herder does, or did last; for the message of a request that waited too long. */
  stage(): Stage | null;
  /** Whether start-up, with the connectors of the command line, has ended. */
  isReady(): boolean;
  serverInfo(): ServerInfo;
  /** All plugins, sinks and sources first, in the order of `GET /connector-plugins`. */
  plugins(): readonly PluginDescriptor[];
  /** NotFoundError for an unknown one. */
  pluginConfig(name: string, version: string | null): Promise<readonly ConfigKeyInfo[]>;
  /** Rejects only where validation itself is impossible: no class, no such class. */
  validateConnectorConfig(config: RawConfig): Promise<ConfigInfos>;

  connectors(): readonly string[];
  connectorInfo(name: string): ConnectorInfo;
  connectorStatus(name: string): ConnectorStateInfo;
  taskStatus(id: TaskId): TaskState;
  taskInfos(name: string): readonly TaskInfo[];
  activeTopics(name: string): readonly string[];
  resetActiveTopics(name: string): void;

  /** Creates or replaces; resolves when the connector has started and its tasks are created. */
  putConnectorConfig(request: PutConnectorRequest): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }>;
  /** A null removes its key. */
  patchConnectorConfig(name: string, patch: RawConfig): Promise<ConnectorInfo>;
  deleteConnector(name: string): Promise<void>;
  pauseConnector(name: string): void;
  resumeConnector(name: string): void;
  stopConnector(name: string): Promise<void>;
  restartConnector(name: string): Promise<void>;
  /** The status in which everything that restarts shows RESTARTING. */
  restartConnectorAndTasks(request: RestartRequest): Promise<ConnectorStateInfo>;
  restartTask(id: TaskId): Promise<void>;

  connectorOffsets(name: string): Promise<readonly ConnectorOffset[]>;
  /** The message of the answer. */
  alterConnectorOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<string>;
  resetConnectorOffsets(name: string): Promise<string>;

  /** From another worker of the cluster: task configurations that it generated. */
  putTaskConfigs(name: string, configs: readonly RawConfig[]): Promise<void>;
  fenceZombieSourceTasks(name: string): Promise<void>;

  stop(): Promise<void>;
}
