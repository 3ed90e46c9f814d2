import type { Logger, SinkTask, TopicPartition } from '@sluice/api';
import type { Clock } from './clock.ts';
import type { SinkOffsets } from './sink-offsets.ts';
import type { PartitionOffset, TaskConsumer } from './surroundings.ts';

export interface SinkCommitterOptions {
  readonly offsets: SinkOffsets;
  readonly consumer: Pick<TaskConsumer, 'commit' | 'seek'>;
  readonly task: () => Pick<SinkTask, 'preCommit' | 'close'>;
  /** Resolves when every record reported so far is stored. */
  readonly drainReports: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  /** `offset.flush.timeout.ms` */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks the task what may be committed and commits it: beside the loop while it runs, and waited for when partitions go.
 *
 * Source: org.apache.kafka.connect.runtime.WorkerSinkTask.commitOffsets
 */
export class SinkCommitter {
  readonly #options: SinkCommitterOptions;
  /** Counts commits, so that the answer to one that was given up is known as late. */
  #sequence = 0;
  #startedAt: number | null = null;

  constructor(options: SinkCommitterOptions) {
    this.#options = options;
  }

  /** Whether an answer is awaited. */
  get isCommitting(): boolean {
    return this.#startedAt !== null;
  }

  /**
   * Starts a commit; its answer is not waited for. `rewound` where `preCommit` failed: everything after the last commit is read again then.
   */
  async commit(partitions: readonly TopicPartition[]): Promise<'started' | 'nothing' | 'rewound'> {
    const { offsets, task, log, consumer, clock, signal } = this.#options;
    await this.#options.drainReports();
    const delivered = offsets.delivered(partitions);
    if (delivered.size === 0) return 'nothing';
    let allowed: ReadonlyMap<TopicPartition, number>;
    try {
      allowed = (await task().preCommit?.(delivered)) ?? delivered;
    } catch (error) {
      log.error('Offset commit failed, rewinding to last committed offsets', error);
      for (const position of offsets.rewind()) consumer.seek(position, position.offset);
      return 'rewound';
    }
    const committable = this.#committable(partitions, allowed);
    if (committable === null) return 'nothing';
    const sequence = ++this.#sequence;
    this.#startedAt = clock.now();
    consumer.commit(committable, signal).then(
      () => this.#onAnswer(sequence, committable, null),
      (error: unknown) => this.#onAnswer(sequence, committable, { error }),
    );
    return 'started';
  }

  /** A commit that takes longer than `offset.flush.timeout.ms` is no longer waited for. */
  giveUpLate(): void {
    const { clock, timeoutMs, log } = this.#options;
    if (this.#startedAt === null || clock.now() - this.#startedAt < timeoutMs) return;
    log.warn(`Commit of offsets timed out after ${timeoutMs} ms (offset.flush.timeout.ms)`);
    this.#startedAt = null;
    this.#sequence++;
  }

  #onAnswer(sequence: number, committed: readonly PartitionOffset[], failure: { readonly error: unknown } | null): void {
    const { offsets, log, signal } = this.#options;
    if (sequence !== this.#sequence) return log.debug('Got the answer to a commit that had timed out');
    this.#startedAt = null;
    if (failure === null) offsets.commit(committed);
    else if (!signal.aborted) log.error('Commit of offsets threw an unexpected exception', failure.error);
  }

  /** The last commit of partitions that go: preCommit, close, then a commit that is waited for. Only `close` can throw. */
  async commitAndClose(partitions: readonly TopicPartition[]): Promise<void> {
    const { offsets, task, log, consumer, signal } = this.#options;
    const delivered = offsets.delivered(partitions);
    if (delivered.size === 0) return;
    // The answer to a commit that is under way would come too late to matter.
    this.#sequence++;
    this.#startedAt = null;
    let allowed: ReadonlyMap<TopicPartition, number> = new Map();
    try {
      await this.#options.drainReports();
      allowed = (await task().preCommit?.(delivered)) ?? delivered;
    } catch (error) {
      log.warn('Offset commit failed during close; the records will be delivered again', error);
    }
    try {
      await task().close?.(partitions);
    } finally {
      const committable = this.#committable(partitions, allowed);
      if (committable !== null && !signal.aborted) {
        await consumer
          .commit(committable, signal)
          .then(() => offsets.commit(committable))
          .catch((error: unknown) => log.warn('Offset commit failed during close; the records will be delivered again', error));
      }
    }
  }

  #committable(partitions: readonly TopicPartition[], allowed: ReadonlyMap<TopicPartition, number>): PartitionOffset[] | null {
    return this.#options.offsets.committable(partitions, allowed, (partition, why) =>
      this.#options.log.warn(`Ignoring the offset that preCommit() returned for ${String(partition)}: ${why}`),
    );
  }
}
