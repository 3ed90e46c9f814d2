import { AsyncLocalStorage } from 'node:async_hooks';
import { AlreadyExistsError, ConnectError, javaTrace, NotFoundError, type ConfigKeyInfo, type Logger, type RawConfig } from '@sluice/api';
import { standaloneConfig } from '../config/worker-config.ts';
import { pluginTypes, type PluginType } from '../plugins/plugin-descriptor.ts';
import { PluginLoader } from '../plugins/plugin-loader.ts';
import { PluginRegistry } from '../plugins/plugin-registry.ts';
import { systemClock } from '../tasks/clock.ts';
import type { OffsetStorage } from '../tasks/surroundings.ts';
import { kafkaClients, type TaskClients } from '../tasks/task-clients.ts';
import { buildTask, type TaskSettings } from '../tasks/task-factory.ts';
import { WorkerConnector } from '../tasks/worker-connector.ts';
import { nextTurn, type WorkerTask } from '../tasks/worker-task.ts';
import type { ConfigInfos } from '../validation/index.ts';
import type { ControlPlane } from './control-plane.ts';
import type { OffsetEntry, Request, RequestArgs, StartTask, TaskId, TargetState, ThreadSettings } from './messages.ts';

/** Whatever runs plugin code: it fails where that code's errors reach no caller. */
interface Owner {
  fail(error: unknown): void;
}

/** What a thread knows once it is set up. */
interface Setup {
  readonly workerConfig: RawConfig;
  readonly settings: TaskSettings;
  readonly plugins: PluginLoader;
}

/** The connectors and tasks of one data thread. */
export class DataPlane {
  readonly #control: ControlPlane;
  readonly #clients: TaskClients;
  readonly #log: Logger;
  readonly #connectors = new Map<string, WorkerConnector>();
  readonly #tasks = new Map<string, WorkerTask>();
  /** Everything that plugin code starts runs in the scope of its task or connector, so that a stray error finds its owner. */
  readonly #scope = new AsyncLocalStorage<Owner>();
  #setup: Setup | null = null;

  /** `clients` makes the Kafka clients of tasks; default: real ones. */
  constructor(control: ControlPlane, clients: TaskClients = kafkaClients) {
    this.#control = control;
    this.#clients = clients;
    this.#log = control.logger('');
  }

  /** Does what a request asks. */
  async handle(request: Request): Promise<unknown> {
    switch (request.kind) {
      case 'init':
        return this.#init(request.args);
      case 'connector.start':
        return await this.#startConnector(request.args);
      case 'connector.transition':
        return await this.#transitionConnector(request.args.name, request.args.targetState);
      case 'connector.taskConfigs':
        return await this.#inConnector(request.args.name, (connector) => connector.taskConfigs());
      case 'connector.stop':
        return await this.#stopConnector(request.args.name);
      case 'task.start':
        return await this.#startTask(request.args);
      case 'task.stop':
        return await this.#stopTasks(request.args.tasks, request.args.timeoutMs);
      case 'task.transition':
        return this.#transitionTask(request.args, request.args.targetState);
      case 'validate':
        return await this.#validate(request.args.config);
      case 'plugin.config':
        return await this.#pluginConfig(request.args.class, request.args.type);
      case 'offsets.alter':
        return await this.#alterOffsets(request.args.config, request.args.offsets);
      default:
        return unknownRequest(request);
    }
  }

  /** An error that reached no caller: it fails the task or connector it comes from; where that is not known it is logged. */
  onStrayError(error: unknown): void {
    const owner = this.#scope.getStore();
    if (owner === undefined) this.#log.error('An error reached no caller and comes from no task or connector that is known', error);
    else owner.fail(error);
  }

