import { ConsumerStateError } from './consumer-errors.ts';
import type { OffsetReset } from './offset-reset.ts';
import { partitionKey } from './topic-partition.ts';
import type { TopicPartition } from './topic-partition.ts';

/** One assigned partition: where its reader is. */
export class PartitionState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next record to hand out; null while not known. */
  position: number | null = null;
  /** Offset of the next record to fetch: the position, plus what is buffered. */
  fetchOffset = -1;
  isPaused = false;
  /** Set where the position has to be looked up by policy instead of the committed offset. */
  reset: OffsetReset | null = null;
  /** A request for it is under way: no second one, so nothing is fetched twice. */
  isFetching = false;
  retryAtMs = 0;
  failures = 0;
  /** Changes whenever what was fetched, or asked, before must not count any more. */
  version = 0;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Sets the position; what was buffered is dropped. */
  seek(offset: number): void {
    this.position = offset;
    this.reset = null;
    this.dropBuffered();
  }

  requestReset(reset: OffsetReset): void {
    this.position = null;
    this.reset = reset;
    this.dropBuffered();
  }

  dropBuffered(): void {
    this.version += 1;
    this.fetchOffset = this.position ?? -1;
    this.failures = 0;
    this.retryAtMs = 0;
  }
}

/** The assigned partitions. Source: SubscriptionState */
export class PartitionStates {
  readonly #states = new Map<string, PartitionState>();

  get size(): number {
    return this.#states.size;
  }

  all(): IterableIterator<PartitionState> {
    return this.#states.values();
  }

  list(): TopicPartition[] {
    return Array.from(this.#states.values(), ({ topic, partition }) => ({ topic, partition }));
  }

  find(partition: TopicPartition): PartitionState | null {
    return this.#states.get(partitionKey(partition)) ?? null;
  }

  /** Throws for a partition that is not assigned. */
  get(partition: TopicPartition): PartitionState {
    const state = this.find(partition);
    if (state === null) throw new ConsumerStateError(`No current assignment for partition ${partitionKey(partition)}`);
    return state;
  }

  has(state: PartitionState): boolean {
    return this.#states.get(partitionKey(state)) === state;
  }

  add(partitions: Iterable<TopicPartition>): void {
    for (const each of partitions) if (this.find(each) === null) this.#states.set(partitionKey(each), new PartitionState(each));
  }

  remove(partitions: Iterable<TopicPartition>): void {
    for (const each of partitions) this.#states.delete(partitionKey(each));
  }

  clear(): void {
    this.#states.clear();
  }

  /** Puts a partition last, so that the others come first in the next request. */
  moveToEnd(state: PartitionState): void {
    const key = partitionKey(state);
    if (this.#states.delete(key)) this.#states.set(key, state);
  }
}
