import { TopicPartition } from '@sluice/api';
import type { PartitionOffset } from './surroundings.ts';

/**
 * What a sink task has read, delivered and committed, for each partition it owns. All are Kafka's next offsets: the one after the last record.
 *
 * Source: org.apache.kafka.connect.runtime.WorkerSinkTask (lastCommittedOffsets, currentOffsets, origOffsets)
 */
export class SinkOffsets {
  readonly #committed = new Map<TopicPartition, number>();
  /** After the last batch that `put()` took. */
  readonly #delivered = new Map<TopicPartition, number>();
  /** After the batch that is being delivered; dropped records count. */
  readonly #read = new Map<TopicPartition, number>();

  /** The partitions owned. */
  partitions(): readonly TopicPartition[] {
    return [...this.#committed.keys()];
  }

  /** Takes a partition (or a new position in it, after a seek). */
  start(partition: TopicPartition, offset: number): void {
    this.#committed.set(partition, offset);
    this.#delivered.set(partition, offset);
    this.#read.delete(partition);
  }

  read(partition: TopicPartition, nextOffset: number): void {
    this.#read.set(partition, nextOffset);
  }

  /** `put()` took the batch. */
  deliver(): void {
    for (const [partition, offset] of this.#read) this.#delivered.set(partition, offset);
    this.#read.clear();
  }

  /** What has been delivered of these partitions. */
  delivered(partitions: readonly TopicPartition[]): Map<TopicPartition, number> {
    const found = new Map<TopicPartition, number>();
    for (const partition of partitions) {
      const offset = this.#delivered.get(partition);
      if (offset !== undefined) found.set(partition, offset);
    }
    return found;
  }

  /** Goes back to what is committed: everything after it will be read again. Returns where to. */
  rewind(): PartitionOffset[] {
    this.#read.clear();
    const positions: PartitionOffset[] = [];
    for (const [partition, offset] of this.#committed) {
      this.#delivered.set(partition, offset);
      positions.push({ topic: partition.topic, partition: partition.partition, offset });
    }
    return positions;
  }

  forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#committed.delete(partition);
      this.#delivered.delete(partition);
      this.#read.delete(partition);
    }
  }

  /**
   * What is to be committed of these partitions, given what the task allows; null where that is nothing new. What the task may not say (a
   * partition it does not own, an offset beyond what was delivered) is left out and told to `ignored`.
   */
  committable(
    partitions: readonly TopicPartition[],
    allowed: ReadonlyMap<TopicPartition, number>,
    ignored: (partition: TopicPartition, why: string) => void,
  ): PartitionOffset[] | null {
    const offsets = new Map<TopicPartition, number>();
    for (const partition of partitions) {
      const offset = this.#committed.get(partition);
      if (offset !== undefined) offsets.set(partition, offset);
    }
    let isNew = false;
    for (const [partition, offset] of allowed) {
      const committed = offsets.get(partition);
      const delivered = this.#delivered.get(partition);
      if (committed === undefined || delivered === undefined) ignored(partition, 'the partition is not assigned to the task');
      else if (!Number.isSafeInteger(offset) || offset < 0) ignored(partition, `${String(offset)} is not an offset`);
      // Invariant: no offset is committed beyond what put() took.
      else if (offset > delivered) ignored(partition, `offset ${offset} is beyond ${delivered}, up to which records were delivered`);
      else {
        isNew ||= offset !== committed;
        offsets.set(partition, offset);
      }
    }
    if (!isNew) return null;
    return Array.from(offsets, ([{ topic, partition }, offset]) => ({ topic, partition, offset }));
  }

  /** The broker has stored these; those of partitions that are gone meanwhile are ignored. */
  commit(offsets: readonly PartitionOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      const key = TopicPartition.of(topic, partition);
      if (this.#committed.has(key)) this.#committed.set(key, offset);
    }
  }
}
