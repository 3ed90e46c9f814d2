import { comparePartitions, partitionKey } from '../topic-partition.ts';
import type { TopicPartition } from '../topic-partition.ts';
import { compareMembers } from './assignor.ts';
import type { GroupAssignment, MemberSubscription } from './assignor.ts';

interface Share {
  readonly member: MemberSubscription;
  readonly topics: ReadonlySet<string>;
  readonly partitions: TopicPartition[];
}

/**
 * As even as the subscriptions allow, with as few partitions as possible taken from who has them: everyone keeps what is theirs, what is free
 * goes to whoever has least, then single partitions move from the fullest to the emptiest while they differ by more than one.
 *
 * Source: the goals of AbstractStickyAssignor; which of several equal answers is chosen may differ
 */
export function stickyAssignment(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
  const shares: Share[] = members.toSorted(compareMembers).map((member) => ({ member, topics: new Set(member.topics), partitions: [] }));
  const free = keepOwned(partitionCounts, shares);
  // What few members can take is placed first.
  const takers = new Map([...partitionCounts.keys()].map((topic) => [topic, shares.filter((share) => share.topics.has(topic))]));
  free.sort((a, b) => takers.get(a.topic)!.length - takers.get(b.topic)!.length || comparePartitions(a, b));
  for (const partition of free) leastLoaded(takers.get(partition.topic)!)?.partitions.push(partition);
  balance(shares, takers);
  return new Map(shares.map((share) => [share.member.memberId, share.partitions]));
}

/** Gives everyone what they own and may keep; returns the rest. */
function keepOwned(partitionCounts: ReadonlyMap<string, number>, shares: readonly Share[]): TopicPartition[] {
  const claims = new Map<string, { share: Share | null; generation: number }>();
  for (const share of shares) {
    for (const owned of share.member.owned) {
      const key = partitionKey(owned);
      const claim = claims.get(key);
      const { generation } = share.member;
      // The newest generation is right; of two members with the same claim neither is believed, so that no partition has two owners.
      if (claim === undefined || generation > claim.generation) claims.set(key, { share, generation });
      else if (generation === claim.generation && claim.share !== share) claim.share = null;
    }
  }
  const free: TopicPartition[] = [];
  for (const [topic, count] of partitionCounts) {
    for (let partition = 0; partition < count; partition += 1) {
      const each = { topic, partition };
      const owner = claims.get(partitionKey(each))?.share;
      if (owner?.topics.has(topic) === true) owner.partitions.push(each);
      else free.push(each);
    }
  }
  return free;
}

function leastLoaded(shares: readonly Share[]): Share | null {
  let least: Share | null = null;
  for (const share of shares) if (least === null || share.partitions.length < least.partitions.length) least = share;
  return least;
}

/**
 * One partition at a time, always from the fullest who can give, so that nobody gives more than they must. Each move makes the sum of the squared
 * loads smaller, so this ends.
 */
function balance(shares: readonly Share[], takers: ReadonlyMap<string, readonly Share[]>): void {
  const byLoad = [...shares];
  do byLoad.sort((a, b) => b.partitions.length - a.partitions.length);
  while (byLoad.some((share) => moveOne(share, takers)));
}

function moveOne(from: Share, takers: ReadonlyMap<string, readonly Share[]>): boolean {
  // From the end: what came last, free partitions among them, moves first.
  for (let index = from.partitions.length - 1; index >= 0; index -= 1) {
    const partition = from.partitions[index]!;
    const to = leastLoaded(takers.get(partition.topic)!);
    if (to === null || from.partitions.length - to.partitions.length <= 1) continue;
    from.partitions.splice(index, 1);
    to.partitions.push(partition);
    return true;
  }
  return false;
}
