import { AlreadyExistsError, ConnectError, javaTrace, NotFoundError, type ConfigKeyInfo, type RawConfig } from '@sluice/api';
import type { PluginDescriptor } from '../plugins/plugin-descriptor.ts';
import type { OffsetEntry, PoolEvent, TargetState, TaskId } from '../threads/messages.ts';
import { type ConfigInfos, errorMessages } from '../validation/config-infos.ts';
import type {
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
} from './herder.ts';
import { connectorPlugin, pluginOfVersion } from './connector-plugin.ts';
import type { MemoryConfigBackingStore } from './memory-config-backing-store.ts';
import type { MemoryStatusBackingStore, Status } from './memory-status-backing-store.ts';
import { assertNoNulls, mergeConfig, sameConfig } from './raw-config.ts';
import { BadRequestError } from './rest-errors.ts';
import { planRestart } from './restart-plan.ts';
import type { HerderPool, StandaloneHerderOptions } from './standalone-herder-options.ts';
import { KeyedQueue, type Stage } from './keyed-queue.ts';

/** More changes than this do not wait at a time. */
const queueLimit = 10_000;
/** How often a PATCH is tried again because the configuration changed while it was validated. */
const patchAttempts = 10;

/**
 * The herder of a worker without a cluster: everything it starts runs in this process, configurations and statuses are in memory.
 * Changes of a connector run one after another in its queue; validation, which may be slow, runs before and beside it.
 *
 * Source: org.apache.kafka.connect.runtime.standalone.StandaloneHerder
 */
export class StandaloneHerder implements Herder {
  readonly #options: StandaloneHerderOptions;
  readonly #configs: MemoryConfigBackingStore;
  readonly #statuses: MemoryStatusBackingStore;
  readonly #pool: HerderPool;
  readonly #queue = new KeyedQueue({ limit: queueLimit, closedError: shuttingDown });
  #ready = false;

  constructor(options: StandaloneHerderOptions) {
    this.#options = options;
    this.#configs = options.configs;
    this.#statuses = options.statuses;
    this.#pool = options.pool;
  }

