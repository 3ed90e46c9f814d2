import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { KafkaClient } from '../src/client/kafka-client.ts';
import { ClientClosedError, KafkaConfigError } from '../src/errors.ts';
import { ClientSettings } from '../src/settings/client-settings.ts';
import { FakeBroker, topicOf, until } from './fakes/fake-broker.ts';
import type { Handlers } from './fakes/fake-broker.ts';
import { RecordingLog } from './fakes/recording-log.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const quick = { 'retry.backoff.ms': '5', 'retry.backoff.max.ms': '20', 'reconnect.backoff.ms': '5', 'reconnect.backoff.max.ms': '20' };

async function broker(handlers: Handlers = {}, options: { nodeId?: number; host?: string } = {}): Promise<FakeBroker> {
  const made = await FakeBroker.start(handlers, options);
  cleanups.push(() => made.close());
  return made;
}

function client(
  servers: string,
  properties: Record<string, string> = {},
  kind: 'forAdmin' | 'forConsumer' | 'forProducer' = 'forAdmin',
): KafkaClient {
  const made = new KafkaClient(ClientSettings[kind]({ 'bootstrap.servers': servers, ...quick, ...properties }), {
    log: new RecordingLog(),
  });
  cleanups.push(() => made.close());
  return made;
}

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('connecting finds cluster, brokers and controller over one connection', async () => {
  const one = await broker();
  const kafka = client(one.address);
  await kafka.connect();
  await kafka.metadata.refresh();
  assert.equal(kafka.clusterId(), 'fake-cluster');
  assert.deepEqual(kafka.brokers(), [{ id: 1, host: '127.0.0.1', port: one.port, rack: null }]);
  assert.equal(kafka.controllerId(), 1);
  assert.equal(one.connections, 1, 'the bootstrap connection is kept for the broker');
});

test('a bootstrap server that is down is passed over', async () => {
  const one = await broker();
  const kafka = client(`127.0.0.1:${await deadPort()},${one.address}`);
  await kafka.connect();
  assert.equal(kafka.clusterId(), 'fake-cluster');
});

