import type { KafkaLog } from '../log.ts';
import type { RebalanceProtocol } from './assignors/assignor.ts';
import type { GroupMembership, JoinedGroup } from './group-membership.ts';
import type { PartitionStates } from './partition-state.ts';
import { partitionKey, partitionNames } from './topic-partition.ts';
import type { TopicPartition } from './topic-partition.ts';

/** Told inside `poll` and `close` what partitions come and go; commits are possible in `onRevoked`. */
export interface RebalanceListener {
  onAssigned(partitions: readonly TopicPartition[]): Promise<void> | void;
  onRevoked(partitions: readonly TopicPartition[]): Promise<void> | void;
  /** They may already belong to others: nothing can be committed. */
  onLost(partitions: readonly TopicPartition[]): Promise<void> | void;
}

export interface RebalancerOptions {
  membership: GroupMembership;
  partitions: PartitionStates;
  protocol: RebalanceProtocol;
  listener: RebalanceListener;
  log: KafkaLog;
  topics: () => readonly string[];
  /** Before partitions are given up. */
  beforeRevoke: () => Promise<void>;
  /** Finds the positions of new partitions, so that the listener can ask for them. */
  beforeAssigned: () => Promise<void>;
}

/**
 * Takes what happened to the membership and carries it over to the assigned partitions, with the listener's callbacks. An error of a callback comes out when
 * the step is complete. Source: ConsumerCoordinator.onJoinPrepare and onJoinComplete, KIP-429
 */
export class Rebalancer {
  readonly #options: RebalancerOptions;
  /** The generation in which the owned partitions came. */
  #generation = -1;
  #joinedTopics: readonly string[] = [];

  constructor(options: RebalancerOptions) {
    this.#options = options;
  }

  /** One step, as often as poll comes by. */
  async step(): Promise<void> {
    const { membership, topics } = this.#options;
    if (membership.isLost) await this.#lose();
    const error = membership.takeError();
    if (error !== null) throw error;
    const joined = membership.takeJoined();
    if (joined !== null) await this.#complete(joined);
    if (membership.state === 'stable' && !isSameSet(this.#joinedTopics, topics()))
      membership.requestRejoin('the subscribed topics have changed');
    if (membership.isRejoinNeeded && membership.state !== 'joining') await this.#join();
  }

  async #lose(): Promise<void> {
    const { membership, partitions, listener, log } = this.#options;
    const lost = partitions.list();
    membership.isLost = false;
    membership.takeJoined();
    this.#generation = -1;
    partitions.clear();
    if (lost.length === 0) return;
    log.info(`Lost previously assigned partitions ${partitionNames(lost)}`);
    await listener.onLost(lost);
  }

  async #join(): Promise<void> {
    const { membership, partitions, protocol, topics } = this.#options;
    const subscribed = [...topics()];
    const owned = partitions.list();
    const given = protocol === 'eager' ? owned : owned.filter(({ topic }) => !subscribed.includes(topic));
    let failure: unknown = null;
    try {
      if (given.length > 0) await this.#revoke(given);
    } catch (error) {
      failure = error;
    }
    // A callback may take so long that the group gives us up.
    if (!membership.isLost) {
      this.#joinedTopics = subscribed;
      // An eager member has given up what it owned, and tells of it all the same: sticky assignors go by that.
      membership.join({ topics: subscribed, owned: protocol === 'eager' ? owned : partitions.list(), generation: this.#generation });
    }
    if (failure !== null) throw failure;
  }

  async #revoke(revoked: readonly TopicPartition[]): Promise<void> {
    const { partitions, listener, log, beforeRevoke } = this.#options;
    log.info(`Revoke previously assigned partitions ${partitionNames(revoked)}`);
    try {
      await beforeRevoke();
      await listener.onRevoked(revoked);
    } finally {
      partitions.remove(revoked);
    }
  }

  async #complete(joined: JoinedGroup): Promise<void> {
    const { membership, partitions, listener, log, beforeAssigned } = this.#options;
    this.#generation = joined.generation;
    const wanted = new Set(joined.assigned.map(partitionKey));
    const revoked = partitions.list().filter((each) => !wanted.has(partitionKey(each)));
    const added = joined.assigned.filter((each) => partitions.find(each) === null);
    let failure: unknown = null;
    if (revoked.length > 0) {
      await this.#revoke(revoked).catch((error: unknown) => (failure = error));
      // What was given up here can only now be given to another member.
      membership.requestRejoin('need to revoke partitions and re-join');
    }
    partitions.add(added);
    log.info(`Adding newly assigned partitions ${partitionNames(added)}`);
    await beforeAssigned();
    await listener.onAssigned(added);
    if (failure !== null) throw failure;
  }

  /** At the end: everything is given up. */
  async giveUpAll(): Promise<void> {
    const { membership, partitions } = this.#options;
    if (membership.isLost || membership.generation < 0) await this.#lose();
    else if (partitions.size > 0) await this.#revoke(partitions.list());
  }
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((each) => set.has(each));
}
