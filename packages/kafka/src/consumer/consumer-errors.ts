import { partitionNames } from './topic-partition.ts';
import type { TopicPartition } from './topic-partition.ts';

class ConsumerError extends Error {
  readonly javaClass: string;
  readonly retriable: boolean;

  constructor(name: string, message: string, options: { javaClass: string; retriable?: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = name;
    this.javaClass = options.javaClass;
    this.retriable = options.retriable ?? false;
  }
}

/** `wakeup()` ended a poll. Nothing was lost: poll again. Source: org.apache.kafka.common.errors.WakeupException */
export class WakeupError extends ConsumerError {
  constructor() {
    super('WakeupError', 'The consumer was woken up', { javaClass: 'org.apache.kafka.common.errors.WakeupException' });
  }
}

/** No committed offset, and `auto.offset.reset=none`: seek. Source: org.apache.kafka.clients.consumer.NoOffsetForPartitionException */
export class NoOffsetForPartitionError extends ConsumerError {
  readonly partitions: readonly TopicPartition[];

  constructor(partitions: readonly TopicPartition[]) {
    super('NoOffsetForPartitionError', `Undefined offset with no reset policy for partitions: ${partitionNames(partitions)}`, {
      javaClass: 'org.apache.kafka.clients.consumer.NoOffsetForPartitionException',
    });
    this.partitions = partitions;
  }
}

/** The position is not in the log (any more), and `auto.offset.reset=none`: seek. Source: org.apache.kafka.clients.consumer.OffsetOutOfRangeException */
export class OffsetOutOfRangeError extends ConsumerError {
  readonly partition: TopicPartition;
  readonly offset: number;

  constructor(partition: TopicPartition, offset: number) {
    const name = partitionNames([partition]);
    super('OffsetOutOfRangeError', `Offsets out of range with no configured reset policy for partitions: ${name} (position ${offset})`, {
      javaClass: 'org.apache.kafka.clients.consumer.OffsetOutOfRangeException',
    });
    this.partition = partition;
    this.offset = offset;
  }
}

/** The group went on without this member: its offsets were not committed, its partitions belong to others. Source: CommitFailedException */
export class CommitFailedError extends ConsumerError {
  constructor(cause?: unknown) {
    const text =
      'Offset commit cannot be completed since the consumer is not part of an active group for auto partition assignment; ' +
      'it is likely that the consumer was kicked out of the group.';
    super('CommitFailedError', text, { javaClass: 'org.apache.kafka.clients.consumer.CommitFailedException', cause });
  }
}

/** The group is changing hands: poll to finish that, then commit again. Source: org.apache.kafka.common.errors.RebalanceInProgressException */
export class CommitRebalanceError extends ConsumerError {
  constructor(cause?: unknown) {
    const text =
      'Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition assignment. ' +
      'You can try completing the rebalance by calling poll() and then retry the operation.';
    super('CommitRebalanceError', text, { javaClass: 'org.apache.kafka.common.errors.RebalanceInProgressException', cause });
  }
}

/** A call took longer than `default.api.timeout.ms`. Source: org.apache.kafka.common.errors.TimeoutException */
export class ConsumerTimeoutError extends ConsumerError {
  constructor(message: string, cause?: unknown) {
    super('ConsumerTimeoutError', message, { javaClass: 'org.apache.kafka.common.errors.TimeoutException', retriable: true, cause });
  }
}

/** The consumer was used in a way that its state does not allow. Source: java.lang.IllegalStateException in KafkaConsumer */
export class ConsumerStateError extends ConsumerError {
  constructor(message: string) {
    super('ConsumerStateError', message, { javaClass: 'java.lang.IllegalStateException' });
  }
}
