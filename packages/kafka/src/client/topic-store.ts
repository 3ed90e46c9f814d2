import type { Responses } from '@sluice/protocol';
import { errors, zeroUuid } from '@sluice/protocol';
import type { PartitionMetadata, TopicMetadata } from './cluster-types.ts';

type TopicAnswer = Responses['Metadata']['topics'][number];

/**
 * The topics of a client, as the brokers describe them. Pure: answers in, facts out.
 *
 * Source: org.apache.kafka.clients.Metadata
 */
export class TopicStore {
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #namesById = new Map<string, string>();
  /** Why a topic that was asked for is not known. */
  readonly #errorCodes = new Map<string, number>();

  get(name: string): TopicMetadata | null {
    return this.#topics.get(name) ?? null;
  }

  byId(topicId: string): TopicMetadata | null {
    const name = this.#namesById.get(topicId);
    return name === undefined ? null : this.get(name);
  }

  partition(topic: string, partition: number): PartitionMetadata | null {
    return this.#topics.get(topic)?.partitions[partition] ?? null;
  }

  /** The error code of the last answer about the topic, 0 where it is known. */
  errorCode(name: string): number {
    return this.#errorCodes.get(name) ?? 0;
  }

  delete(name: string): boolean {
    const topic = this.#topics.get(name);
    this.#errorCodes.delete(name);
    if (topic === undefined) return false;
    this.#topics.delete(name);
    if (topic.topicId !== null) this.#namesById.delete(topic.topicId);
    return true;
  }

  /** Takes over an answer of the cluster. Returns whether anything changed. */
  apply(answers: readonly TopicAnswer[]): boolean {
    let changed = false;
    for (const answer of answers) {
      if (answer.name === null) continue;
      changed = this.#applyTopic(answer.name, answer) || changed;
    }
    return changed;
  }

  /** Takes over a leader that a broker named in passing. Returns whether it is news. */
  updateLeader(name: string, partition: number, leader: { leaderId: number; leaderEpoch: number }): boolean {
    const topic = this.#topics.get(name);
    const known = topic?.partitions[partition];
    // Invariant: a leader of an older epoch never replaces a newer one.
    if (topic === undefined || known === undefined || leader.leaderEpoch <= known.leaderEpoch) return false;
    const partitions = topic.partitions.with(partition, { ...known, leader: leader.leaderId, leaderEpoch: leader.leaderEpoch });
    this.#topics.set(name, { ...topic, partitions });
    return true;
  }

  #applyTopic(name: string, answer: TopicAnswer): boolean {
    if (answer.errorCode !== 0) {
      this.#errorCodes.set(name, answer.errorCode);
      // While leaders are being elected, or for a passing fault, what was known before is still the best guess.
      const isGone = [
        errors.UNKNOWN_TOPIC_OR_PARTITION.code,
        errors.UNKNOWN_TOPIC_ID.code,
        errors.TOPIC_AUTHORIZATION_FAILED.code,
      ].includes(answer.errorCode);
      return isGone && this.#dropTopic(name);
    }
    this.#errorCodes.delete(name);
    const old = this.#topics.get(name);
    const topic = this.#merged(name, answer, old);
    if (topic === null) return false;
    if (old !== undefined && isSameTopic(old, topic)) return false;
    if (old?.topicId !== null && old !== undefined) this.#namesById.delete(old.topicId);
    this.#topics.set(name, topic);
    if (topic.topicId !== null) this.#namesById.set(topic.topicId, name);
    return true;
  }

  #dropTopic(name: string): boolean {
    const code = this.#errorCodes.get(name);
    const dropped = this.delete(name);
    if (code !== undefined) this.#errorCodes.set(name, code);
    return dropped;
  }

  #merged(name: string, answer: TopicAnswer, old: TopicMetadata | undefined): TopicMetadata | null {
    const topicId = answer.topicId === zeroUuid || answer.topicId === '' ? null : answer.topicId;
    // A topic that was deleted and made again begins with epoch 0.
    const isSame = old !== undefined && (old.topicId === topicId || topicId === null);
    const partitions: PartitionMetadata[] = [];
    for (const entry of answer.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex)) {
      // A list with a hole is an answer that was made while the topic was changing.
      if (entry.partitionIndex !== partitions.length) return null;
      const known = isSame ? old.partitions[entry.partitionIndex] : undefined;
      partitions.push(known !== undefined && entry.leaderEpoch >= 0 && entry.leaderEpoch < known.leaderEpoch ? known : partitionOf(entry));
    }
    return { name, topicId, isInternal: answer.isInternal, partitions };
  }
}

function partitionOf(entry: TopicAnswer['partitions'][number]): PartitionMetadata {
  return {
    partition: entry.partitionIndex,
    leader: entry.leaderId,
    leaderEpoch: entry.leaderEpoch,
    replicas: entry.replicaNodes,
    isr: entry.isrNodes,
    offlineReplicas: entry.offlineReplicas,
  };
}

function isSameTopic(a: TopicMetadata, b: TopicMetadata): boolean {
  return (
    a.topicId === b.topicId &&
    a.partitions.length === b.partitions.length &&
    a.partitions.every((partition, index) => {
      const other = b.partitions[index]!;
      return (
        partition.leader === other.leader &&
        partition.leaderEpoch === other.leaderEpoch &&
        isSameList(partition.replicas, other.replicas) &&
        isSameList(partition.isr, other.isr) &&
        isSameList(partition.offlineReplicas, other.offlineReplicas)
      );
    })
  );
}

function isSameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
