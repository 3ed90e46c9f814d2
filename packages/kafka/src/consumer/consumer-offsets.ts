import { KafkaConfigError, messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import type { ConsumerClient } from './consumer-client.ts';
import type { ConsumerConfig } from './consumer-config.ts';
import { CommitFailedError, CommitRebalanceError } from './consumer-errors.ts';
import type { GroupCoordinatorCalls } from './group-coordinator-calls.ts';
import type { GroupMembership } from './group-membership.ts';
import { commitOffsets, fetchCommittedOffsets } from './group-offsets.ts';
import type { CommitIdentity, CommittedOffset } from './group-offsets.ts';
import { lookUpOffsets } from './offset-lookup.ts';
import type { PartitionStates } from './partition-state.ts';
import { retrying } from './retrying.ts';
import { partitionKey } from './topic-partition.ts';
import type { TopicPartition } from './topic-partition.ts';

export interface ConsumerOffsetsOptions {
  client: ConsumerClient;
  config: ConsumerConfig;
  /** Null without a group. */
  calls: GroupCoordinatorCalls | null;
  partitions: PartitionStates;
  membership: () => GroupMembership | null;
  log: KafkaLog;
  now: () => number;
  random: () => number;
  /** Ends every call when the consumer closes. */
  signal: AbortSignal;
}

const groupIdMissing =
  'To use the group management or offset commit APIs, you must provide a valid group.id in the consumer configuration.';

export function missingGroupId(): KafkaConfigError {
  return new KafkaConfigError(groupIdMissing, 'group.id');
}

/** What a consumer says and asks about offsets, with retries up to `default.api.timeout.ms`. */
export class ConsumerOffsets {
  readonly #options: ConsumerOffsetsOptions;
  #autoCommitAtMs: number;

  constructor(options: ConsumerOffsetsOptions) {
    this.#options = options;
    this.#autoCommitAtMs = options.now() + options.config.autoCommitIntervalMs;
  }

  async commit(offsets: readonly CommittedOffset[], signal?: AbortSignal): Promise<void> {
    const calls = this.#groupCalls();
    if (offsets.length === 0) return;
    const signals = this.#signals(signal);
    const attempt = (): Promise<void> => commitOffsets(calls, this.#identity(), offsets, signals);
    try {
      await retrying(attempt, {
        ...this.#options,
        signal: signals,
        what: `successfully committing offsets of ${offsets.length} partitions`,
      });
    } catch (error) {
      if (error instanceof CommitRebalanceError)
        this.#options.membership()?.requestRejoin('offset commit failed since group is already rebalancing');
      throw error;
    }
  }

  async committed(partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<CommittedOffset[]> {
    const calls = this.#groupCalls();
    const { isReadCommitted, groupId } = this.#options.config;
    const options = { isReadCommitted, signal: this.#signals(signal) };
    const attempt = (): Promise<CommittedOffset[]> => fetchCommittedOffsets(calls, groupId ?? '', partitions, options);
    return retrying(attempt, { ...this.#options, signal: options.signal, what: 'the committed offsets could be determined' });
  }

  /** The offset at a timestamp in each partition, by `topic-partition`. */
  async lookUp(
    partitions: readonly TopicPartition[],
    { timestamp, isReadCommitted, signal }: { timestamp: number; isReadCommitted: boolean; signal: AbortSignal | undefined },
  ): Promise<Map<string, number>> {
    const { client, config } = this.#options;
    const found = new Map<string, number>();
    const options = { isReadCommitted, timeoutMs: config.requestTimeoutMs, signal: this.#signals(signal) };
    const attempt = async (): Promise<void> => {
      const missing = partitions.filter((each) => !found.has(partitionKey(each)));
      const queries = missing.map(({ topic, partition }) => ({ topic, partition, timestamp }));
      for (const answer of await lookUpOffsets(client, queries, options)) found.set(partitionKey(answer), answer.offset);
      if (found.size < partitions.length) throw new LeaderUnknown();
    };
    await retrying(attempt, { ...this.#options, signal: options.signal, what: 'the offsets could be determined' });
    return found;
  }

  /** With `enable.auto.commit`, starts a commit every `auto.commit.interval.ms`. */
  autoCommitWhenDue(): void {
    const { config, now } = this.#options;
    if (!config.isAutoCommit || now() < this.#autoCommitAtMs) return;
    this.#autoCommitAtMs = now() + config.autoCommitIntervalMs;
    void this.autoCommit();
  }

  /** With `enable.auto.commit`, commits what poll returned before: it counts as done. A failure is only logged, as in Java. */
  async autoCommit(): Promise<void> {
    if (!this.#options.config.isAutoCommit) return;
    const offsets: CommittedOffset[] = [];
    for (const { topic, partition, position } of this.#options.partitions.all()) {
      if (position !== null) offsets.push({ topic, partition, offset: position });
    }
    await this.commit(offsets).catch((error: unknown) => {
      if (!this.#options.signal.aborted) this.#options.log.warn(`Auto-commit of offsets failed: ${messageOf(error)}`);
    });
  }

  #groupCalls(): GroupCoordinatorCalls {
    if (this.#options.calls === null) throw missingGroupId();
    return this.#options.calls;
  }

  #identity(): CommitIdentity {
    const membership = this.#options.membership();
    if (membership === null) return { groupId: this.#options.config.groupId ?? '', generation: -1, memberId: '', groupInstanceId: null };
    const identity = membership.commitIdentity();
    if (identity !== null) return identity;
    throw membership.state === 'joining' ? new CommitRebalanceError() : new CommitFailedError();
  }

  #signals(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#options.signal : AbortSignal.any([this.#options.signal, signal]);
  }
}

/** Only to be tried again. */
class LeaderUnknown extends Error {
  readonly retriable: boolean = true;

  constructor() {
    super('The leader of a partition is not known');
  }
}
