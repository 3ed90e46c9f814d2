import { partitionKey } from '../topic-partition.ts';
import type { Assignor, GroupAssignment, MemberSubscription } from './assignor.ts';
import { stickyAssignment } from './sticky-assignment.ts';

/**
 * Sticky with incremental rebalances: a partition that changes hands is first taken from its owner; the rebalance that follows gives it on.
 *
 *     user data: generation INT32
 *
 * Source: CooperativeStickyAssignor, KIP-429
 */
export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  protocols: ['cooperative', 'eager'],
  userData: (_owned, generation) => {
    const data = Buffer.alloc(4);
    data.writeInt32BE(generation);
    return data;
  },
  ownedFromUserData: (userData) => (userData === null || userData.length < 4 ? null : { owned: null, generation: userData.readInt32BE(0) }),
  assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
    const assignment = stickyAssignment(partitionCounts, members);
    const ownersOf = new Map<string, Set<string>>();
    for (const { memberId, owned } of members) {
      for (const each of owned) {
        const key = partitionKey(each);
        const owners = ownersOf.get(key);
        if (owners === undefined) ownersOf.set(key, new Set([memberId]));
        else owners.add(memberId);
      }
    }
    for (const [memberId, partitions] of assignment) {
      // Invariant: nobody gets a partition while another member may still be reading it.
      const isFree = (key: string): boolean => {
        const owners = ownersOf.get(key);
        return owners === undefined || (owners.size === 1 && owners.has(memberId));
      };
      assignment.set(
        memberId,
        partitions.filter((each) => isFree(partitionKey(each))),
      );
    }
    return assignment;
  },
};
