import {
  type AnyConnectorSpec,
  ConnectError,
  type ConnectorContext,
  javaTrace,
  type Logger,
  type OffsetReader,
  type RawConfig,
  RetriableError,
  type RunningConnector,
} from '@sluice/api';
import { sinkConnectorConfig } from '../config/sink-connector-config.ts';
import { sourceConnectorConfig } from '../config/source-connector-config.ts';
import type { State, TargetState } from '../threads/messages.ts';
import type { Clock } from './clock.ts';
import { sinkSubscription } from './sink-topics.ts';
import { assertTasksMax, taskClassOf } from './task-limits.ts';

export interface WorkerConnectorOptions {
  readonly name: string;
  readonly spec: AnyConnectorSpec;
  readonly config: RawConfig;
  readonly offsets: OffsetReader;
  readonly log: Logger;
  readonly clock: Clock;
  readonly onStatus: (state: State, trace: string | null) => void;
  readonly onReconfigure: () => void;
}

/** One start of the connector: a new one for each time it is resumed. */
interface Run {
  readonly connector: RunningConnector<object>;
  readonly soft: AbortController;
  readonly hard: AbortController;
}

interface Transition {
  readonly target: TargetState;
  readonly done: PromiseWithResolvers<void>;
}

/** Java's fixed limit for the end of a connector. */
const SHUTDOWN_TIMEOUT_MS = 5_000;

/**
 * Runs a connector (not its tasks) through its states. Transitions run one after another; of those that wait only the newest counts.
 * Once failed, only STOPPED is possible, and a restart, which is a new object.
 *
 * Source: org.apache.kafka.connect.runtime.WorkerConnector
 */
export class WorkerConnector {
  readonly #options: WorkerConnectorOptions;
  #state: 'INIT' | TargetState | 'FAILED' = 'INIT';
  #run: Run | null = null;
  #starting: { readonly soft: AbortController; readonly hard: AbortController } | null = null;
  #pending: Transition | null = null;
  #working: Promise<void> | null = null;
  #isShutDown = false;
  #isMuted = false;

  constructor(options: WorkerConnectorOptions) {
    this.#options = options;
  }

  /** Brings the connector to a state. Rejects where it fails on the way, has failed before, or a newer request came in between. */
  transition(target: TargetState): Promise<void> {
    if (this.#isShutDown) return Promise.reject(this.#rejected('change its state'));
    const older = this.#pending;
    const done = Promise.withResolvers<void>();
    this.#pending = { target, done };
    older?.done.reject(
      new ConnectError(
        `Could not begin changing connector state to ${older.target} before another request to change state was made; ` +
          `the new request (which is to change the state to ${target}) has pre-empted this one`,
      ),
    );
    this.#working ??= this.#work();
    return done.promise;
  }

  async #work(): Promise<void> {
    for (let next = this.#pending; next !== null && !this.#isShutDown; next = this.#pending) {
      this.#pending = null;
      await this.#change(next.target).then(next.done.resolve, next.done.reject);
    }
    this.#working = null;
  }

  async #change(target: TargetState): Promise<void> {
    if (this.#state === target) return;
    if (this.#state === 'FAILED' && target !== 'STOPPED') {
      throw new ConnectError(`WorkerConnector{id=${this.#options.name}} Cannot transition connector to ${target} since it has failed`);
    }
    try {
      if (target === 'STARTED') await this.#start();
      else await this.#stopRun();
    } catch (error) {
      if (target !== 'STOPPED') {
        this.fail(error);
        throw error;
      }
      this.#options.log.warn('The connector threw an error while it was being stopped', error);
    }
    // It may have failed meanwhile by itself (every, an unhandled rejection), before there was a run to stop.
    if ((this.#state as string) === 'FAILED' && target === 'STARTED') {
      await this.#stopRun().catch((error: unknown) => this.#options.log.warn('The failed connector could not be stopped', error));
      throw new ConnectError(`WorkerConnector{id=${this.#options.name}} has failed while it was being started`);
    }
    this.#state = target;
    this.#status(target === 'STARTED' ? 'RUNNING' : target);
  }

  async #start(): Promise<void> {
    const { spec, config } = this.#options;
    if (spec.kind === 'sink') sinkSubscription(config);
    const [soft, hard] = [new AbortController(), new AbortController()];
    this.#starting = { soft, hard };
    try {
      const parsed: unknown = spec.config.parse(config);
      const connector = (await spec.connector?.(this.#context(parsed, soft, hard))) ?? {
        taskConfigs: (max) => this.#defaultTaskConfigs(max),
      };
      this.#run = { connector, soft, hard };
    } catch (error) {
      soft.abort();
      hard.abort();
      throw error;
    } finally {
      this.#starting = null;
    }
  }

  #defaultTaskConfigs(max: number): object[] {
    return Array.from({ length: this.#options.spec.kind === 'source' ? 1 : max }, () => ({}));
  }

  #context(config: unknown, soft: AbortController, hard: AbortController): ConnectorContext<unknown> {
    const { name, log, offsets } = this.#options;
    return {
      config,
      name,
      log,
      stopping: soft.signal,
      signal: hard.signal,
      offsets,
      requestTaskReconfiguration: () => {
        if (this.#isShutDown) throw this.#rejected('reconfigure its tasks');
        this.#options.onReconfigure();
      },
      every: (ms, fn) => void this.#every(ms, fn, soft.signal),
    };
  }

  async #every(ms: number, fn: () => Promise<void> | void, stopping: AbortSignal): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(ms, stopping);
      if (stopping.aborted) return;
      try {
        await fn();
      } catch (error) {
        if (stopping.aborted) return;
        if (!(error instanceof RetriableError)) return this.fail(error);
        this.#options.log.warn('Encountered a retriable error, it will be tried again', error);
      }
    }
  }

