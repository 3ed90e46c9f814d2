import { kafkaError } from '@sluice/protocol';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { Broker } from '../client/cluster-types.ts';
import { AdminCall } from './admin-call.ts';
import type { AdminOptions, AdminResult } from './admin-call.ts';
import * as configCalls from './config-calls.ts';
import type { AlteredConfig, ConfigResource, DescribedConfig } from './config-calls.ts';
import * as groupCalls from './group-calls.ts';
import type { DescribedGroup, GroupOffset, ListedGroup, NewGroupOffset, PartitionResult, TopicPartition } from './group-calls.ts';
import { listOffsets } from './offset-calls.ts';
import type { ListedOffset, OffsetQuery } from './offset-calls.ts';
import * as topicCalls from './topic-calls.ts';
import type { CreatedTopic, DeletedTopic, DescribedTopic, ListedTopic, NewTopic } from './topic-calls.ts';

export interface ClusterDescription {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly Broker[];
}

/**
 * Looks at a cluster and changes it. Every call is repeated while its errors are retriable, for at most `default.api.timeout.ms`.
 * What goes wrong for one topic, partition or resource stands in its result; what concerns the whole call is thrown.
 *
 * Source: org.apache.kafka.clients.admin.Admin
 */
export class Admin {
  readonly client: KafkaClient;

  /** The client stays the caller's, who closes it. */
  constructor(client: KafkaClient) {
    this.client = client;
  }

  createTopics(topics: readonly NewTopic[], options: AdminOptions & { validateOnly?: boolean } = {}): Promise<CreatedTopic[]> {
    return topicCalls.createTopics(this.#call(options), topics, options.validateOnly ?? false);
  }

  deleteTopics(names: readonly string[], options: AdminOptions = {}): Promise<DeletedTopic[]> {
    return topicCalls.deleteTopics(this.#call(options), names);
  }

  /** Raises topics to the given numbers of partitions. */
  createPartitions(counts: Readonly<Record<string, number>>, options: AdminOptions = {}): Promise<DeletedTopic[]> {
    return topicCalls.createPartitions(this.#call(options), counts);
  }

  /** A topic that is not there has the error UNKNOWN_TOPIC_OR_PARTITION; nothing is created by asking. */
  describeTopics(names: readonly string[], options: AdminOptions = {}): Promise<DescribedTopic[]> {
    return topicCalls.describeTopics(this.#call(options), names);
  }

  listTopics(options: AdminOptions & { includeInternal?: boolean } = {}): Promise<ListedTopic[]> {
    return topicCalls.listTopics(this.#call(options), options.includeInternal ?? false);
  }

  describeConfigs(resources: readonly ConfigResource[], options: AdminOptions = {}): Promise<DescribedConfig[]> {
    return configCalls.describeConfigs(this.#call(options), resources);
  }

  /** Changes the given keys and leaves the others (KIP-339). */
  alterConfigs(changes: readonly AlteredConfig[], options: AdminOptions = {}): Promise<(ConfigResource & AdminResult)[]> {
    return configCalls.alterConfigs(this.#call(options), changes);
  }

  describeCluster(options: AdminOptions = {}): Promise<ClusterDescription> {
    const call = this.#call(options);
    return call.attempt(async () => {
      const answer = await this.client.send('any', 'DescribeCluster', {}, { signal: call.signal });
      if (answer.errorCode !== 0) throw kafkaError(answer.errorCode, answer.errorMessage);
      const brokers = answer.brokers.map(({ brokerId, host, port, rack }) => ({ id: brokerId, host, port, rack }));
      return { clusterId: answer.clusterId, controllerId: answer.controllerId, brokers };
    });
  }

  listGroups(options: AdminOptions = {}): Promise<ListedGroup[]> {
    return groupCalls.listGroups(this.#call(options));
  }

  /** A group that is not there has the state `Dead`. */
  describeGroup(groupId: string, options: AdminOptions = {}): Promise<DescribedGroup> {
    return groupCalls.describeGroup(this.#call(options), groupId);
  }

  /** Committed offsets of a group, of all its partitions unless some are named. */
  listGroupOffsets(groupId: string, options: AdminOptions & { partitions?: readonly TopicPartition[] } = {}): Promise<GroupOffset[]> {
    return groupCalls.listGroupOffsets(this.#call(options), groupId, options.partitions ?? null);
  }

  /** Sets committed offsets. The group must have no members: otherwise each result has the error UNKNOWN_MEMBER_ID. */
  alterGroupOffsets(groupId: string, offsets: readonly NewGroupOffset[], options: AdminOptions = {}): Promise<PartitionResult[]> {
    return groupCalls.alterGroupOffsets(this.#call(options), groupId, offsets);
  }

  /** Removes committed offsets. Throws GROUP_ID_NOT_FOUND; a partition that members read has the error GROUP_SUBSCRIBED_TO_TOPIC. */
  deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[], options: AdminOptions = {}): Promise<PartitionResult[]> {
    return groupCalls.deleteGroupOffsets(this.#call(options), groupId, partitions);
  }

  /** Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP. */
  deleteGroup(groupId: string, options: AdminOptions = {}): Promise<void> {
    return groupCalls.deleteGroup(this.#call(options), groupId);
  }

  listOffsets(
    queries: readonly OffsetQuery[],
    options: AdminOptions & { isolationLevel?: 'read_committed' | 'read_uncommitted' } = {},
  ): Promise<ListedOffset[]> {
    return listOffsets(this.#call(options), queries, options.isolationLevel ?? 'read_uncommitted');
  }

  #call(options: AdminOptions): AdminCall {
    return new AdminCall(this.client, options);
  }
}
