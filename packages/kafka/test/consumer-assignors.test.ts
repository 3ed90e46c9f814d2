import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAssignors, rebalanceProtocol } from '../src/consumer/assignors/assignors.ts';
import type { GroupAssignment, MemberSubscription } from '../src/consumer/assignors/assignor.ts';
import { cooperativeStickyAssignor } from '../src/consumer/assignors/cooperative-sticky-assignor.ts';
import { rangeAssignor } from '../src/consumer/assignors/range-assignor.ts';
import { roundRobinAssignor } from '../src/consumer/assignors/round-robin-assignor.ts';
import { stickyAssignor } from '../src/consumer/assignors/sticky-assignor.ts';
import { partitionKey } from '../src/consumer/topic-partition.ts';
import type { TopicPartition } from '../src/consumer/topic-partition.ts';
import { seededRandom, testSeed } from './fakes/random.ts';

const member = (
  memberId: string,
  topics: readonly string[],
  owned: readonly TopicPartition[] = [],
  generation = -1,
): MemberSubscription => ({
  memberId,
  groupInstanceId: null,
  topics,
  owned,
  generation,
});

const named = (assignment: GroupAssignment): Record<string, string[]> =>
  Object.fromEntries([...assignment].map(([memberId, partitions]) => [memberId, partitions.map(partitionKey).toSorted()]));

test('range gives neighbours, topic by topic', () => {
  const counts = new Map([
    ['a', 3],
    ['b', 2],
  ]);
  assert.deepEqual(named(rangeAssignor.assign(counts, [member('y', ['a', 'b']), member('x', ['a', 'b'])])), {
    x: ['a-0', 'a-1', 'b-0'],
    y: ['a-2', 'b-1'],
  });
});

test('static members come first, by their instance ids', () => {
  const statics = [
    { ...member('x', ['a']), groupInstanceId: 'two' },
    { ...member('y', ['a']), groupInstanceId: 'one' },
    member('a', ['a']),
  ];
  assert.deepEqual(named(rangeAssignor.assign(new Map([['a', 3]]), statics)), { y: ['a-0'], x: ['a-1'], a: ['a-2'] });
});

test('round robin deals all partitions and passes over who has not subscribed', () => {
  const counts = new Map([
    ['b', 2],
    ['a', 3],
  ]);
  assert.deepEqual(named(roundRobinAssignor.assign(counts, [member('x', ['a', 'b']), member('y', ['a'])])), {
    x: ['a-0', 'a-2', 'b-0', 'b-1'],
    y: ['a-1'],
  });
});

test('sticky user data survives the way through the group, and what cannot be read is no past', () => {
  const owned = [
    { topic: 'ä', partition: 3 },
    { topic: 'b', partition: 0 },
  ];
  assert.deepEqual(stickyAssignor.ownedFromUserData(stickyAssignor.userData(owned, 5)), { owned, generation: 5 });
  assert.deepEqual(stickyAssignor.ownedFromUserData(Buffer.from([0, 0, 0, 9, 1])), { owned: [], generation: -1 });
});

test('a group is cooperative only when all its assignors are', () => {
  const java = 'org.apache.kafka.clients.consumer.';
  assert.equal(rebalanceProtocol(findAssignors([`${java}RangeAssignor`, `${java}CooperativeStickyAssignor`])), 'eager');
  assert.equal(rebalanceProtocol(findAssignors([`${java}CooperativeStickyAssignor`])), 'cooperative');
  assert.throws(
    () => findAssignors(['com.example.Mine']),
    /Invalid value com.example.Mine for configuration partition.assignment.strategy/,
  );
});

interface Group {
  counts: Map<string, number>;
  members: MemberSubscription[];
}

