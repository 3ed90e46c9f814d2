import { encodeOffsetKey, encodeOffsetValue } from './offset-records.ts';
import type { CommittedOffset } from './offset-records.ts';
import type { OffsetsRecord } from './offsets-log.ts';

export interface PartitionOffset {
  topic: string;
  partition: number;
  offset: CommittedOffset;
}

/** The offsets that the groups have committed, in memory. */
export class CommittedOffsets {
  /** By group, then by topic, then by partition. */
  readonly #groups = new Map<string, Map<string, Map<number, CommittedOffset>>>();

  groupIds(): Iterable<string> {
    return this.#groups.keys();
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | null {
    return this.#groups.get(groupId)?.get(topic)?.get(partition) ?? null;
  }

  /** All offsets of a group. */
  *of(groupId: string): Generator<PartitionOffset> {
    for (const [topic, partitions] of this.#groups.get(groupId) ?? []) {
      for (const [partition, offset] of partitions) yield { topic, partition, offset };
    }
  }

  set(groupId: string, topic: string, partition: number, offset: CommittedOffset): void {
    let topics = this.#groups.get(groupId);
    if (topics === undefined) this.#groups.set(groupId, (topics = new Map()));
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = new Map()));
    partitions.set(partition, offset);
  }

  delete(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId);
    const partitions = topics?.get(topic);
    if (topics === undefined || partitions === undefined) return;
    partitions.delete(partition);
    if (partitions.size === 0) topics.delete(topic);
    if (topics.size === 0) this.#groups.delete(groupId);
  }

  /** Every offset as a record of __consumer_offsets. */
  *records(): Generator<OffsetsRecord> {
    for (const groupId of this.#groups.keys()) {
      for (const { topic, partition, offset } of this.of(groupId))
        yield { key: encodeOffsetKey(groupId, topic, partition), value: encodeOffsetValue(offset) };
    }
  }
}