test('when nobody listens the error names the servers and the last cause', async () => {
  const port = await deadPort();
  const kafka = client(`127.0.0.1:${port}`);
  await assert.rejects(kafka.connect(undefined, 60), (error: Error) => {
    assert.equal(
      error.message,
      `No broker of bootstrap.servers 127.0.0.1:${port} answered within 60 ms: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    assert.ok(error.cause instanceof Error);
    return true;
  });
});

test('a broker that comes up later is found', async () => {
  const port = await deadPort();
  const kafka = client(`127.0.0.1:${port}`);
  const connecting = kafka.connect();
  const late = await FakeBroker.start({}, { port });
  cleanups.push(() => late.close());
  await connecting;
  assert.equal(kafka.clusterId(), 'fake-cluster');
});

test('all addresses of localhost are tried', async () => {
  const one = await broker();
  const kafka = client(`localhost:${one.port}`);
  await kafka.connect();
});

test('names that nobody knows are a configuration error', async () => {
  const kafka = client('no-such-host.invalid:9092');
  await assert.rejects(
    kafka.connect(),
    (error) => error instanceof KafkaConfigError && error.message === 'No resolvable bootstrap urls given in bootstrap.servers',
  );
});

test('connecting can be aborted', async () => {
  const kafka = client(`127.0.0.1:${await deadPort()}`);
  const abort = new AbortController();
  const connecting = kafka.connect(abort.signal);
  abort.abort(new Error('enough'));
  await assert.rejects(connecting, /enough/);
});

test('topics are waited for until they exist, and their leaders are known then', async () => {
  const one = await broker();
  const kafka = client(one.address);
  const waiting = kafka.metadata.ensure(['t']);
  await until(() => one.count('Metadata') >= 2, 'it asked again');
  one.topics.set('t', topicOf('t', [1, -1], 3, 'AAAAAAAAAAAAAAAAAAAAAQ'));
  await waiting;
  assert.equal(kafka.metadata.leader('t', 0), 1);
  assert.equal(kafka.metadata.leader('t', 1), -1);
  assert.equal(kafka.metadata.leader('t', 2), -1);
  assert.equal(kafka.metadata.leaderEpoch('t', 0), 3);
  assert.equal(kafka.metadata.topicById('AAAAAAAAAAAAAAAAAAAAAQ')?.name, 't');
});

test('a topic that does not come, and one that we may not see, end the wait in the words of Java', async () => {
  const one = await broker();
  const kafka = client(one.address);
  await assert.rejects(kafka.metadata.ensure(['t'], { timeoutMs: 30 }), {
    errorName: 'REQUEST_TIMED_OUT',
    message: 'Topic t not present in metadata after 30 ms.',
  });
  one.topics.set('t', { name: 't', errorCode: 29 });
  await assert.rejects(kafka.metadata.ensure(['t']), {
    errorName: 'TOPIC_AUTHORIZATION_FAILED',
    message: 'Not authorized to access topics: [t]',
  });
});

test('a silent broker does not outlast the wait for a topic', async () => {
  const one = await broker({ Metadata: () => null });
  const kafka = client(one.address);
  await assert.rejects(kafka.metadata.ensure(['t'], { timeoutMs: 40 }), { message: 'Topic t not present in metadata after 40 ms.' });
});

test('a topic is asked for with auto creation only where that is wanted', async () => {
  const one = await broker();
  one.topics.set('t', topicOf('t', [1]));
  await client(one.address, {}, 'forProducer').metadata.ensure(['t']);
  await client(one.address, {}).metadata.ensure(['t']);
  const asked = one.requests.flatMap((request) => (request.api === 'Metadata' ? [request.body.allowAutoTopicCreation] : []));
  assert.deepEqual(asked, [true, false]);
});

test('invalidated metadata is fetched in the background and listeners are told of changes only', async () => {
  const one = await broker();
  one.topics.set('t', topicOf('t', [1], 1));
  const kafka = client(one.address);
  await kafka.metadata.ensure(['t']);
  let changes = 0;
  const stop = kafka.metadata.onChange(() => changes++);
  kafka.metadata.invalidate('t');
  kafka.metadata.invalidate('t');
  await until(() => one.count('Metadata') === 2, 'asked again, once');
  one.topics.set('t', topicOf('t', [2], 2));
  kafka.metadata.invalidate();
  await until(() => kafka.metadata.leader('t', 0) === 2, 'the new leader');
  assert.equal(changes, 1);
  stop();
});

test('metadata is fetched again when it is old', async () => {
  const one = await broker();
  const kafka = client(one.address, { 'metadata.max.age.ms': '20' });
  await kafka.connect();
  await until(() => one.count('Metadata') >= 3, 'two refreshes by age');
});

test('the leader named by a produce answer is believed when it is newer', async () => {
  const one = await broker();
  one.topics.set('t', topicOf('t', [1], 1));
  const kafka = client(one.address);
  await kafka.metadata.ensure(['t']);
  kafka.metadata.updateLeader('t', 0, { leaderId: 7, leaderEpoch: 2 });
  assert.equal(kafka.metadata.leader('t', 0), 7);
});

test('topics are listed without internal ones, unless the consumer wants them', async () => {
  const one = await broker();
  one.topics.set('a', topicOf('a', [1]));
  one.topics.set('__consumer_offsets', { ...topicOf('__consumer_offsets', [1]), isInternal: true });
  assert.deepEqual(await client(one.address, {}, 'forConsumer').metadata.list(), ['a']);
  const all = await client(one.address, { 'exclude.internal.topics': 'false' }, 'forConsumer').metadata.list();
  assert.deepEqual(all.toSorted(), ['__consumer_offsets', 'a']);
});

test('requests go to their node in the order of the calls, also while it is being connected', async () => {
  const [one, two] = [
    await broker({}, { nodeId: 1 }),
    await broker({ Heartbeat: ({ body }) => ({ errorCode: body.generationId }) }, { nodeId: 2 }),
  ];
  one.members = [one, two];
  const kafka = client(one.address);
  await kafka.connect();
  const send = (generationId: number) => kafka.send(2, 'Heartbeat', { groupId: 'g', generationId });
  const early = [1, 2, 3].map(send);
  await early[0];
  const answers = await Promise.all([...early, ...[4, 5].map(send)]);
  assert.deepEqual(
    answers.map((answer) => answer.errorCode),
    [1, 2, 3, 4, 5],
  );
  assert.deepEqual(
    two.requests.flatMap((request) => (request.api === 'Heartbeat' ? [request.body.generationId] : [])),
    [1, 2, 3, 4, 5],
  );
});

test('the body may depend on the version, which is told with the answer', async () => {
  const one = await broker({ Heartbeat: () => ({}) });
  const kafka = client(one.address);
  await kafka.connect();
  assert.equal(await kafka.version(1, 'Heartbeat', { maxVersion: 2 }), 2);
  let asked = -1;
  const body = (version: number) => {
    asked = version;
    return { groupId: 'g' };
  };
  const { version } = await kafka.sendWithVersion(1, 'Heartbeat', body, { maxVersion: 3 });
  assert.equal(version, 3);
  assert.equal(asked, 3);
});

test('an unknown node and a broker that is gone are retriable errors, and metadata is asked again', async () => {
  const [one, two] = [await broker({}, { nodeId: 1 }), await broker({ Heartbeat: () => 'hangUp' }, { nodeId: 2 })];
  one.members = [one, two];
  const kafka = client(one.address);
  await kafka.connect();
  await assert.rejects(kafka.send(9, 'Heartbeat', {}), { errorName: 'NETWORK_EXCEPTION', retriable: true });
  await until(() => one.count('Metadata') === 2, 'asked after the unknown node');
  await assert.rejects(kafka.send(2, 'Heartbeat', {}), { errorName: 'NETWORK_EXCEPTION', message: /^Disconnected from broker/ });
  await until(() => one.count('Metadata') + two.count('Metadata') >= 3, 'asked after the disconnect');
});

test('a waiting call can be aborted while its node is being connected', async () => {
  const one = await broker();
  const kafka = client(one.address, { 'reconnect.backoff.ms': '60000', 'reconnect.backoff.max.ms': '60000' });
  await kafka.connect();
  await one.close();
  await until(() => one.sockets.size === 0, 'gone');
  const abort = new AbortController();
  const call = kafka.send(1, 'Heartbeat', {}, { signal: abort.signal });
  abort.abort(new Error('enough'));
  await assert.rejects(call, /enough|Disconnected/);
});

test('when no known broker answers, the bootstrap servers are asked again', async () => {
  const [old, next] = [await broker({}, { nodeId: 1 }), await broker({}, { nodeId: 2 })];
  const kafka = client(`${old.address},${next.address}`);
  // Whichever is asked first names only the first broker.
  next.members = [old];
  await kafka.connect();
  next.members = [next];
  await old.close();
  await kafka.metadata.refresh();
  assert.deepEqual(
    kafka.brokers().map(({ id }) => id),
    [2],
  );
});

test('without rebootstrap a client stays with the brokers it knows', async () => {
  const [old, next] = [await broker({}, { nodeId: 1 }), await broker({}, { nodeId: 2 })];
  const kafka = client(`${old.address},${next.address}`, { 'metadata.recovery.strategy': 'none' });
  next.members = [old];
  await kafka.connect();
  next.members = [next];
  await old.close();
  await assert.rejects(kafka.metadata.refresh(), { errorName: 'NETWORK_EXCEPTION' });
});

test('a coordinator is looked up once, waited for, remembered and forgotten', async () => {
  let answers = 0;
  const one = await broker({
    FindCoordinator: ({ body }) => {
      answers++;
      const found = answers === 1 ? { errorCode: 15 } : { nodeId: 1, host: '127.0.0.1', port: one.port };
      return { coordinators: body.coordinatorKeys.map((key) => ({ key, ...found })) };
    },
  });
  const kafka = client(one.address);
  assert.deepEqual(await Promise.all([kafka.coordinator('group', 'g'), kafka.coordinator('group', 'g')]), [1, 1]);
  assert.equal(answers, 2);
  await kafka.coordinator('group', 'g');
  assert.equal(answers, 2);
  kafka.forgetCoordinator('group', 'g');
  await kafka.coordinator('group', 'g');
  assert.equal(answers, 3);
});

test('an old broker is asked for a coordinator in the old form', async () => {
  const one = await FakeBroker.start(
    { FindCoordinator: ({ body }) => ({ errorCode: body.key === 'g' ? 0 : 30, nodeId: 1, host: '127.0.0.1', port: one.port }) },
    { versions: { FindCoordinator: 3 } },
  );
  cleanups.push(() => one.close());
  const kafka = client(one.address);
  assert.equal(await kafka.coordinator('group', 'g'), 1);
  await assert.rejects(kafka.coordinator('group', 'other'), { errorName: 'GROUP_AUTHORIZATION_FAILED' });
});

test("a consumer's heartbeat does not wait behind its fetch", async () => {
  const one = await broker({ Fetch: () => null, Heartbeat: () => ({}) });
  const kafka = client(one.address, { 'group.id': 'g' }, 'forConsumer');
  await kafka.connect();
  const fetch = kafka.send(1, 'Fetch', {});
  const outcome = assert.rejects(fetch, ClientClosedError);
  await kafka.send(1, 'Heartbeat', { groupId: 'g' });
  assert.equal(one.connections, 2);
  await kafka.close();
  await outcome;
});

test('an idle connection is closed and opened again when it is needed', async () => {
  const one = await broker();
  const kafka = client(one.address, { 'connections.max.idle.ms': '20' });
  await kafka.connect();
  await until(() => one.sockets.size === 0, 'closed when idle');
  await kafka.metadata.refresh();
  assert.equal(one.connections, 2);
});

test('closing rejects what waits, closes every socket and may be done twice', async () => {
  const one = await broker({ Heartbeat: () => null });
  const kafka = client(one.address);
  await kafka.connect();
  const waiting = Promise.allSettled([kafka.send(1, 'Heartbeat', {}), kafka.metadata.ensure(['never'])]);
  await until(() => one.count('Heartbeat') === 1, 'it arrived');
  await kafka.close();
  await kafka.close();
  for (const result of await waiting) assert.ok((result as PromiseRejectedResult).reason instanceof ClientClosedError);
  await until(() => one.sockets.size === 0, 'no socket is left');
  await assert.rejects(kafka.send('any', 'Metadata', {}), ClientClosedError);
  await assert.rejects(kafka.connect(), ClientClosedError);
});

test('closing while connecting leaves nothing behind', async () => {
  const one = await broker({ ApiVersions: () => null });
  const kafka = client(one.address);
  const connecting = assert.rejects(kafka.connect(), ClientClosedError);
  await until(() => one.count('ApiVersions') === 1, 'the question arrived');
  await kafka.close();
  await connecting;
  await until(() => one.sockets.size === 0, 'no socket is left');
});