function randomGroup(random: () => number): Group {
  const below = (limit: number): number => Math.floor(random() * limit);
  const topics = ['a', 'b', 'c', 'd'].slice(0, 1 + below(4));
  const counts = new Map(topics.map((topic) => [topic, below(12)]));
  const isUniform = random() < 0.5;
  const members = Array.from({ length: 1 + below(6) }, (_, i) => {
    const own = isUniform ? topics : topics.filter(() => random() < 0.6);
    const owned = topics.flatMap((topic) => Array.from({ length: below(4) }, () => ({ topic, partition: below(14) })));
    return member(`m${i}`, own, owned, below(3) - 1);
  });
  return { counts, members };
}

function checkComplete({ counts, members }: Group, assignment: GroupAssignment, where: string): void {
  const owners = new Map<string, string>();
  for (const { memberId, topics } of members) {
    for (const each of assignment.get(memberId)!) {
      assert.ok(topics.includes(each.topic) && each.partition < (counts.get(each.topic) ?? 0), where);
      assert.ok(!owners.has(partitionKey(each)), `${where}: ${partitionKey(each)} has two owners`);
      owners.set(partitionKey(each), memberId);
    }
  }
  for (const [topic, count] of counts) {
    if (members.some(({ topics }) => topics.includes(topic)))
      assert.equal([...owners.keys()].filter((key) => key.startsWith(`${topic}-`)).length, count, where);
  }
}

test('whatever the group, every partition has one owner that subscribed to it; sticky is as even as one move can tell', () => {
  const first = testSeed();
  for (let seed = first; seed < first + 300; seed += 1) {
    const group = randomGroup(seededRandom(seed));
    for (const assignor of [rangeAssignor, roundRobinAssignor, stickyAssignor]) {
      checkComplete(group, assignor.assign(group.counts, group.members), `seed ${seed} ${assignor.name}`);
    }
    const sticky = stickyAssignor.assign(group.counts, group.members);
    for (const from of group.members) {
      for (const to of group.members) {
        const movable = sticky.get(from.memberId)!.some(({ topic }) => to.topics.includes(topic));
        if (movable) assert.ok(sticky.get(from.memberId)!.length - sticky.get(to.memberId)!.length <= 1, `seed ${seed}`);
      }
    }
  }
});

test('sticky keeps everything when nothing changed, and takes no more than it must when a member comes', () => {
  const counts = new Map([['a', 12]]);
  const before = stickyAssignor.assign(counts, [member('x', ['a']), member('y', ['a']), member('z', ['a'])]);
  const again = [...before].map(([memberId, owned]) => member(memberId, ['a'], owned, 1));
  assert.deepEqual(named(stickyAssignor.assign(counts, again)), named(before));
  const after = stickyAssignor.assign(counts, [...again, member('new', ['a'])]);
  assert.equal(after.get('new')!.length, 3);
  for (const { memberId, owned } of again) {
    const kept = after.get(memberId)!.map(partitionKey);
    assert.ok(kept.every((key) => owned.map(partitionKey).includes(key)));
  }
});

test('cooperative: no rebalance gives a partition to a member while another owns it, and two are enough', () => {
  const first = testSeed();
  for (let seed = first; seed < first + 200; seed += 1) {
    const random = seededRandom(seed);
    const counts = new Map([['a', 1 + Math.floor(random() * 20)]]);
    let owned = new Map<string, TopicPartition[]>();
    for (let change = 0, generation = 1; change < 5; change += 1) {
      const names = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, i) => `m${i + Math.floor(random() * 2)}`);
      const present = [...new Set(names)];
      owned = new Map(present.map((name) => [name, owned.get(name) ?? []]));
      for (let round = 0; round < 2; round += 1, generation += 1) {
        const members = present.map((name) => member(name, ['a'], owned.get(name)!, generation));
        const assignment = cooperativeStickyAssignor.assign(counts, members);
        for (const [name, partitions] of assignment) {
          for (const other of members) {
            if (other.memberId === name) continue;
            const taken = new Set(other.owned.map(partitionKey));
            assert.ok(!partitions.some((each) => taken.has(partitionKey(each))), `seed ${seed}`);
          }
        }
        owned = assignment;
      }
      checkComplete({ counts, members: present.map((name) => member(name, ['a'])) }, owned, `seed ${seed} change ${change}`);
    }
  }
});
