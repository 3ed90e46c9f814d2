import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorInfo } from '@sluice/protocol';
import { Group } from '../../src/groups/group.ts';
import type { GroupSnapshot, JoinRequest, JoinResult, SyncRequest, SyncResult } from '../../src/groups/group-types.ts';
import { FakeClock } from '../support/fake-clock.ts';

interface Setup {
  clock: FakeClock;
  group: Group;
  stored: GroupSnapshot[];
}

function setUp(options: { initialRebalanceDelayMs?: number; maxSize?: number; store?: () => Promise<void> } = {}): Setup {
  const clock = new FakeClock();
  const stored: GroupSnapshot[] = [];
  let ids = 0;
  const group = new Group('g', {
    clock,
    initialRebalanceDelayMs: options.initialRebalanceDelayMs ?? 0,
    maxSize: options.maxSize ?? 100,
    newMemberId: (prefix) => `${prefix}-${++ids}`,
    store: async (snapshot) => {
      await options.store?.();
      stored.push(snapshot);
    },
  });
  return { clock, group, stored };
}

function joining(options: Partial<JoinRequest> & { protocolNames?: string[]; metadata?: string } = {}): JoinRequest {
  const { protocolNames = ['range'], metadata = 'm', ...rest } = options;
  return {
    memberId: '',
    groupInstanceId: null,
    clientId: 'c',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: protocolNames.map((name) => ({ name, metadata: Buffer.from(metadata) })),
    isMemberIdRequired: false,
    isSkipAssignmentKnown: true,
    ...rest,
  };
}

/** An answer that may still be awaited. */
interface Answer<T> {
  value: T | null;
}

function join(group: Group, request: JoinRequest): Answer<JoinResult> {
  const answer: Answer<JoinResult> = { value: null };
  group.join(request, (result) => {
    assert.equal(answer.value, null, 'answered once');
    answer.value = result;
  });
  return answer;
}

function sync(
  group: Group,
  member: JoinResult,
  assignments: Record<string, string> = {},
  options: Partial<SyncRequest> = {},
): Answer<SyncResult> {
  const answer: Answer<SyncResult> = { value: null };
  const list = Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) }));
  const { memberId, generationId } = member;
  group.sync(
    { memberId, generationId, groupInstanceId: null, protocolType: 'consumer', protocolName: 'range', assignments: list, ...options },
    (result) => {
      assert.equal(answer.value, null, 'answered once');
      answer.value = result;
    },
  );
  return answer;
}

function got<T>(answer: Answer<T>): T {
  assert.notEqual(answer.value, null, 'no answer yet');
  return answer.value as T;
}

function errorName(code: number): string {
  return errorInfo(code).name;
}

function beat(
  group: Group,
  { memberId, generationId }: { memberId: string; generationId: number },
  groupInstanceId: string | null = null,
): string {
  return errorName(group.heartbeat({ memberId, generationId, groupInstanceId }));
}

/** Lets what was stored be stored. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A stable group of one member. */
async function stableOfOne(setup: Setup, request = joining()): Promise<JoinResult> {
  const member = got(join(setup.group, request));
  sync(setup.group, member, { [member.memberId]: 'all' }, { groupInstanceId: request.groupInstanceId });
  await settle();
  assert.equal(setup.group.state, 'Stable');
  return member;
}

test('one member joins, assigns to itself and is stable; what it got is stored first', async () => {
  const { group, stored } = setUp();
  const member = got(join(group, joining()));
  assert.equal(errorName(member.errorCode), 'NONE');
  assert.equal(member.generationId, 1);
  assert.equal(member.leader, member.memberId);
  assert.deepEqual(
    member.members.map(({ memberId, metadata }) => [memberId, metadata.toString()]),
    [[member.memberId, 'm']],
  );
  assert.equal(beat(group, member), 'NONE');
  const synced = sync(group, member, { [member.memberId]: 'all' });
  assert.equal(synced.value, null, 'no answer before it is stored');
  await settle();
  assert.equal(got(synced).assignment.toString(), 'all');
  assert.equal(stored.at(-1)?.members[0]?.assignment.toString(), 'all');
  assert.equal(beat(group, member), 'NONE');
});

test('a second member makes the first join again, and only then both get the next generation', async () => {
  const setup = setUp();
  const { group } = setup;
  const first = await stableOfOne(setup);
  const second = join(group, joining());
  assert.equal(second.value, null);
  assert.equal(beat(group, first), 'REBALANCE_IN_PROGRESS');
  const again = got(join(group, joining({ memberId: first.memberId })));
  assert.equal(again.generationId, 2);
  assert.equal(again.members.length, 2);
  assert.equal(got(second).generationId, 2);
  assert.deepEqual(got(second).members, [], 'only the leader gets the members');
  const late = sync(group, got(second));
  assert.equal(late.value, null);
  sync(group, again, { [again.memberId]: 'a', [got(second).memberId]: 'b' });
  await settle();
  assert.equal(got(late).assignment.toString(), 'b');
  assert.equal(beat(group, first), 'ILLEGAL_GENERATION');
});

