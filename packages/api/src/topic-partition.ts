const interned = new Map<string, Map<number, TopicPartition>>();

/**
 * A partition of a topic. There is one object for each partition in a thread, so it works as a `Map` key
 * and `===` compares it. Get it with {@link TopicPartition.of}; a literal of the same shape is not one.
 */
export class TopicPartition {
  readonly topic: string;
  readonly partition: number;
  // Without a private member a literal of the same shape would type-check and never match as a key.
  // eslint-disable-next-line no-unused-private-class-members -- it is asked for with `in`
  readonly #canonical = true;

  private constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  static of(topic: string, partition: number): TopicPartition {
    let partitions = interned.get(topic);
    if (partitions === undefined) interned.set(topic, (partitions = new Map()));
    let found = partitions.get(partition);
    if (found === undefined) partitions.set(partition, (found = new TopicPartition(topic, partition)));
    return found;
  }

  /** `topic-partition`, as Kafka writes it. */
  toString(): string {
    return `${this.topic}-${this.partition}`;
  }

  static is(value: unknown): value is TopicPartition {
    return typeof value === 'object' && value !== null && #canonical in value;
  }
}
