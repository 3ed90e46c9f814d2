import type { ProducerBatch } from './producer-batch.ts';
import { PartitionSequences } from './sequence.ts';
import type { ProducerIdAndEpoch } from './sequence.ts';

/** The broker remembers the last five batches of a producer, to know a duplicate. Source: ProducerStateEntry.NUM_BATCHES_TO_RETAIN */
const sequencedBatchesMax = 5;

export interface DrainRules {
  now: number;
  lingerMs: number;
  /** Send open batches before their time: a flush, a close, or memory is short. */
  force: boolean;
  inFlightRequestsMax: number;
  /** Who we are to the broker; null where the producer is not idempotent; 'unknown' while it is being asked. */
  producer: ProducerIdAndEpoch | 'unknown' | null;
}

/**
 * The batches of one partition, in the order of their records, from the first append until the acknowledgement was handed over.
 * A batch that has to be sent again stays in its place, so order is kept by taking the first that waits.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly sequences = new PartitionSequences();
  batches: ProducerBatch[] = [];
  /** Requests under way, also those of batches that were given up meanwhile. */
  onWire = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Nothing to do for the sender here. */
  get isIdle(): boolean {
    return this.batches.length === 0 && this.onWire === 0 && !this.sequences.isBumpNeeded && !this.sequences.isUnresolved;
  }

  last(): ProducerBatch | null {
    return this.batches[this.batches.length - 1] ?? null;
  }

  /** The time at which the next batch may go, as far as it depends on the clock: now or earlier means at once. `Infinity`: nothing waits. */
  readyAtMs(rules: DrainRules): number {
    const batch = this.#firstPending();
    if (batch === null) return Infinity;
    if (batch.state === 'open') return rules.force ? 0 : batch.createdMs + rules.lingerMs;
    return batch.retryAtMs;
  }

  /** The batch to send now, or null. Does not change anything. */
  next(rules: DrainRules): ProducerBatch | null {
    const batch = this.#firstPending();
    if (batch === null || this.readyAtMs(rules) > rules.now) return null;
    // Invariant: with one request in flight, a partition has one batch in flight, also across a change of leader.
    if (rules.inFlightRequestsMax === 1 && this.onWire > 0) return null;
    return rules.producer === null || this.#mayGoWithSequence(batch, rules) ? batch : null;
  }

  /** Source: RecordAccumulator.shouldStopDrainBatchesForPartition */
  #mayGoWithSequence(batch: ProducerBatch, rules: DrainRules): boolean {
    const producer = rules.producer;
    if (producer === null || producer === 'unknown' || this.sequences.isBumpNeeded) return false;
    if (batch.hasSequence) {
      // Invariant: a batch is sent again only when all before it are answered, so nothing overtakes it.
      return this.onWire === 0 && this.#firstUnfinished() === batch;
    }
    if (this.sequences.isUnresolved || this.#windowSize() >= this.#windowMax(rules)) return false;
    return !this.sequences.isStale(producer) || (!this.#hasSequenced() && this.onWire === 0);
  }

  #firstPending(): ProducerBatch | null {
    for (const batch of this.batches) if (batch.isPending) return batch;
    return null;
  }

  #firstUnfinished(): ProducerBatch | null {
    for (const batch of this.batches) if (batch.state !== 'done') return batch;
    return null;
  }

  /**
   * Batches sent since the first that is not finished, finished ones among them. Invariant: no more than the broker remembers, else it would
   * not know the first for a duplicate when its answer got lost, because a moved leader acknowledged later ones meanwhile.
   */
  #windowSize(): number {
    let count = 0;
    for (const batch of this.batches) if (batch.hasSequence) count += 1;
    return count;
  }

  /**
   * A broker that has nothing of a producer yet takes any sequence for its first (KIP-360). So the first batch goes alone, else a second could
   * be stored before it, through another leader.
   */
  #windowMax(rules: DrainRules): number {
    return this.sequences.hasAcked ? Math.min(sequencedBatchesMax, rules.inFlightRequestsMax) : 1;
  }

  #hasSequenced(): boolean {
    return this.batches.some((batch) => batch.state !== 'done' && batch.hasSequence);
  }

  /** Marks the batch as sent, with a sequence where it has none yet. */
  take(batch: ProducerBatch, producer: ProducerIdAndEpoch | null): void {
    if (producer !== null && !batch.hasSequence) {
      if (this.sequences.isStale(producer)) this.sequences.restart(producer);
      batch.setSequence(producer, this.sequences.take(batch.recordCount));
    }
    batch.state = 'sent';
    batch.attempts += 1;
    this.onWire += 1;
  }

  /** Once nothing is in flight, settles what became of batches that were given up. Source: TransactionManager.maybeResolveSequences */
  resolveSequences(): void {
    if (this.sequences.isUnresolved && this.onWire === 0 && !this.#hasSequenced()) this.sequences.resolve();
  }

  /** Whether the sequences can begin anew: every request is answered, so none can still be stored under the old ones. */
  get canRestartSequences(): boolean {
    return this.sequences.isBumpNeeded && this.onWire === 0;
  }

  /** Gives the batches that still have to be sent again their sequences under the new epoch, from 0. Source: TxnPartitionEntry.startSequencesAtBeginning */
  restartSequences(producer: ProducerIdAndEpoch): void {
    this.sequences.restart(producer);
    for (const batch of this.batches) {
      if (batch.state === 'done' || !batch.hasSequence) continue;
      batch.setSequence(producer, this.sequences.take(batch.recordCount));
    }
  }

  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    this.batches.splice(this.batches.indexOf(batch), 1, ...parts);
  }

  /** Takes the finished batches from the head: acknowledgements are handed over in the order of the records. */
  takeFinished(): ProducerBatch[] {
    let count = 0;
    while (this.batches[count]?.state === 'done') count += 1;
    return count === 0 ? [] : this.batches.splice(0, count);
  }
}
