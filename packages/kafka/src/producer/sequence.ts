/** Sequence numbers are 31 bits wide and begin again at 0. Source: DefaultRecordBatch.incrementSequence */
export function addToSequence(sequence: number, count: number): number {
  return (sequence + count) % 2_147_483_648;
}

/** The producer as the broker knows it. */
export interface ProducerIdAndEpoch {
  id: number;
  epoch: number;
}

const none = -1;

/**
 * One partition's place in the idempotent producer's protocol: which sequence number is next, and which is known to be stored.
 * Pure bookkeeping.
 *
 * Source: KIP-98, KIP-360, TransactionManager.TxnPartitionEntry
 */
export class PartitionSequences {
  producer: ProducerIdAndEpoch = { id: none, epoch: none };
  #next = 0;
  #lastAcked = none;
  #unresolvedNext = none;
  /** There is a gap in what the broker has: nothing may be sent until the epoch is bumped and the sequences begin at 0. */
  isBumpNeeded = false;

  /** Reserves the sequence numbers of a batch and returns its first. */
  take(count: number): number {
    const base = this.#next;
    this.#next = addToSequence(base, count);
    return base;
  }

  isStale(current: ProducerIdAndEpoch): boolean {
    return this.producer.id !== current.id || this.producer.epoch !== current.epoch;
  }

  /** Begins at 0 under a new epoch. */
  restart(current: ProducerIdAndEpoch): void {
    this.producer = { ...current };
    this.#next = 0;
    this.#lastAcked = none;
    this.#unresolvedNext = none;
    this.isBumpNeeded = false;
  }

  acked(lastSequence: number): void {
    const ahead = lastSequence - this.#lastAcked;
    // A difference of half the range is the wrap to 0, not an older batch.
    if (this.#lastAcked === none || (ahead > 0 && ahead < 2 ** 30) || ahead < -(2 ** 30)) this.#lastAcked = lastSequence;
  }

  /** Whether a batch was stored under the present epoch. */
  get hasAcked(): boolean {
    return this.#lastAcked !== none;
  }

  /** Whether everything before this sequence is known to be stored. */
  isNextExpected(sequence: number): boolean {
    return sequence === (this.#lastAcked === none ? 0 : addToSequence(this.#lastAcked, 1));
  }

  /** A batch was given up and may or may not be stored: later batches without a sequence wait until that is known. */
  markUnresolved(nextSequence: number): void {
    this.#unresolvedNext = Math.max(this.#unresolvedNext, nextSequence);
  }

  get isUnresolved(): boolean {
    return this.#unresolvedNext !== none;
  }

  /** Whether this sequence follows the batch that was given up: if the broker misses something, it is that batch. */
  followsUnresolved(sequence: number): boolean {
    return sequence === this.#unresolvedNext;
  }

  /** Called when nothing of the partition is in flight: either later batches were stored, so the doubtful one was too, or there is a gap. */
  resolve(): void {
    this.#unresolvedNext = none;
    if (!this.isNextExpected(this.#next)) this.isBumpNeeded = true;
  }
}
