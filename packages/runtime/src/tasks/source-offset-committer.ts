import type { Logger } from '@sluice/api';
import type { Clock } from './clock.ts';
import { canonicalText, type CommittableOffset, type SubmittedRecords } from './submitted-records.ts';
import type { OffsetStorage } from './surroundings.ts';

/**
 * Writes what may be committed to the offset storage, never two writes at once: an earlier one that is late must not overtake.
 * A write that fails or takes longer than `offset.flush.timeout.ms` is logged and its offsets come again with the next commit.
 *
 * Source: org.apache.kafka.connect.runtime.WorkerSourceTask.commitOffsets, OffsetStorageWriter
 */
export class SourceOffsetCommitter {
  readonly #submitted: SubmittedRecords;
  readonly #storage: OffsetStorage;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #log: Logger;
  /** What is to be written, the newest of each source partition. */
  readonly #pending = new Map<string, CommittableOffset>();
  /** What was stored since somebody asked; a write that came in late is told with the next commit. */
  #stored: CommittableOffset[] = [];
  #writing: Promise<boolean> | null = null;

  constructor(options: {
    readonly submitted: SubmittedRecords;
    readonly storage: OffsetStorage;
    readonly clock: Clock;
    /** `offset.flush.timeout.ms` */
    readonly timeoutMs: number;
    readonly log: Logger;
  }) {
    this.#submitted = options.submitted;
    this.#storage = options.storage;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    this.#log = options.log;
  }

  /**
   * Commits what is acknowledged.
   *
   * @returns the offsets that became durable since the last commit (none where there was nothing to write), or null where the commit failed.
   */
  async commit(): Promise<readonly CommittableOffset[] | null> {
    const deadline = this.#clock.now() + this.#timeoutMs;
    for (const entry of this.#submitted.takeCommittable()) this.#pending.set(canonicalText(entry.partition), entry);
    if (this.#writing !== null && (await this.#within(this.#writing, deadline)) === null) return this.#tooLate();
    if (this.#pending.size > 0) {
      const entries = [...this.#pending.values()];
      this.#pending.clear();
      this.#writing = this.#write(entries);
      const written = await this.#within(this.#writing, deadline);
      if (written === null) return this.#tooLate();
      if (!written) return null;
    }
    const stored = this.#stored;
    this.#stored = [];
    return stored;
  }

  async #write(entries: readonly CommittableOffset[]): Promise<boolean> {
    try {
      await this.#storage.write(entries);
      this.#stored.push(...entries);
      return true;
    } catch (error) {
      this.#log.error('Failed to commit offsets, they will be written with the next commit', error);
      this.#putBack(entries);
      return false;
    } finally {
      this.#writing = null;
    }
  }

  /** A failed write's offsets come again, except where there is a newer one. */
  #putBack(entries: readonly CommittableOffset[]): void {
    for (const entry of entries) {
      const key = canonicalText(entry.partition);
      if (!this.#pending.has(key)) this.#pending.set(key, entry);
    }
  }

  #tooLate(): null {
    this.#log.error(`Failed to commit offsets within ${this.#timeoutMs} ms (offset.flush.timeout.ms)`);
    return null;
  }

  /** The result, or null where the deadline comes first. */
  async #within(work: Promise<boolean>, deadline: number): Promise<boolean | null> {
    const done = new AbortController();
    const tooLate = this.#clock.sleep(deadline - this.#clock.now(), done.signal).then(() => null);
    try {
      return await Promise.race([work, tooLate]);
    } finally {
      done.abort();
    }
  }
}
