import type { SinkTaskContext, SourceTaskContext, TaskContext } from './context.ts';
import type { Logger } from './logger.ts';
import type { SinkRecord, SourceOffset, SourcePartition, SourceRecord } from './record.ts';
import type { TopicPartition } from './topic-partition.ts';

/**
 * The base of both kinds of task. The context comes with the constructor, so field initialisers can read `this.config`,
 * and `new MyTask(testContext({...}))` is the whole test rig.
 */
abstract class Task<C, X extends TaskContext<C>> {
  readonly config: C;
  protected readonly context: X;
  protected readonly log: Logger;
  /** Aborted at the soft stop. */
  protected readonly stopping: AbortSignal;
  /** Aborted at the hard stop. */
  protected readonly signal: AbortSignal;
  readonly #disposers: (() => unknown)[] = [];

  constructor(context: X) {
    this.context = context;
    this.config = context.config;
    this.log = context.log;
    this.stopping = context.stopping;
    this.signal = context.signal;
  }

  /** Opens what the task needs. A throw fails the task; what `use` registered before is disposed. */
  start?(): Promise<void> | void;
  /** Called once, after the loop has ended and before resources are disposed. */
  stop?(): Promise<void> | void;

  /** Registers a resource for disposal at the end, in reverse order, also after half a `start()`; returns it. */
  protected use<R>(resource: R, dispose: (resource: R) => unknown): R {
    this.#disposers.push(() => dispose(resource));
    return resource;
  }

  /** Waits; ends early, without throwing, at the soft stop. */
  protected sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.stopping.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        this.stopping.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.stopping.addEventListener('abort', done, { once: true });
    });
  }

  /** For the worker: disposes what `use` registered. All disposers run; the first error is thrown at the end. Safe to call twice. */
  async dispose(): Promise<void> {
    const errors: unknown[] = [];
    for (let disposer = this.#disposers.pop(); disposer !== undefined; disposer = this.#disposers.pop()) {
      try {
        await disposer();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * Reads from a system. The worker calls `poll()` again when the records before it are with the producer.
 *
 * Source: org.apache.kafka.connect.source.SourceTask
 */
export abstract class SourceTask<C = unknown> extends Task<C, SourceTaskContext<C>> {
  /**
   * The next records, or null where there are none now; it must wait (with `this.sleep`) rather than return null at once for ever.
   * A RetriableError means: ask again. Any other error fails the task.
   */
  abstract poll(): Promise<SourceRecord[] | null>;
  /** The author's own record objects that the broker has acknowledged (or that were dropped), once for each turn of the loop, also while `poll()` waits. */
  commitRecords?(records: readonly SourceRecord[]): Promise<void> | void;
  /** After each successful offset commit: the offsets that were stored, one entry for each source partition. */
  commit?(offsets: readonly { readonly partition: SourcePartition; readonly offset: SourceOffset | null }[]): Promise<void> | void;
}

/**
 * Writes to a system.
 *
 * Source: org.apache.kafka.connect.sink.SinkTask
 */
export abstract class SinkTask<C = unknown> extends Task<C, SinkTaskContext<C>> {
  /** Writes a batch, never empty. RetriableError: the same batch comes again. Any other error fails the task. */
  abstract put(records: readonly SinkRecord[]): Promise<void> | void;
  /** New partitions; may return where to start in each, where the destination knows. */
  open?(
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<TopicPartition, number> | void> | ReadonlyMap<TopicPartition, number> | void;
  /** Before offsets are committed: makes what was put durable; returns what may be committed (default: all that was delivered). */
  preCommit?(
    delivered: ReadonlyMap<TopicPartition, number>,
  ): Promise<ReadonlyMap<TopicPartition, number>> | ReadonlyMap<TopicPartition, number>;
  /** Partitions that are taken away. */
  close?(partitions: readonly TopicPartition[]): Promise<void> | void;
  /** Called about once a second while no records come. */
  idle?(): Promise<void> | void;
}
