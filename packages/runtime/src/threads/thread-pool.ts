import { type ConfigKeyInfo, ConnectError, javaTrace, type RawConfig, type SourceOffset, type SourcePartition } from '@sluice/api';
import type { PluginType } from '../plugins/plugin-descriptor.ts';
import type { ConfigInfos } from '../validation/index.ts';
import type {
  LogLevel,
  OffsetEntry,
  PoolEvent,
  RequestArgs,
  RequestKind,
  RequestResult,
  StartTask,
  TargetState,
  TaskId,
  ThreadEvent,
  ThreadRequest,
  ThreadSettings,
} from './messages.ts';
import { RequestTimeoutError, ThreadHandle } from './thread-handle.ts';

/** Where log lines go; `context` is `[name|task-0] ` or empty. */
export type LogSink = (level: LogLevel, context: string, message: string, error?: unknown) => void;

/** The offset storage of source connectors, on the control side. */
export interface ConnectorOffsets {
  /** In the order asked; null where nothing is stored. */
  read(connector: string, partitions: readonly SourcePartition[]): Promise<readonly (SourceOffset | null)[]>;
  /** Resolves when the entries are durable. */
  write(connector: string, entries: readonly OffsetEntry[]): Promise<void>;
}

export interface ThreadPoolOptions {
  /** At most this many threads (`worker.threads`); they start when there is work for them. */
  readonly size: number;
  readonly init: ThreadSettings;
  readonly log: LogSink;
  readonly offsets: ConnectorOffsets;
  readonly onEvent: (event: PoolEvent) => void;
  /** Limit of a thread's old generation in MB; default: Node's. A thread above it dies, its tasks become FAILED. */
  readonly memoryLimitMb?: number;
  /** How much longer than its own limit a stop may take before the thread counts as hung and is killed. Default: 5000. */
  readonly stopGraceMs?: number;
}

/** A thread with its name and readiness. */
interface Member {
  readonly handle: ThreadHandle;
  readonly ready: Promise<unknown>;
}

/** A connector (`task` null) or task and where it runs. */
interface Placement {
  readonly connector: string;
  readonly task: number | null;
  readonly member: Member;
  /** It has failed and is there only to be stopped: no load. */
  hasFailed: boolean;
  /** Nobody wants to hear of it any more. */
  isStopping: boolean;
}

/** How long a request may take: as long as a REST request in Java. Plugin code may connect to its system meanwhile. */
const REQUEST_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 5_000;
/** WorkerConnector gives a connector this long. */
const CONNECTOR_STOP_MS = 5_000;