test('a member that is silent for its session timeout is taken out, and the others rebalance', async () => {
  const setup = setUp();
  const { group, clock } = setup;
  const first = await stableOfOne(setup);
  const second = join(group, joining());
  const leader = got(join(group, joining({ memberId: first.memberId })));
  sync(group, leader, {});
  sync(group, got(second));
  await settle();
  for (let i = 0; i < 4; i++) {
    clock.pass(4000);
    beat(group, leader);
  }
  assert.equal(group.members().length, 1);
  assert.equal(beat(group, got(second)), 'UNKNOWN_MEMBER_ID');
  assert.equal(beat(group, leader), 'REBALANCE_IN_PROGRESS');
  assert.equal(got(join(group, joining({ memberId: leader.memberId }))).generationId, 3);
});

test('a member that does not join again within the rebalance timeout is left behind', async () => {
  const setup = setUp();
  const { group, clock } = setup;
  const first = await stableOfOne(setup);
  const second = join(group, joining({ sessionTimeoutMs: 300_000 }));
  for (let i = 0; i < 15; i++) {
    assert.equal(second.value, null);
    beat(group, first);
    clock.pass(4000);
  }
  assert.equal(got(second).generationId, 2);
  assert.equal(got(second).leader, got(second).memberId);
  assert.equal(beat(group, first), 'UNKNOWN_MEMBER_ID');
});

test('a member that joined and never asks for its assignment does not hold up the others for ever', () => {
  const { group, clock } = setUp();
  const member = got(join(group, joining({ sessionTimeoutMs: 1_000_000 })));
  clock.pass(60_000);
  assert.equal(beat(group, member), 'UNKNOWN_MEMBER_ID');
  assert.equal(group.state, 'Empty');
});

test('the last member that leaves empties the group, which is stored', async () => {
  const setup = setUp();
  const member = await stableOfOne(setup);
  assert.equal(errorName(setup.group.leave({ memberId: member.memberId, groupInstanceId: null })), 'NONE');
  assert.equal(setup.group.state, 'Empty');
  await settle();
  assert.deepEqual(setup.stored.at(-1)?.members, []);
  assert.equal(errorName(setup.group.leave({ memberId: member.memberId, groupInstanceId: null })), 'UNKNOWN_MEMBER_ID');
  assert.equal(setup.clock.timers, 0, 'no timer is left');
});

test('a member that must have an id gets one, and a rebalance waits for it', () => {
  const { group, clock } = setUp();
  const refused = got(join(group, joining({ isMemberIdRequired: true })));
  assert.equal(errorName(refused.errorCode), 'MEMBER_ID_REQUIRED');
  const other = join(group, joining());
  assert.equal(other.value, null, 'the one with the id is expected');
  assert.equal(got(join(group, joining({ memberId: refused.memberId }))).generationId, 1);
  assert.equal(got(other).generationId, 1);
  const unused = got(join(group, joining({ isMemberIdRequired: true })));
  clock.pass(10_000);
  assert.equal(errorName(got(join(group, joining({ memberId: unused.memberId }))).errorCode), 'UNKNOWN_MEMBER_ID');
});

test('a static member that comes back takes its place without a rebalance, and its former self is fenced', async () => {
  const setup = setUp();
  const { group } = setup;
  const first = await stableOfOne(setup, joining({ groupInstanceId: 'i1' }));
  const back = join(group, joining({ groupInstanceId: 'i1' }));
  await settle();
  const member = got(back);
  assert.equal(member.generationId, first.generationId);
  assert.notEqual(member.memberId, first.memberId);
  assert.equal(member.skipAssignment, true);
  assert.equal(group.state, 'Stable');
  assert.equal(beat(group, first, 'i1'), 'FENCED_INSTANCE_ID');
  assert.equal(beat(group, member, 'i1'), 'NONE');
  const synced = sync(group, member, {}, { groupInstanceId: 'i1' });
  assert.equal(got(synced).assignment.toString(), 'all');
  assert.equal(errorName(group.leave({ memberId: '', groupInstanceId: 'i1' })), 'NONE');
  assert.equal(group.state, 'Empty');
});

test('a static leader of an older version is not told that it leads', async () => {
  const setup = setUp();
  const first = await stableOfOne(setup, joining({ groupInstanceId: 'i1' }));
  const back = join(setup.group, joining({ groupInstanceId: 'i1', isSkipAssignmentKnown: false }));
  await settle();
  assert.equal(got(back).leader, first.memberId);
  assert.deepEqual(got(back).members, []);
});

