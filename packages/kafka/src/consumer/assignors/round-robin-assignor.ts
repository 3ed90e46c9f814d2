import { compareMembers, emptyAssignment } from './assignor.ts';
import type { Assignor, GroupAssignment, MemberSubscription } from './assignor.ts';

/** All partitions in order, dealt to the members like cards; a member without the topic is passed over. Source: RoundRobinAssignor */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  protocols: ['eager'],
  userData: () => null,
  ownedFromUserData: () => null,
  assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
    const assignment = emptyAssignment(members);
    const sorted = members.toSorted(compareMembers);
    let next = 0;
    for (const topic of [...partitionCounts.keys()].toSorted()) {
      if (!sorted.some((member) => member.topics.includes(topic))) continue;
      for (let partition = 0; partition < partitionCounts.get(topic)!; partition += 1) {
        while (!sorted[next % sorted.length]!.topics.includes(topic)) next += 1;
        assignment.get(sorted[next % sorted.length]!.memberId)!.push({ topic, partition });
        next += 1;
      }
    }
    return assignment;
  },
};
