import { ConnectError, RetriableError } from '@sluice/api';
import type { Clock } from './clock.ts';
import type { ErrorReporter, FailedRecord } from './error-report.ts';
import type { Outcome, StageFailure } from './stage.ts';

/** `errors.*` of a connector. */
export interface ErrorHandling {
  /** `errors.retry.timeout`: how long a stage that says RetriableError is tried again; 0 not at all, negative for ever. */
  readonly retryTimeoutMs: number;
  /** `errors.retry.delay.max.ms` */
  readonly retryDelayMaxMs: number;
  readonly tolerance: 'none' | 'all';
}

/** A pipeline that stands at a failed stage. */
export interface Retryable {
  readonly failure: StageFailure | null;
  retry(): Promise<Outcome>;
}

const RETRY_DELAY_MIN_MS = 300;

/**
 * What happens to a record whose stage failed: it is tried again, reported, and tolerated or not.
 *
 * Differs from Java where Java loses records: a RetriableError whose retries have run out is a failure like any other (Java drops the
 * record in silence even with `errors.tolerance=none`), and a stop during the retries gives up the batch, not the record.
 *
 * Source: KIP-298, org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator
 */
export class RetryWithToleranceOperator {
  readonly #handling: ErrorHandling;
  readonly #reporters: readonly ErrorReporter[];
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  readonly #random: () => number;
  readonly #reports = new Set<Promise<void>>();
  #lost: { readonly problem: unknown } | null = null;

  /** `stopping` ends the waits between retries. */
  constructor(options: {
    readonly handling: ErrorHandling;
    readonly reporters: readonly ErrorReporter[];
    readonly clock: Clock;
    readonly stopping: AbortSignal;
    readonly random?: () => number;
  }) {
    this.#handling = options.handling;
    this.#reporters = options.reporters;
    this.#clock = options.clock;
    this.#stopping = options.stopping;
    this.#random = options.random ?? Math.random;
  }

  get isTolerant(): boolean {
    return this.#handling.tolerance === 'all';
  }

  /** Whether {@link recover} would wait and try again; where not, {@link fail} says all there is to say at once. */
  isRetried(error: unknown): boolean {
    return error instanceof RetriableError && this.#handling.retryTimeoutMs !== 0;
  }

  /**
   * Tries the failed stage again until it works, fails otherwise or its time is over.
   *
   * @returns what became of the record; `dropped` where it failed and that is tolerated.
   * @throws ConnectError where it failed and that is not tolerated, or where the task is stopped meanwhile.
   */
  async recover(pipeline: Retryable, record: () => FailedRecord): Promise<Outcome> {
    const { retryTimeoutMs } = this.#handling;
    const deadline = retryTimeoutMs < 0 ? Infinity : this.#clock.now() + retryTimeoutMs;
    for (let attempt = 1; this.isRetried(pipeline.failure!.error) && this.#clock.now() < deadline; attempt++) {
      const delay = Math.min(this.#delay(attempt, pipeline.failure!.error), deadline - this.#clock.now());
      await this.#clock.sleep(delay, this.#stopping);
      // Given up here, the record would be lost without having had its retries; thrown, it is read again after the restart.
      if (this.#stopping.aborted)
        throw new ConnectError('The task was stopped while a record was to be tried again', { cause: pipeline.failure!.error });
      const outcome = await pipeline.retry();
      if (outcome !== 'failed') return outcome;
    }
    this.fail(pipeline.failure!, record());
    return 'dropped';
  }

  /** Reports a record that is given up. @throws ConnectError `Tolerance exceeded in error handler` where that is not tolerated. */
  fail(failure: StageFailure, record: FailedRecord): void {
    this.report(failure, record);
    if (!this.isTolerant) throw new ConnectError('Tolerance exceeded in error handler', { cause: failure.error });
  }

  /** Tells all reporters. */
  report({ stage, error }: StageFailure, record: FailedRecord): void {
    for (const reporter of this.#reporters) {
      const done = reporter.report({ stage, error, record });
      if (done === undefined) continue;
      this.#reports.add(done);
      done.then(
        () => this.#reports.delete(done),
        (problem: unknown) => {
          this.#reports.delete(done);
          this.#lost ??= { problem };
        },
      );
    }
  }

  /** Resolves when every report made so far is stored; offsets are committed after that. Rejects where one could not be stored. */
  async drain(): Promise<void> {
    if (this.#reports.size > 0) await Promise.allSettled(this.#reports);
    // Invariant: the offset of a record whose report is lost is not committed.
    if (this.#lost !== null)
      throw new ConnectError('A record that could not be handled could not be reported either', { cause: this.#lost.problem });
  }

  async close(): Promise<void> {
    for (const reporter of this.#reporters) await reporter.close?.();
  }

  /** 300 ms, doubled with each attempt; above the limit anything below it, so that many tasks do not come back at one moment. */
  #delay(attempt: number, error: unknown): number {
    if (error instanceof RetriableError && error.afterMs !== undefined) return error.afterMs;
    const delay = RETRY_DELAY_MIN_MS * 2 ** (attempt - 1);
    return delay > this.#handling.retryDelayMaxMs ? this.#random() * this.#handling.retryDelayMaxMs : delay;
  }
}