  async healthCheck(): Promise<void> {
    if (this.#queue.isClosed) throw shuttingDown();
  }

  isReady(): boolean {
    return this.#ready;
  }

  /** The connectors of the command line have been created. */
  ready(): void {
    this.#ready = true;
  }

  stage(): Stage | null {
    return this.#queue.stage;
  }

  serverInfo(): ServerInfo {
    return this.#options.info;
  }

  plugins(): readonly PluginDescriptor[] {
    return this.#options.plugins.plugins;
  }

  async pluginConfig(name: string, version: string | null): Promise<readonly ConfigKeyInfo[]> {
    const plugin = pluginOfVersion(this.#options.plugins, name, version);
    const keys = await this.#pool.pluginConfig(plugin.class, plugin.type);
    return keys.map((key) => (key.name === 'connector.plugin.version' ? { ...key, default_value: plugin.version } : key));
  }

  async validateConnectorConfig(config: RawConfig): Promise<ConfigInfos> {
    // Found out here, so that a misspelled class needs no thread.
    connectorPlugin(this.#options.plugins, config);
    return await this.#pool.validate(config);
  }

  connectors(): readonly string[] {
    return this.#configs.connectors();
  }

  connectorInfo(name: string): ConnectorInfo {
    const config = this.#config(name);
    return { name, config, tasks: this.#taskIds(name), type: this.#type(config) };
  }

  connectorStatus(name: string): ConnectorStateInfo {
    const status = this.#statuses.connector(name);
    if (status === null) throw new NotFoundError(`No status found for connector ${name}`);
    const tasks = this.#statuses.tasks(name).map(([id, task]): TaskState => ({ id, ...stateInfo(task) }));
    return { name, connector: stateInfo(status), tasks, type: this.#type(this.#configs.connectorConfig(name)) };
  }

  taskStatus({ connector, task }: TaskId): TaskState {
    const status = this.#statuses.task(connector, task);
    if (status === null) throw new NotFoundError(`No status found for task ${connector}-${task}`);
    return { id: task, ...stateInfo(status) };
  }

  taskInfos(name: string): readonly TaskInfo[] {
    this.#config(name);
    return this.#configs.taskConfigs(name).map((config, task) => ({ id: { connector: name, task }, config }));
  }

  activeTopics(name: string): readonly string[] {
    return this.#statuses.topics(name);
  }

  resetActiveTopics(name: string): void {
    this.#statuses.removeTopics(name);
  }

  async putConnectorConfig(request: PutConnectorRequest): Promise<{ created: boolean; info: ConnectorInfo }> {
    await this.#assertValid(request.config);
    return await this.#queue.run(request.name, `writing a config for connector ${request.name}`, () => this.#put(request));
  }

  async patchConnectorConfig(name: string, patch: RawConfig): Promise<ConnectorInfo> {
    for (let attempt = 1; ; attempt++) {
      const current = this.#config(name);
      const config = mergeConfig(current, patch);
      await this.#assertValid(config);
      const put = await this.#queue.run(name, `writing a config for connector ${name}`, () => {
        // Another change came while this one was validated: what it wrote must not be lost.
        if (this.#config(name) !== current) return null;
        return this.#put({ name, config, initialState: null, allowReplace: true });
      });
      if (put !== null) return put.info;
      if (attempt === patchAttempts)
        throw new ConnectError(`The configuration of connector ${name} kept changing; the request can be safely retried`);
    }
  }

  async deleteConnector(name: string): Promise<void> {
    await this.#queue.run(name, `removing the config for connector ${name}`, async () => {
      this.#config(name);
      await this.#removeTasks(name);
      await this.#pool.stopConnector(name);
      this.#configs.removeConnectorConfig(name);
      this.#statuses.removeConnector(name);
    });
  }

  pauseConnector(name: string): void {
    this.#setTargetState(name, 'PAUSED');
  }

  resumeConnector(name: string): void {
    this.#setTargetState(name, 'STARTED');
  }

  async stopConnector(name: string): Promise<void> {
    await this.#queue.run(name, `stopping connector ${name}`, async () => {
      if (this.#configs.contains(name)) await this.#removeTasks(name);
      this.#configs.putTargetState(name, 'STOPPED');
      await this.#applyTargetState(name);
    });
  }

  async restartConnector(name: string): Promise<void> {
    await this.#queue.run(name, `restarting connector ${name}`, async () => {
      this.#config(name);
      await this.#pool.stopConnector(name);
      await this.#start(name);
    });
  }

  async restartConnectorAndTasks(request: RestartRequest): Promise<ConnectorStateInfo> {
    const { connector } = request;
    return await this.#queue.run(connector, `handling restart request for connector ${connector}`, async () => {
      if (!this.#configs.contains(connector)) throw new NotFoundError(`Unknown connector: ${connector}`);
      if (this.#statuses.connector(connector) === null) throw new NotFoundError(`Status for connector ${connector} not found`);
      const plan = planRestart(request, this.connectorStatus(connector));
      const tasks = plan.tasks.map((task) => ({ connector, task }));
      if (plan.restartConnector) await this.#pool.stopConnector(connector);
      if (tasks.length > 0) await this.#pool.stopTasks(tasks, this.#options.taskStopTimeoutMs);
      if (plan.restartConnector) this.#statuses.putConnector(connector, this.#status('RESTARTING', connector));
      for (const { task } of tasks) this.#statuses.putTask(connector, task, this.#status('RESTARTING', connector));
      const replaced = plan.restartConnector && (await this.#start(connector));
      // Tasks that were made anew with the connector run already.
      if (!replaced) for (const task of tasks) await this.#startTask(task);
      return plan.status;
    });
  }

  async restartTask(id: TaskId): Promise<void> {
    const name = `${id.connector}-${id.task}`;
    await this.#queue.run(id.connector, `restarting task ${name}`, async () => {
      this.#config(id.connector);
      if (this.#configs.taskConfigs(id.connector)[id.task] === undefined) throw new NotFoundError(`Task ${name} not found`);
      await this.#pool.stopTasks([id], this.#options.taskStopTimeoutMs);
      this.#statuses.putTask(id.connector, id.task, this.#status('UNASSIGNED', id.connector));
      await this.#startTask(id);
      if (this.#statuses.task(id.connector, id.task)?.state === 'FAILED') throw new ConnectError(`Failed to start task: ${name}`);
    });
  }

  async connectorOffsets(name: string): Promise<readonly ConnectorOffset[]> {
    const config = this.#config(name);
    if (this.#type(config) !== 'sink') return this.#options.sourceOffsets.all(name);
    try {
      return await this.#options.sinkOffsets.list(name, config);
    } catch (error) {
      throw new ConnectError(`Failed to retrieve consumer group offsets for sink connector ${name}`, { cause: error });
    }
  }

  async alterConnectorOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<string> {
    return await this.#queue.run(name, `modifying offsets for connector ${name}`, async () => {
      const config = this.#stoppedConfig(name);
      if (this.#type(config) === 'sink') {
        await this.#options.sinkOffsets.alter(name, config, offsets);
        return offsetsMessage('altered', true);
      }
      return await this.#modifySourceOffsets(name, config, offsets, 'altered');
    });
  }

  async resetConnectorOffsets(name: string): Promise<string> {
    return await this.#queue.run(name, `modifying offsets for connector ${name}`, async () => {
      const config = this.#stoppedConfig(name);
      if (this.#type(config) === 'sink') {
        await this.#options.sinkOffsets.reset(name, config);
        return offsetsMessage('reset', true);
      }
      const offsets = this.#options.sourceOffsets.all(name).map(({ partition }) => ({ partition, offset: null }));
      return await this.#modifySourceOffsets(name, config, offsets, 'reset');
    });
  }

  async putTaskConfigs(): Promise<void> {
    throw new ConnectError('Kafka Connect in standalone mode does not support externally setting task configurations.');
  }

  async fenceZombieSourceTasks(): Promise<void> {
    throw new ConnectError('Kafka Connect in standalone mode does not support exactly-once source connectors.');
  }

  /** Stops all tasks together, then all connectors. What waited in the queue is rejected. Safe to call twice. */
  async stop(): Promise<void> {
    await this.#queue.close(this.#options.taskStopTimeoutMs);
    const names = this.#configs.connectors();
    const tasks = names.flatMap((name) => this.#taskIds(name));
    if (tasks.length > 0) await this.#pool.stopTasks(tasks, this.#options.taskStopTimeoutMs);
    await Promise.all(names.map((name) => this.#pool.stopConnector(name)));
  }

  /** What the data threads report. */
  onEvent(event: PoolEvent): void {
    switch (event.kind) {
      case 'status':
        this.#onStatus(event.connector, event.task, { state: event.state, trace: event.trace, ...this.#origin(event.connector) });
        return;
      case 'topic':
        this.#statuses.putTopic(event.connector, event.topic);
        return;
      case 'reconfigure':
        this.#inBackground(event.connector, `generating task configs for connector ${event.connector}`, async () => {
          if (this.#configs.targetState(event.connector) === 'STARTED') {
            await this.#updateTasks(event.connector, await this.#pool.taskConfigs(event.connector));
          }
        });
        return;
      default:
        event satisfies never;
    }
  }

  #onStatus(connector: string, task: number | null, status: Status): void {
    // A late word from something that was deleted meanwhile would bring its status back.
    if (!this.#configs.contains(connector)) return;
    if (task === null) this.#statuses.putConnector(connector, status);
    else if (task < this.#configs.taskConfigs(connector).length) this.#statuses.putTask(connector, task, status);
  }

  async #assertValid(config: RawConfig): Promise<void> {
    const infos = await this.validateConnectorConfig(config);
    if (infos.error_count === 0) return;
    throw new BadRequestError(
      [
        `Connector configuration is invalid and contains the following ${infos.error_count} error(s):`,
        ...errorMessages(infos),
        'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`',
      ].join('\n'),
    );
  }

  async #put({ name, config, initialState, allowReplace }: PutConnectorRequest): Promise<{ created: boolean; info: ConnectorInfo }> {
    const created = !this.#configs.contains(name);
    if (!created) {
      if (!allowReplace) throw new AlreadyExistsError(`Connector ${name} already exists`);
      await this.#pool.stopConnector(name);
    }
    this.#configs.putConnectorConfig(name, config, initialState);
    await this.#start(name);
    return { created, info: this.connectorInfo(name) };
  }

  /** Starts the connector in its target state and, where it runs, its tasks; true where tasks were made anew. */
  async #start(name: string): Promise<boolean> {
    const config = this.#config(name);
    try {
      assertNoNulls(config);
    } catch (error) {
      this.#onStatus(name, null, { state: 'FAILED', trace: javaTrace(error), workerId: this.#options.workerId(), version: null });
      throw error;
    }
    const targetState = this.#configs.targetState(name)!;
    let taskConfigs: readonly RawConfig[] | null;
    try {
      taskConfigs = await this.#pool.startConnector(name, config, targetState);
    } catch (error) {
      // Why is in the connector's status.
      throw new ConnectError(`Failed to transition connector ${name} to state ${targetState}`, { cause: error });
    }
    return taskConfigs !== null && (await this.#updateTasks(name, taskConfigs));
  }

  /** Replaces the tasks where their configurations, or the connector's, changed. */
  async #updateTasks(name: string, taskConfigs: readonly RawConfig[]): Promise<boolean> {
    const config = this.#configs.connectorConfig(name);
    if (config === null || !this.#tasksChanged(name, config, taskConfigs)) return false;
    await this.#removeTasks(name);
    this.#configs.putTaskConfigs(name, taskConfigs);
    await Promise.all(this.#taskIds(name).map((id) => this.#startTask(id)));
    return true;
  }

  #tasksChanged(name: string, config: RawConfig, taskConfigs: readonly RawConfig[]): boolean {
    const current = this.#configs.taskConfigs(name);
    const applied = this.#configs.appliedConfig(name);
    if (current.length !== taskConfigs.length || applied === null || !sameConfig(applied, config)) return true;
    return taskConfigs.some((taskConfig, task) => !sameConfig(taskConfig, current[task]!));
  }

  async #startTask(id: TaskId): Promise<void> {
    const configs = this.#configs.taskConfigs(id.connector);
    const taskConfig = configs[id.task];
    if (taskConfig === undefined) return;
    await this.#pool.startTask({
      ...id,
      connectorConfig: this.#config(id.connector),
      taskConfig,
      targetState: this.#configs.targetState(id.connector)!,
      taskCount: configs.length,
    });
  }

  async #removeTasks(name: string): Promise<void> {
    const tasks = this.#taskIds(name);
    if (tasks.length > 0) await this.#pool.stopTasks(tasks, this.#options.taskStopTimeoutMs);
    this.#configs.removeTaskConfigs(name);
    for (const { task } of tasks) this.#statuses.putTask(name, task, this.#status('DESTROYED', name));
  }

  #setTargetState(name: string, targetState: TargetState): void {
    if (!this.#configs.contains(name)) throw new NotFoundError(`Unknown connector ${name}`);
    this.#configs.putTargetState(name, targetState);
    this.#inBackground(name, `changing the state of connector ${name} to ${targetState}`, async () => {
      if (this.#configs.contains(name)) await this.#applyTargetState(name);
    });
  }

  /** Brings connector and tasks to the target state that holds now: of several changes the last one counts. */
  async #applyTargetState(name: string): Promise<void> {
    const targetState = this.#configs.targetState(name)!;
    try {
      await Promise.all([
        this.#pool.transitionConnector(name, targetState),
        ...this.#taskIds(name).map((id) => this.#pool.transitionTask(id, targetState)),
      ]);
      if (targetState === 'STARTED') await this.#updateTasks(name, await this.#pool.taskConfigs(name));
    } catch (error) {
      // The state was accepted; that the connector cannot take it is its status.
      this.#options.log('error', `[${name}|worker] `, `Failed to transition connector ${name} to state ${targetState}`, error);
    }
  }

  async #modifySourceOffsets(
    name: string,
    config: RawConfig,
    offsets: readonly ConnectorOffset[],
    done: 'altered' | 'reset',
  ): Promise<string> {
    const isAltered = await this.#pool.alterOffsets(config, offsets as readonly OffsetEntry[]);
    const stored = offsets.filter((entry): entry is OffsetEntry => entry.partition !== null);
    await this.#options.sourceOffsets.write(name, stored);
    return offsetsMessage(done, isAltered);
  }

  #stoppedConfig(name: string): RawConfig {
    const config = this.#config(name);
    if (this.#configs.targetState(name) !== 'STOPPED' || this.#configs.taskConfigs(name).length > 0) {
      throw new BadRequestError(
        `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
      );
    }
    return config;
  }

  #config(name: string): RawConfig {
    const config = this.#configs.connectorConfig(name);
    if (config === null) throw new NotFoundError(`Connector ${name} not found`);
    return config;
  }

  #taskIds(connector: string): TaskId[] {
    return this.#configs.taskConfigs(connector).map((_, task) => ({ connector, task }));
  }

  #type(config: RawConfig | null): ConnectorType {
    return (this.#plugin(config)?.type as ConnectorType | undefined) ?? 'unknown';
  }

  #plugin(config: RawConfig | null): PluginDescriptor | null {
    try {
      return config === null ? null : connectorPlugin(this.#options.plugins, config);
    } catch {
      return null;
    }
  }

  #origin(connector: string): { workerId: string; version: string | null } {
    return { workerId: this.#options.workerId(), version: this.#plugin(this.#configs.connectorConfig(connector))?.version ?? null };
  }

  #status(state: Status['state'], connector: string): Status {
    return { state, trace: null, ...this.#origin(connector) };
  }

  #inBackground(connector: string, description: string, operation: () => Promise<void>): void {
    this.#queue
      .run(connector, description, operation)
      .catch((error: unknown) => this.#options.log('error', `[${connector}|worker] `, `Failed while ${description}`, error));
  }
}

function shuttingDown(): ConnectError {
  return new ConnectError('The herder is shutting down');
}

function stateInfo({ state, workerId, version, trace }: Status): StateInfo {
  const info = { state, worker_id: workerId };
  const versioned = version === 'undefined' ? info : { ...info, version };
  return trace === null || trace === '' ? versioned : { ...versioned, trace };
}

function offsetsMessage(done: 'altered' | 'reset', isKnownToConnector: boolean): string {
  if (isKnownToConnector) return `The offsets for this connector have been ${done} successfully`;
  return `The Connect framework-managed offsets for this connector have been ${done} successfully. However, if this connector manages offsets externally, they will need to be manually ${done} in the system that the connector uses.`;
}
