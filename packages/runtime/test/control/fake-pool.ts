import type { ConfigKeyInfo, RawConfig } from '@sluice/api';
import type { HerderPool } from '../../src/control/standalone-herder-options.ts';
import type { OffsetEntry, PoolEvent, StartTask, TargetState, TaskId } from '../../src/threads/messages.ts';
import type { ConfigInfos } from '../../src/validation/config-infos.ts';
import { pluginConfigKeys, validateConnectorConfig } from '../../src/validation/index.ts';
import { TestPluginLoader, workerProps } from '../validation/test-plugins.ts';

/** A data plane without threads: connectors make as many tasks as `tasks` says, and everything that is asked is written down. */
export class FakePool implements HerderPool {
  readonly calls: string[] = [];
  onEvent: (event: PoolEvent) => void = () => undefined;
  /** Connectors whose start fails, with what they say. */
  readonly failing = new Map<string, string>();
  /** What a connector's task configurations have besides its own keys. */
  tasks = (config: RawConfig): number => Number(config['tasks.max'] ?? 1);
  readonly #loader = new TestPluginLoader();
  readonly #configs = new Map<string, RawConfig>();

  async startConnector(name: string, config: RawConfig, targetState: TargetState): Promise<Record<string, string>[] | null> {
    this.calls.push(`start ${name} ${targetState}`);
    const failure = this.failing.get(name);
    if (failure !== undefined) {
      this.#status(name, null, 'FAILED', `org.apache.kafka.connect.errors.ConnectException: ${failure}\n`);
      throw new Error(failure);
    }
    this.#configs.set(name, config);
    this.#status(name, null, targetState === 'STARTED' ? 'RUNNING' : targetState);
    return targetState === 'STARTED' ? await this.taskConfigs(name) : null;
  }

  async transitionConnector(name: string, targetState: TargetState): Promise<void> {
    this.calls.push(`transition ${name} ${targetState}`);
    this.#status(name, null, targetState === 'STARTED' ? 'RUNNING' : targetState);
  }

  async taskConfigs(name: string): Promise<Record<string, string>[]> {
    const config = this.#configs.get(name)!;
    return Array.from({ length: this.tasks(config) }, () => ({ ...(config as Record<string, string>), 'task.class': 'T' }));
  }

  async stopConnector(name: string): Promise<void> {
    this.calls.push(`stop ${name}`);
    if (this.#configs.delete(name)) this.#status(name, null, 'UNASSIGNED');
  }

  async startTask(task: StartTask): Promise<void> {
    this.calls.push(`start ${task.connector}-${task.task} ${task.targetState}`);
    this.#status(task.connector, task.task, task.targetState === 'STARTED' ? 'RUNNING' : 'PAUSED');
  }

  async stopTasks(tasks: readonly TaskId[]): Promise<void> {
    for (const { connector, task } of tasks) {
      this.calls.push(`stop ${connector}-${task}`);
      this.#status(connector, task, 'UNASSIGNED');
    }
  }

  async transitionTask({ connector, task }: TaskId, targetState: TargetState): Promise<void> {
    this.calls.push(`transition ${connector}-${task} ${targetState}`);
    this.#status(connector, task, targetState === 'STARTED' ? 'RUNNING' : 'PAUSED');
  }

  validate(config: RawConfig): Promise<ConfigInfos> {
    return validateConnectorConfig(config, { worker: workerProps, plugins: this.#loader });
  }

  async pluginConfig(className: string, type: 'source'): Promise<readonly ConfigKeyInfo[]> {
    return pluginConfigKeys(await this.#loader.load(type, className));
  }

  async alterOffsets(_config: RawConfig, offsets: readonly OffsetEntry[]): Promise<boolean> {
    for (const { partition, offset } of offsets) {
      if (offset !== null && !('filename' in (partition ?? {}))) throw new Error("Partition objects should contain the key 'filename'");
    }
    return true;
  }

  fail(connector: string, task: number | null): void {
    this.#status(connector, task, 'FAILED', 'java.lang.Exception: broken\n');
  }

  #status(
    connector: string,
    task: number | null,
    state: Extract<PoolEvent, { kind: 'status' }>['state'],
    trace: string | null = null,
  ): void {
    this.onEvent({ type: 'event', kind: 'status', connector, task, state, trace });
  }
}
