import { compareMembers, emptyAssignment } from './assignor.ts';
import type { Assignor, GroupAssignment, MemberSubscription } from './assignor.ts';

/** Topic by topic: neighbouring partitions to one member, the first members get one more. Source: RangeAssignor, without racks */
export const rangeAssignor: Assignor = {
  name: 'range',
  protocols: ['eager'],
  userData: () => null,
  ownedFromUserData: () => null,
  assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
    const assignment = emptyAssignment(members);
    const sorted = members.toSorted(compareMembers);
    for (const [topic, count] of partitionCounts) {
      const subscribed = sorted.filter((member) => member.topics.includes(topic));
      if (subscribed.length === 0) continue;
      const each = Math.floor(count / subscribed.length);
      const withOneMore = count % subscribed.length;
      let partition = 0;
      subscribed.forEach((member, index) => {
        const end = partition + each + (index < withOneMore ? 1 : 0);
        for (; partition < end; partition += 1) assignment.get(member.memberId)!.push({ topic, partition });
      });
    }
    return assignment;
  },
};
