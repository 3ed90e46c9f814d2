import type { TopicPartition } from '../topic-partition.ts';

export type RebalanceProtocol = 'eager' | 'cooperative';

/** What a member of the group told its leader. */
export interface MemberSubscription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
  /** What it owns at present, or owned before an eager rebalance. */
  readonly owned: readonly TopicPartition[];
  /** The generation in which it came to own that; -1 unknown. */
  readonly generation: number;
}

export type GroupAssignment = Map<string, TopicPartition[]>;

/**
 * Divides partitions among the members of a group; pure. `assign` gets the partition count of each topic that exists and answers for every member.
 *
 * Source: org.apache.kafka.clients.consumer.ConsumerPartitionAssignor
 */
export interface Assignor {
  /** The name in the group protocol, such as `range`. */
  readonly name: string;
  readonly protocols: readonly RebalanceProtocol[];
  /** What a member adds to its subscription. */
  userData(owned: readonly TopicPartition[], generation: number): Buffer | null;
  /** What a member added. Null: it says nothing of what it owned. */
  ownedFromUserData(userData: Buffer | null): { owned: readonly TopicPartition[] | null; generation: number } | null;
  assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment;
}

/** Static members by their instance id, before the others by member id. Source: AbstractPartitionAssignor.MemberInfo.compareTo */
export function compareMembers(a: MemberSubscription, b: MemberSubscription): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compareText(a.groupInstanceId, b.groupInstanceId);
  if (a.groupInstanceId !== null) return -1;
  if (b.groupInstanceId !== null) return 1;
  return compareText(a.memberId, b.memberId);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function emptyAssignment(members: readonly MemberSubscription[]): GroupAssignment {
  return new Map(members.map((member) => [member.memberId, []]));
}