/**
 * The data plane as the control plane sees it: connectors and tasks are started and stopped by name, wherever they run.
 *
 * New work goes to the thread with the fewest tasks; a thread is started where there may be one more and all others have a task. When a
 * thread dies, everything on it is reported FAILED with the reason as trace, and the next work gets a new thread.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #members = new Set<Member>();
  readonly #placements = new Map<string, Placement>();
  #started = 0;
  #isClosed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Task configurations where the target is STARTED, else null. Rejects where the connector fails, which its status says too. */
  async startConnector(name: string, config: RawConfig, targetState: TargetState): Promise<readonly Record<string, string>[] | null> {
    const member = this.#place(name, null);
    return await this.#request(member, 'connector.start', { name, config, targetState });
  }

  async transitionConnector(name: string, targetState: TargetState): Promise<void> {
    await this.#request(this.#memberOf(name), 'connector.transition', { name, targetState });
  }

  async taskConfigs(name: string): Promise<readonly Record<string, string>[]> {
    return await this.#request(this.#memberOf(name), 'connector.taskConfigs', { name });
  }

  /** Waits for the connector's end at most 5 s. Resolves also for one that is not there. */
  async stopConnector(name: string): Promise<void> {
    const placement = this.#placements.get(key(name, null));
    if (placement === undefined) return;
    await this.#stop([placement], 'connector.stop', { name }, CONNECTOR_STOP_MS);
  }

  /** Resolves when the task is set up; whether it runs, or why not, comes as its status. */
  async startTask(task: StartTask): Promise<void> {
    const member = this.#place(task.connector, task.task);
    await this.#request(member, 'task.start', task);
  }

  /** Stops tasks together: they share `timeoutMs`. Resolves for tasks that are not there, and when their thread dies meanwhile. */
  async stopTasks(tasks: readonly TaskId[], timeoutMs: number): Promise<void> {
    const placements = tasks.flatMap(({ connector, task }) => this.#placements.get(key(connector, task)) ?? []);
    const byMember = Map.groupBy(placements, ({ member }) => member);
    await Promise.all(
      Array.from(byMember.values(), (group) => {
        const ids = group.map(({ connector, task }): TaskId => ({ connector, task: task! }));
        return this.#stop(group, 'task.stop', { tasks: ids, timeoutMs }, timeoutMs);
      }),
    );
  }

  /** Ignored for a task that is not there. */
  async transitionTask({ connector, task }: TaskId, targetState: TargetState): Promise<void> {
    const placement = this.#placements.get(key(connector, task));
    if (placement !== undefined) await this.#request(placement.member, 'task.transition', { connector, task, targetState });
  }

  async validate(config: RawConfig): Promise<ConfigInfos> {
    return await this.#request(this.#anyMember(), 'validate', { config });
  }

  async pluginConfig(className: string, type?: PluginType): Promise<readonly ConfigKeyInfo[]> {
    return await this.#request(this.#anyMember(), 'plugin.config', { class: className, ...(type !== undefined && { type }) });
  }

  /** See `offsets.alter` in messages.ts. */
  async alterOffsets(config: RawConfig, offsets: readonly OffsetEntry[]): Promise<boolean> {
    return await this.#request(this.#anyMember(), 'offsets.alter', { config, offsets });
  }

  /** Ends all threads; tasks and connectors should have been stopped before. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Array.from(this.#members, ({ handle }) => handle.close()));
    this.#members.clear();
    this.#placements.clear();
  }

  async #request<K extends RequestKind>(
    member: Member,
    kind: K,
    args: RequestArgs<K>,
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<RequestResult<K>> {
    await member.ready;
    return await member.handle.request(kind, args, timeoutMs);
  }

  /** Stops what is placed on one thread. A thread that does not even answer is killed: nothing on it moves any more. */
  async #stop<K extends 'connector.stop' | 'task.stop'>(
    placements: readonly Placement[],
    kind: K,
    args: RequestArgs<K>,
    timeoutMs: number,
  ): Promise<void> {
    for (const placement of placements) placement.isStopping = true;
    const { member } = placements[0]!;
    try {
      await this.#request(member, kind, args, timeoutMs + (this.#options.stopGraceMs ?? STOP_GRACE_MS));
    } catch (error) {
      if (error instanceof RequestTimeoutError) member.handle.kill(`${error.message}: a plugin keeps it busy`);
      // A thread that has died has stopped everything.
      else if (!member.handle.hasEnded) throw error;
    } finally {
      for (const { connector, task } of placements) {
        if (this.#placements.get(key(connector, task))?.isStopping === true) this.#placements.delete(key(connector, task));
      }
    }
  }

  #memberOf(connector: string): Member {
    const placement = this.#placements.get(key(connector, null));
    if (placement === undefined) throw new ConnectError(`Connector ${connector} not found in this worker.`);
    return placement.member;
  }

  /** Finds a thread for new work, and notes it there. Work of a name that is placed already goes to the same thread, which refuses it. */
  #place(connector: string, task: number | null): Member {
    const id = key(connector, task);
    const known = this.#placements.get(id);
    if (known !== undefined && !known.hasFailed) return known.member;
    const member = this.#leastLoaded(task !== null);
    this.#placements.set(id, { connector, task, member, hasFailed: false, isStopping: false });
    return member;
  }

  /** A thread that runs, for work that leaves nothing behind. */
  #anyMember(): Member {
    return this.#leastLoaded(false);
  }

  #leastLoaded(mayStart: boolean): Member {
    if (this.#isClosed) throw new ConnectError('The worker is shutting down');
    const tasks = new Map<Member, number>();
    const connectors = new Map<Member, number>();
    for (const member of this.#members) tasks.set(member, 0);
    for (const placement of this.#placements.values()) {
      if (placement.hasFailed) continue;
      const counts = placement.task === null ? connectors : tasks;
      counts.set(placement.member, (counts.get(placement.member) ?? 0) + 1);
    }
    const load = (member: Member): number => tasks.get(member)!;
    const [least] = [...this.#members].sort((a, b) => load(a) - load(b) || (connectors.get(a) ?? 0) - (connectors.get(b) ?? 0));
    const mustStart = least === undefined || (mayStart && load(least) > 0 && this.#members.size < this.#options.size);
    return mustStart ? this.#start() : least;
  }

  #start(): Member {
    const { init, memoryLimitMb, onEvent } = this.#options;
    const handle = new ThreadHandle({
      name: `sluice-data-${++this.#started}`,
      memoryLimitMb,
      onEvent: (event) => this.#onEvent(event, onEvent),
      onRequest: (request) => this.#answer(request),
      onDeath: (reason) => this.#onDeath(member, reason),
    });
    const ready = handle.request('init', init, REQUEST_TIMEOUT_MS);
    // Whoever waits for the thread hears of it; nobody may be waiting.
    ready.catch(() => undefined);
    const member: Member = { handle, ready };
    this.#members.add(member);
    return member;
  }

  #onEvent(event: ThreadEvent, tell: (event: PoolEvent) => void): void {
    if (event.kind === 'log') return this.#options.log(event.level, event.context, event.message, event.error ?? undefined);
    if (event.kind === 'status' && event.state === 'FAILED') {
      const placement = this.#placements.get(key(event.connector, event.task));
      if (placement !== undefined) placement.hasFailed = true;
    }
    tell(event);
  }

  async #answer(request: ThreadRequest): Promise<unknown> {
    const { offsets } = this.#options;
    switch (request.kind) {
      case 'offsets.read':
        return await offsets.read(request.args.connector, request.args.partitions);
      case 'offsets.write':
        await offsets.write(request.args.connector, request.args.entries);
        return null;
    }
  }

  #onDeath(member: Member, reason: ConnectError): void {
    this.#members.delete(member);
    this.#options.log('error', '', `The data thread ${member.handle.name} has died; its connectors and tasks have failed`, reason);
    const trace = javaTrace(reason);
    for (const [id, placement] of this.#placements) {
      if (placement.member !== member) continue;
      this.#placements.delete(id);
      if (placement.hasFailed || placement.isStopping) continue;
      const { connector, task } = placement;
      this.#options.onEvent({ type: 'event', kind: 'status', connector, task, state: 'FAILED', trace });
    }
  }
}

function key(connector: string, task: number | null): string {
  return task === null ? `connector ${connector}` : `task ${task} of ${connector}`;
}
