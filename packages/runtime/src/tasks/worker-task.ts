import { javaTrace, type Logger, RetriableError } from '@sluice/api';
import type { State, TargetState, TaskId } from '../threads/messages.ts';
import type { Clock } from './clock.ts';

/** What both kinds of task are given by the thread they run on. */
export interface WorkerTaskOptions {
  readonly id: TaskId;
  readonly targetState: TargetState;
  readonly log: Logger;
  readonly clock: Clock;
  /** How long a task that failed by itself may take to end before it is cancelled: `task.shutdown.graceful.timeout.ms`. */
  readonly gracefulTimeoutMs: number;
  readonly onStatus: (state: State, trace: string | null) => void;
  /** A topic was used; may be called more than once for one topic. */
  readonly onTopic: (topic: string) => void;
}

/**
 * The life of a task: wait while paused, start, run its loop, close everything, say how it ended. One run; a restart is a new object.
 *
 * The soft stop (`stopping`) ends waits and lets calls in flight finish; the hard stop (`signal`) breaks them off and mutes the status:
 * what such a task still does is nobody's business any more.
 *
 * Source: org.apache.kafka.connect.runtime.WorkerTask
 */
export abstract class WorkerTask {
  readonly id: TaskId;
  protected readonly log: Logger;
  protected readonly clock: Clock;
  protected readonly onTopic: (topic: string) => void;
  readonly #onStatus: WorkerTaskOptions['onStatus'];
  readonly #gracefulTimeoutMs: number;
  readonly #soft = new AbortController();
  readonly #hard = new AbortController();
  #target: TargetState;
  #isStopping = false;
  #isMuted = false;
  #wake: (() => void) | null = null;
  #run: Promise<void> | null = null;

  constructor(options: WorkerTaskOptions) {
    this.id = options.id;
    this.log = options.log;
    this.clock = options.clock;
    this.onTopic = options.onTopic;
    this.#onStatus = options.onStatus;
    this.#gracefulTimeoutMs = options.gracefulTimeoutMs;
    this.#target = options.targetState;
    if (this.#target === 'STOPPED') this.stop();
  }

  /** Connects and starts the task. */
  protected abstract startTask(): Promise<void>;
  /** The loop; returns when {@link isStopping}. Does the last flush and commit, also when it throws. */
  protected abstract execute(): Promise<void>;
  /** Stops the task and closes everything, also what is half started. */
  protected abstract closeTask(): Promise<void>;
  /** Wakes a loop that waits for something other than its signals. */
  protected onStop?(): void;
  protected onTransition?(): void;
  protected onCancel?(): void;

  /** Soft stop: waits end, calls in flight finish. */
  protected get stopping(): AbortSignal {
    return this.#soft.signal;
  }

  /** Hard stop: calls in flight are broken off. */
  protected get signal(): AbortSignal {
    return this.#hard.signal;
  }

  protected get isStopping(): boolean {
    return this.#isStopping;
  }

  protected get isPaused(): boolean {
    return this.#target === 'PAUSED';
  }

  /** Runs the task to its end; never rejects. A second call returns the same promise. */
  run(): Promise<void> {
    this.#run ??= this.#live();
    return this.#run;
  }

  async #live(): Promise<void> {
    let failure: { readonly error: unknown } | null = null;
    try {
      if (this.isPaused && !this.#isStopping) {
        this.status('PAUSED');
        await this.resumed();
      }
      if (!this.#isStopping) {
        await this.startTask();
        this.status('RUNNING');
        await this.execute();
      }
    } catch (error) {
      failure = { error };
    }
    // What still waits (a poll that lost its loop to an error) is told to end.
    this.#soft.abort();
    await this.closeTask().catch((error: unknown) => this.log.warn('Could not close the task', error));
    this.#end(failure);
  }

  #end(failure: { readonly error: unknown } | null): void {
    if (failure === null) return this.status('UNASSIGNED');
    if (!this.#isStopping) return this.#failed(failure.error);
    if (!this.signal.aborted) this.log.warn('The task threw an error while it was being stopped', failure.error);
    this.status('UNASSIGNED');
  }

  #failed(error: unknown): void {
    if (!this.#isMuted)
      this.log.error(
        'Task threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted',
        error,
      );
    this.status('FAILED', javaTrace(error));
  }

  /** An error that reached no caller of the task's (a rejected promise nobody awaits): the task fails now and is ended. */
  fail(error: unknown): void {
    if (this.#isStopping || this.#isMuted) return this.log.warn('The task threw an error while it was being stopped', error);
    this.#failed(error);
    this.#isMuted = true;
    this.stop();
    const timer = setTimeout(() => this.cancel(), this.#gracefulTimeoutMs);
    timer.unref();
    void this.run().then(() => clearTimeout(timer));
  }

  /** Asks the task to end; {@link run} says when it has. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#soft.abort();
    this.#wake?.();
    this.onStop?.();
  }

  /** Gives the task up: no status, no commit, calls in flight broken off. */
  cancel(): void {
    if (this.signal.aborted) return;
    this.#isMuted = true;
    this.stop();
    this.#hard.abort();
    this.onCancel?.();
  }

  /** Pauses or resumes; STOPPED ends the task. Ignored once it is stopping. */
  transition(target: TargetState): void {
    if (this.#isStopping) return;
    if (target === 'STOPPED') return this.stop();
    this.#target = target;
    this.#wake?.();
    this.onTransition?.();
  }

  protected status(state: State, trace: string | null = null): void {
    if (!this.#isMuted) this.#onStatus(state, trace);
  }

  /** Ends waits of a loop that is about to fail, before it is asked to stop. */
  protected endWaits(): void {
    this.#soft.abort();
  }

  /** Resolves when the task is no longer paused or is to stop. */
  protected async resumed(): Promise<void> {
    while (this.isPaused && !this.#isStopping) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = null;
  }
}

/** Lets everything else on the thread have its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether the same call may work later: Connect's RetriableError, or the client's. */
export function isRetriableError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return error instanceof RetriableError || (error as { retriable?: unknown }).retriable === true;
}