  async #stopRun(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    if (run === null) return;
    run.soft.abort();
    try {
      await run.connector.stop?.();
    } finally {
      run.hard.abort();
    }
  }

  /**
   * The configurations of the connector's tasks: its own keys laid over the connector's configuration, and `task.class`. One that says more
   * than `tasks.max` fails, unless `tasks.max.enforce` is false.
   */
  async taskConfigs(): Promise<Record<string, string>[]> {
    const { spec, name, log } = this.#options;
    const run = this.#run;
    if (run === null || this.#state !== 'STARTED')
      throw new ConnectError(`Connector ${name} is not running, it has no task configurations`);
    const config = this.#frameworkConfig();
    const own = await run.connector.taskConfigs(config['tasks.max']);
    try {
      assertTasksMax(name, own.length, config, (message) => log.warn(message));
    } catch (error) {
      this.fail(error);
      throw error;
    }
    const base = withoutNulls(this.#options.config);
    return own.map((values) => ({ ...base, ...this.#format(values), 'task.class': taskClassOf(spec) }));
  }

  #format(values: object): Record<string, string> {
    const { taskKeys, class: className } = this.#options.spec;
    if (taskKeys !== undefined) return taskKeys.format(values);
    const [key] = Object.keys(values);
    if (key === undefined) return {};
    throw new ConnectError(`${className} gave its tasks the key '${key}', but it defines no taskKeys`);
  }

  #frameworkConfig(): { readonly 'tasks.max': number; readonly 'tasks.max.enforce': boolean } {
    return (this.#options.spec.kind === 'source' ? sourceConnectorConfig : sinkConnectorConfig).parse(this.#options.config);
  }

  /** The connector has failed, by itself or by an error that reached no caller. The first failure counts. */
  fail(error: unknown): void {
    if (this.#isShutDown) return this.#options.log.warn('The connector threw an error after it was shut down', error);
    if (this.#state === 'FAILED') return;
    this.#state = 'FAILED';
    this.#options.log.error('Connector has failed', error);
    this.#status('FAILED', javaTrace(error));
    this.#stopRun().catch((problem: unknown) => this.#options.log.warn('The failed connector could not be stopped', problem));
  }

  /** Stops the connector for good. Resolves after 5 s at the latest: one that takes longer is given up. Never rejects. */
  async shutdown(): Promise<void> {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#pending?.done.reject(this.#rejected('change its state'));
    this.#starting?.soft.abort();
    const ended = new AbortController();
    const end = this.#end().then(() => true);
    const tooLate = this.#options.clock.sleep(SHUTDOWN_TIMEOUT_MS, ended.signal).then(() => false);
    const isInTime = await Promise.race([end, tooLate]);
    ended.abort();
    if (!isInTime) {
      this.#options.log.error(`Connector did not stop within ${SHUTDOWN_TIMEOUT_MS} ms, it is given up`);
      (this.#run ?? this.#starting)?.hard.abort();
    }
    this.#status('UNASSIGNED');
    this.#isMuted = true;
  }

  async #end(): Promise<void> {
    await this.#working;
    try {
      await this.#stopRun();
    } catch (error) {
      this.#options.log.warn('The connector threw an error while it was being shut down', error);
    }
  }

  #rejected(what: string): ConnectError {
    return new ConnectError(
      `The request to ${what} has been rejected because this instance of the connector '${this.#options.name}' has already been shut down.`,
    );
  }

  #status(state: State, trace: string | null = null): void {
    if (!this.#isMuted) this.#options.onStatus(state, trace);
  }
}

function withoutNulls(config: RawConfig): Record<string, string> {
  return Object.fromEntries(Object.entries(config).filter((entry): entry is [string, string] => entry[1] !== null));
}
