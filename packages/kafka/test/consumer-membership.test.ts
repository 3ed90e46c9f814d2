import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeMessage, kafkaError } from '@sluice/protocol';
import type { ApiName, ErrorName } from '@sluice/protocol';
import { cooperativeStickyAssignor } from '../src/consumer/assignors/cooperative-sticky-assignor.ts';
import { rangeAssignor } from '../src/consumer/assignors/range-assignor.ts';
import type { ConsumerClient } from '../src/consumer/consumer-client.ts';
import { consumerConfig } from '../src/consumer/consumer-config.ts';
import { GroupCoordinatorCalls } from '../src/consumer/group-coordinator-calls.ts';
import { GroupMembership } from '../src/consumer/group-membership.ts';
import { silentLog } from '../src/log.ts';
import { ClientSettings } from '../src/settings/client-settings.ts';

type Step = ErrorName | 'ok' | 'lost-answer';

/** A coordinator that answers each API by a script, and with success when that is over. The member is its own leader. */
class ScriptedCoordinator {
  readonly log: string[] = [];
  readonly bodies: { api: string; body: Record<string, unknown> }[] = [];
  moves = 0;
  readonly #script: Partial<Record<ApiName, Step[]>>;

  constructor(script: Partial<Record<ApiName, Step[]>>) {
    this.#script = script;
  }

  client(): ConsumerClient {
    const topic = (name: string): unknown => ({ name, partitions: [{}, {}] });
    const metadata = { topic, invalidate() {}, refresh: () => Promise.resolve(), onChange: () => () => {} };
    return {
      metadata,
      send: (_node: number, api: ApiName, body: Record<string, unknown>) => this.#answer(api, body),
      coordinator: () => Promise.resolve(1),
      forgetCoordinator: () => {
        this.moves += 1;
      },
    } as unknown as ConsumerClient;
  }

  async #answer(api: ApiName, body: Record<string, unknown> | ((version: number) => Record<string, unknown>)): Promise<unknown> {
    await new Promise(setImmediate);
    const step = this.#script[api]?.shift() ?? 'ok';
    this.log.push(`${api} ${step}`);
    const sent = typeof body === 'function' ? body(5) : body;
    this.bodies.push({ api, body: sent });
    if (step === 'lost-answer') throw kafkaError('NETWORK_EXCEPTION');
    const errorCode = step === 'ok' ? 0 : kafkaError(step).code;
    if (api === 'JoinGroup') return this.#joined(sent, errorCode, step);
    if (api === 'SyncGroup') {
      const assigned = (sent['assignments'] as { assignment: Buffer }[])[0]?.assignment ?? Buffer.alloc(0);
      return { errorCode, assignment: assigned };
    }
    return { errorCode, members: [] };
  }

  #joined(sent: Record<string, unknown>, errorCode: number, step: Step): unknown {
    const memberId = step === 'MEMBER_ID_REQUIRED' || sent['memberId'] === '' ? 'member-1' : sent['memberId'];
    const [protocol] = sent['protocols'] as { name: string; metadata: Buffer }[];
    const members = [{ memberId, groupInstanceId: null, metadata: protocol!.metadata }];
    const generationId = this.log.filter((line) => line === 'JoinGroup ok').length;
    return { errorCode, generationId, protocolName: protocol!.name, leader: memberId, memberId, skipAssignment: false, members };
  }
}

interface Setup {
  coordinator: ScriptedCoordinator;
  membership: GroupMembership;
  next: (condition: () => boolean) => Promise<void>;
}

function setup(script: Partial<Record<ApiName, Step[]>>, properties: Record<string, string> = {}): Setup {
  const settings = ClientSettings.forConsumer({
    'bootstrap.servers': 'nowhere:1',
    'group.id': 'g',
    'retry.backoff.ms': '1',
    'retry.backoff.max.ms': '2',
    'heartbeat.interval.ms': '5',
    ...properties,
  });
  const config = { ...consumerConfig(settings), groupId: 'g' };
  const coordinator = new ScriptedCoordinator(script);
  const client = coordinator.client();
  const calls = new GroupCoordinatorCalls(client, 'g');
  const options = {
    client,
    calls,
    config,
    assignors: [rangeAssignor],
    log: silentLog,
    now: Date.now,
    random: Math.random,
    onEvent: () => {},
  };
  const membership = new GroupMembership(options);
  const next = async (condition: () => boolean): Promise<void> => {
    const deadline = Date.now() + 5000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`not reached; ${coordinator.log.join(', ')}`);
      await new Promise(setImmediate);
    }
  };
  return { coordinator, membership, next };
}

const subscription = { topics: ['t'], owned: [], generation: -1 };

