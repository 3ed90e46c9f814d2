import { decodeMessage, encodeMessage } from '@sluice/protocol';
import type { Responses } from '@sluice/protocol';
import type { Assignor, GroupAssignment, MemberSubscription } from './assignors/assignor.ts';
import { byTopic } from './topic-partition.ts';
import type { TopicPartition } from './topic-partition.ts';

/** Newest version of both messages; brokers pass them on unread, and members read a newer one as the newest they know. */
const messageVersion = 3;

export interface Subscription {
  topics: readonly string[];
  owned: readonly TopicPartition[];
  generation: number;
}

/** What a member says when it joins, for one assignor. Source: ConsumerProtocol.serializeSubscription */
export function encodeSubscription(assignor: Assignor, subscription: Subscription): Buffer {
  const { topics, owned, generation } = subscription;
  return encodeMessage('ConsumerProtocolSubscription', messageVersion, {
    topics: [...topics],
    userData: assignor.userData(owned, generation),
    // Members of an eager group own nothing while they join.
    ownedPartitions: assignor.protocols.includes('cooperative') ? grouped(owned) : [],
    generationId: generation,
    rackId: null,
  });
}

function grouped(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return [...byTopic(partitions)].map(([topic, each]) => ({ topic, partitions: each.map(({ partition }) => partition) }));
}

function flattened(topics: readonly { topic: string; partitions: number[] }[]): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

/** What the leader reads of a member that joined. */
export function decodeMember(assignor: Assignor, member: Responses['JoinGroup']['members'][number]): MemberSubscription {
  const { body } = decodeMessage('ConsumerProtocolSubscription', member.metadata);
  const told = assignor.ownedFromUserData(body.userData);
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    topics: body.topics,
    owned: told?.owned ?? flattened(body.ownedPartitions),
    generation: Math.max(body.generationId, told?.generation ?? -1),
  };
}

export function encodeAssignments(assignment: GroupAssignment): { memberId: string; assignment: Buffer }[] {
  return [...assignment].map(([memberId, partitions]) => ({
    memberId,
    assignment: encodeMessage('ConsumerProtocolAssignment', messageVersion, { assignedPartitions: grouped(partitions), userData: null }),
  }));
}

export function decodeAssignment(data: Buffer): TopicPartition[] {
  // A leader that says nothing of a member gives it nothing.
  return data.length === 0 ? [] : flattened(decodeMessage('ConsumerProtocolAssignment', data).body.assignedPartitions);
}
