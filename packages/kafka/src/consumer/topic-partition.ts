export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition's name as in Kafka's logs, `topic-0`, which is also its key in maps: unique, because the number is behind the last hyphen. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

/** As Java prints a collection of partitions: `[a-0, a-1]`. */
export function partitionNames(partitions: Iterable<TopicPartition>): string {
  return `[${[...partitions].map(partitionKey).join(', ')}]`;
}

/** Groups by topic, for requests. */
export function byTopic<T extends TopicPartition>(partitions: Iterable<T>): Map<string, T[]> {
  const topics = new Map<string, T[]>();
  for (const each of partitions) {
    const known = topics.get(each.topic);
    if (known === undefined) topics.set(each.topic, [each]);
    else known.push(each);
  }
  return topics;
}
