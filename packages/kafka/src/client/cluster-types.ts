export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface PartitionMetadata {
  readonly partition: number;
  /** Node id, -1 while there is none. */
  readonly leader: number;
  /** -1 where the broker does not say. */
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

export interface TopicMetadata {
  readonly name: string;
  /** Base64url as in Kafka's tools, `null` from a broker without topic ids. */
  readonly topicId: string | null;
  readonly isInternal: boolean;
  /** By partition number, without holes. */
  readonly partitions: readonly PartitionMetadata[];
}

export interface EnsureOptions {
  signal?: AbortSignal | undefined;
  /** Default: `max.block.ms` of a producer, `default.api.timeout.ms` of the others. */
  timeoutMs?: number | undefined;
  /** Whether asking may create the topic on a broker with `auto.create.topics.enable`. Default: true for a producer, `allow.auto.create.topics` for a consumer, false for an admin client. */
  allowAutoCreate?: boolean | undefined;
}