async function joined(made: Setup): Promise<void> {
  made.membership.join(subscription);
  await made.next(() => made.membership.state === 'stable');
  const both = [
    { topic: 't', partition: 0 },
    { topic: 't', partition: 1 },
  ];
  assert.deepEqual(made.membership.takeJoined()?.assigned, both);
  assert.equal(made.membership.takeJoined(), null);
}

test('joins through everything that passes: a required id, a moved or loading coordinator, a lost answer, another rebalance', async () => {
  const made = setup({
    JoinGroup: ['MEMBER_ID_REQUIRED', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', 'lost-answer'],
    SyncGroup: ['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR'],
  });
  await joined(made);
  assert.equal(made.coordinator.moves, 3);
  assert.ok(made.coordinator.bodies.slice(1).every(({ body }) => body['memberId'] === 'member-1'));
  await made.membership.leave('done');
});

test('an id that the group does not know is a loss, and the next join is a new member', async () => {
  for (const api of ['JoinGroup', 'SyncGroup'] as const) {
    const made = setup({ [api]: ['UNKNOWN_MEMBER_ID'] });
    made.membership.join(subscription);
    await made.next(() => made.membership.isLost);
    assert.equal(made.membership.state, 'unjoined');
    assert.equal(made.membership.isRejoinNeeded, true);
    made.membership.isLost = false;
    await joined(made);
    await made.membership.leave('done');
  }
});

test('heartbeats: a rebalance asks for a new join, a forgotten member is lost, a moved coordinator is looked for', async () => {
  const made = setup({ Heartbeat: ['ok', 'NOT_COORDINATOR', 'lost-answer', 'REBALANCE_IN_PROGRESS', 'ok', 'ILLEGAL_GENERATION'] });
  await joined(made);
  await made.next(() => made.membership.isRejoinNeeded);
  assert.equal(made.coordinator.moves, 2);
  assert.equal(made.membership.state, 'stable');
  assert.notEqual(made.membership.commitIdentity(), null, 'until it joins again it may still commit');
  await made.next(() => made.membership.isLost);
  assert.equal(made.membership.commitIdentity(), null);
  await made.membership.leave('done');
});

test('what does not pass is told once: a fenced instance, a missing permission', async () => {
  const fenced = setup({ Heartbeat: ['FENCED_INSTANCE_ID'] }, { 'group.instance.id': 'i' });
  await joined(fenced);
  await fenced.next(() => fenced.membership.isLost);
  assert.deepEqual(fenced.membership.takeError(), kafkaError('FENCED_INSTANCE_ID'));
  assert.equal(fenced.membership.takeError(), null);
  await fenced.membership.leave('done');
  const denied = setup({ JoinGroup: ['GROUP_AUTHORIZATION_FAILED'] });
  denied.membership.join(subscription);
  await denied.next(() => denied.membership.state === 'unjoined');
  assert.deepEqual(denied.membership.takeError(), kafkaError('GROUP_AUTHORIZATION_FAILED'));
  await denied.membership.leave('done');
});

test('leaving says goodbye once; a static member keeps its place', async () => {
  const dynamic = setup({});
  await joined(dynamic);
  await dynamic.membership.leave('the reason');
  const goodbyes = dynamic.coordinator.bodies.filter(({ api }) => api === 'LeaveGroup');
  assert.deepEqual(
    goodbyes.map(({ body }) => body['members']),
    [[{ memberId: 'member-1', groupInstanceId: null, reason: 'the reason' }]],
  );
  assert.ok(!process.getActiveResourcesInfo().includes('Timeout'), 'no heartbeat comes after that');
  const fixed = setup({}, { 'group.instance.id': 'i' });
  await joined(fixed);
  await fixed.membership.leave('x');
  assert.ok(!fixed.coordinator.log.includes('LeaveGroup ok'));
});

test('a member without polls leaves after max.poll.interval.ms', async () => {
  const made = setup({}, { 'max.poll.interval.ms': '20' });
  made.membership.pollBegins();
  await joined(made);
  made.membership.pollEnds();
  await made.next(() => made.membership.isLost);
  await made.next(() => made.coordinator.log.includes('LeaveGroup ok'));
  await made.membership.leave('done');
});

test('the assignment of a cooperative member tells what it owns; an older reader finds its topics all the same', () => {
  const owned = [{ topic: 't', partition: 1 }];
  const userData = cooperativeStickyAssignor.userData(owned, 4);
  const bytes = encodeMessage('ConsumerProtocolSubscription', 1, {
    topics: ['t'],
    userData,
    ownedPartitions: [{ topic: 't', partitions: [1] }],
  });
  const { version, body } = decodeMessage('ConsumerProtocolSubscription', bytes);
  assert.equal(version, 1);
  assert.deepEqual(body.topics, ['t']);
  assert.equal(cooperativeStickyAssignor.ownedFromUserData(body.userData)?.generation, 4);
});
