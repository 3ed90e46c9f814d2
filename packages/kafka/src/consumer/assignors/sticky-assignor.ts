import { byTopic } from '../topic-partition.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { Assignor } from './assignor.ts';
import { stickyAssignment } from './sticky-assignment.ts';

/**
 * Sticky with eager rebalances: members give everything up before they join, so they tell in the user data what they had.
 *
 *     topics ARRAY [ topic STRING, partitions ARRAY [ INT32 ] ], generation INT32
 *
 * Source: StickyAssignor, STICKY_ASSIGNOR_USER_DATA_V1
 */
export const stickyAssignor: Assignor = {
  name: 'sticky',
  protocols: ['eager'],
  userData: (owned, generation) => (owned.length === 0 ? null : encodeOwned(owned, generation)),
  ownedFromUserData: (userData) => (userData === null || userData.length === 0 ? { owned: [], generation: -1 } : decodeOwned(userData)),
  assign: stickyAssignment,
};

function encodeOwned(owned: readonly TopicPartition[], generation: number): Buffer {
  const parts: Buffer[] = [];
  const int32 = (value: number): void => {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    parts.push(part);
  };
  const topics = byTopic(owned);
  int32(topics.size);
  for (const [topic, partitions] of topics) {
    const name = Buffer.from(topic, 'utf8');
    const length = Buffer.alloc(2);
    length.writeInt16BE(name.length);
    parts.push(length, name);
    int32(partitions.length);
    for (const { partition } of partitions) int32(partition);
  }
  int32(generation);
  return Buffer.concat(parts);
}

function decodeOwned(data: Buffer): { owned: TopicPartition[]; generation: number } {
  const owned: TopicPartition[] = [];
  let at = 0;
  const int32 = (): number => {
    at += 4;
    return data.readInt32BE(at - 4);
  };
  try {
    for (let topics = int32(); topics > 0; topics -= 1) {
      const length = data.readInt16BE(at);
      const topic = data.toString('utf8', at + 2, at + 2 + length);
      at += 2 + length;
      for (let partitions = int32(); partitions > 0; partitions -= 1) owned.push({ topic, partition: int32() });
    }
    return { owned, generation: at < data.length ? int32() : -1 };
  } catch {
    // A member whose user data nobody can read is a member without a past, as in Java.
    return { owned: [], generation: -1 };
  }
}