test('who shares no protocol with the others is refused', () => {
  const { group } = setUp();
  join(group, joining({ protocolNames: ['a', 'b'] }));
  assert.equal(errorName(got(join(group, joining({ protocolNames: ['x'] }))).errorCode), 'INCONSISTENT_GROUP_PROTOCOL');
  assert.equal(
    errorName(got(join(group, joining({ protocolType: 'connect', protocolNames: ['b'] }))).errorCode),
    'INCONSISTENT_GROUP_PROTOCOL',
  );
});

test('members of an empty group are waited for, and the protocol is one that all know and most prefer', () => {
  const { group, clock } = setUp({ initialRebalanceDelayMs: 3000 });
  const answers = [
    ['a', 'b', 'c'],
    ['c', 'b'],
    ['c', 'b'],
  ].map((protocolNames) => {
    const answer = join(group, joining({ protocolNames }));
    clock.pass(1000);
    return answer;
  });
  assert.deepEqual(
    answers.map(({ value }) => value),
    [null, null, null],
  );
  clock.pass(4000);
  assert.deepEqual(
    answers.map((answer) => [got(answer).generationId, got(answer).protocolName]),
    [
      [1, 'c'],
      [1, 'c'],
      [1, 'c'],
    ],
  );
});

test('a member that asks again gets the same answer, but a leader begins a rebalance', async () => {
  const setup = setUp();
  const { group } = setup;
  const first = await stableOfOne(setup);
  const other = join(group, joining());
  const leader = got(join(group, joining({ memberId: first.memberId })));
  const second = got(other);
  const repeated = got(join(group, joining({ memberId: second.memberId })));
  assert.equal(repeated.generationId, second.generationId);
  sync(group, leader, {});
  sync(group, second);
  await settle();
  assert.equal(got(join(group, joining({ memberId: second.memberId }))).generationId, 2);
  assert.equal(join(group, joining({ memberId: leader.memberId })).value, null);
  assert.equal(group.state, 'PreparingRebalance');
});

test('who waits for an assignment is told of the next rebalance', () => {
  const { group } = setUp();
  const first = got(join(group, joining()));
  const second = join(group, joining());
  const leader = got(join(group, joining({ memberId: first.memberId })));
  const waiting = sync(group, got(second));
  join(group, joining());
  assert.equal(errorName(got(waiting).errorCode), 'REBALANCE_IN_PROGRESS');
  assert.equal(errorName(got(sync(group, leader, {})).errorCode), 'REBALANCE_IN_PROGRESS');
});

test('an assignment that cannot be stored is given to nobody', async () => {
  let isFailing = true;
  const { group } = setUp({ store: async () => (isFailing ? Promise.reject(new Error('disk full')) : undefined) });
  const member = got(join(group, joining()));
  const answer = sync(group, member, { [member.memberId]: 'all' });
  await settle();
  assert.equal(errorName(got(answer).errorCode), 'COORDINATOR_NOT_AVAILABLE');
  isFailing = false;
  const again = got(join(group, joining({ memberId: member.memberId })));
  const synced = sync(group, again, { [again.memberId]: 'all' });
  await settle();
  assert.equal(got(synced).assignment.toString(), 'all');
});

test('members go on after a restart, and have their session timeout to be heard of', async () => {
  const before = setUp();
  const member = await stableOfOne(before, joining({ groupInstanceId: 'i1' }));
  const { group, clock } = setUp();
  group.restore(before.stored.at(-1) as GroupSnapshot);
  assert.equal(group.state, 'Stable');
  clock.pass(9000);
  assert.equal(beat(group, member, 'i1'), 'NONE');
  clock.pass(10_000);
  assert.equal(group.state, 'Empty');
});

test('offsets are committed by members of this generation, or by anybody while the group is empty', async () => {
  const setup = setUp();
  const check = (memberId: string, generationId: number): string =>
    errorName(setup.group.checkCommit({ memberId, generationId, groupInstanceId: null }));
  assert.equal(check('', -1), 'NONE');
  const member = await stableOfOne(setup);
  assert.equal(check('', -1), 'UNKNOWN_MEMBER_ID');
  assert.equal(check(member.memberId, 1), 'NONE');
  assert.equal(check(member.memberId, 2), 'ILLEGAL_GENERATION');
  assert.equal(check('other', 1), 'UNKNOWN_MEMBER_ID');
});

test('a group has at most group.max.size members', () => {
  const { group } = setUp({ maxSize: 1 });
  got(join(group, joining()));
  assert.equal(errorName(got(join(group, joining())).errorCode), 'GROUP_MAX_SIZE_REACHED');
});