  #init({ workerConfig, plugins, logLevel }: ThreadSettings): null {
    this.#control.logLevel = logLevel ?? 'info';
    const worker = standaloneConfig.parse(workerConfig);
    const settings = {
      offsetFlushIntervalMs: worker['offset.flush.interval.ms'],
      offsetFlushTimeoutMs: worker['offset.flush.timeout.ms'],
      gracefulTimeoutMs: worker['task.shutdown.graceful.timeout.ms'],
    };
    this.#setup = { workerConfig, settings, plugins: new PluginLoader(new PluginRegistry(plugins)) };
    return null;
  }

  #ready(): Setup {
    if (this.#setup === null) throw new ConnectError('The data thread was not initialised');
    return this.#setup;
  }

  async #startConnector({ name, config, targetState }: RequestArgs<'connector.start'>): Promise<readonly Record<string, string>[] | null> {
    if (this.#connectors.has(name)) throw new AlreadyExistsError(`Connector with name ${name} already exists`);
    const { plugins } = this.#ready();
    let connector: WorkerConnector;
    try {
      const spec = await plugins.loadConnector(config['connector.class']?.trim() ?? '');
      connector = new WorkerConnector({
        name,
        spec,
        config,
        offsets: this.#offsets(name),
        log: this.#control.logger(`[${name}|worker] `),
        clock: systemClock,
        onStatus: (state, trace) => this.#control.event({ kind: 'status', connector: name, task: null, state, trace }),
        onReconfigure: () => this.#control.event({ kind: 'reconfigure', connector: name }),
      });
    } catch (error) {
      this.#control.event({ kind: 'status', connector: name, task: null, state: 'FAILED', trace: javaTrace(error) });
      throw error;
    }
    this.#connectors.set(name, connector);
    return await this.#scope.run(connector, async () => {
      await connector.transition(targetState);
      return targetState === 'STARTED' ? await connector.taskConfigs() : null;
    });
  }

  async #transitionConnector(name: string, target: TargetState): Promise<null> {
    await this.#inConnector(name, (connector) => connector.transition(target));
    return null;
  }

  async #stopConnector(name: string): Promise<null> {
    const connector = this.#connectors.get(name);
    if (connector === undefined) return null;
    this.#connectors.delete(name);
    await this.#scope.run(connector, () => connector.shutdown());
    return null;
  }

  async #inConnector<T>(name: string, action: (connector: WorkerConnector) => Promise<T>): Promise<T> {
    const connector = this.#connectors.get(name);
    if (connector === undefined) throw new NotFoundError(`Connector ${name} not found in this worker.`);
    return await this.#scope.run(connector, () => action(connector));
  }

  async #startTask(start: StartTask): Promise<null> {
    const name = taskName(start);
    if (this.#tasks.has(name)) throw new AlreadyExistsError(`Task already exists in this worker: ${name}`);
    const { workerConfig, settings, plugins } = this.#ready();
    const { connector, task } = start;
    const log = this.#control.logger(`[${connector}|task-${task}] `);
    const onStatus: Parameters<typeof buildTask>[1]['onStatus'] = (state, trace) =>
      this.#control.event({ kind: 'status', connector, task, state, trace });
    let built: WorkerTask;
    try {
      built = await buildTask(start, {
        plugins,
        workerConfig,
        settings,
        clients: this.#clients,
        offsets: this.#offsets(connector),
        log,
        onStatus,
        onTopic: (topic) => this.#control.event({ kind: 'topic', connector, task, topic }),
      });
    } catch (error) {
      log.error(`Failed to start task ${name}`, error);
      onStatus('FAILED', javaTrace(error));
      return null;
    }
    this.#tasks.set(name, built);
    const forget = (): void => {
      if (this.#tasks.get(name) === built) this.#tasks.delete(name);
    };
    // In its own turn, so that a task that blocks the thread does not keep the answer. `run` never rejects: how it ends is its status.
    void this.#scope.run(built, async () => {
      await nextTurn();
      await built.run();
      forget();
    });
    return null;
  }

  async #stopTasks(ids: readonly TaskId[], timeoutMs: number): Promise<null> {
    const tasks = ids.flatMap((id) => this.#tasks.get(taskName(id)) ?? []);
    for (const task of tasks) task.stop();
    const ended = new AbortController();
    const tooLate = systemClock.sleep(timeoutMs, ended.signal).then(() => false);
    await Promise.all(
      tasks.map(async (task) => {
        if (await Promise.race([task.run().then(() => true), tooLate])) return;
        const name = taskName(task.id);
        this.#log.error(`Graceful stop of task ${name} failed.`);
        task.cancel();
        if (this.#tasks.get(name) === task) this.#tasks.delete(name);
      }),
    );
    ended.abort();
    return null;
  }

  #transitionTask(id: TaskId, target: TargetState): null {
    this.#tasks.get(taskName(id))?.transition(target);
    return null;
  }

  async #validate(config: RawConfig): Promise<ConfigInfos> {
    const { workerConfig, plugins } = this.#ready();
    const { validateConnectorConfig } = await import('../validation/index.ts');
    return await validateConnectorConfig(config, { worker: workerConfig, plugins });
  }

  async #pluginConfig(name: string, type: PluginType | undefined): Promise<readonly ConfigKeyInfo[]> {
    const { plugins } = this.#ready();
    const types = type === undefined ? pluginTypes : [type];
    const found = types.flatMap((one) => plugins.registry.find(one, name) ?? [])[0];
    if (found === undefined) throw new NotFoundError(`Unknown plugin ${name}.`);
    const { pluginConfigKeys } = await import('../validation/index.ts');
    return pluginConfigKeys(await plugins.loadDescriptor(found));
  }

  async #alterOffsets(config: RawConfig, offsets: readonly OffsetEntry[]): Promise<boolean> {
    const spec = await this.#ready().plugins.loadConnector(config['connector.class']?.trim() ?? '');
    if (spec.kind !== 'source' || spec.alterOffsets === undefined) return false;
    return await spec.alterOffsets(config, offsets);
  }

  #offsets(connector: string): OffsetStorage {
    return {
      read: (partitions) => this.#control.request('offsets.read', { connector, partitions }),
      write: async (entries) => {
        await this.#control.request('offsets.write', { connector, entries });
      },
    };
  }
}

function taskName({ connector, task }: TaskId): string {
  return `${connector}-${task}`;
}

function unknownRequest(request: never): never {
  throw new ConnectError(`Unknown request ${JSON.stringify(request)}`);
}
