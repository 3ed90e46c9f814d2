import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apis, encodeRequest } from '@sluice/protocol';
import { startBroker } from '../src/index.ts';
import { batchOf, temporaryDirectory } from './support/fixtures.ts';
import { decodeRecords } from './support/log-records.ts';
import { RawClient } from './support/raw-client.ts';
import { createTopic, errorName, fetch, produce, startTestBroker } from './support/running-broker.ts';

function values(records: Buffer | null): string[] {
  return decodeRecords(records ?? Buffer.alloc(0)).map(({ value }) => value);
}

test('what was produced, created and committed is there after a restart, under the same ids', async (t) => {
  const dataDir = temporaryDirectory();
  const first = await startBroker({ listen: '127.0.0.1:0', dataDir });
  const before = await RawClient.connect(first.port);
  const topicId = await createTopic(before, 'kept', { 'retention.ms': '1234567' }, 2);
  assert.equal((await produce(before, 'kept', batchOf(['a', 'b']))).baseOffset, 0);
  const offsets = [
    { name: 'kept', partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: 0, committedMetadata: 'note' }] },
  ];
  await before.send('OffsetCommit', { groupId: 'g', topics: offsets }, 9);
  before.close();
  await first.close();

  const { broker, client } = await startTestBroker(t, { dataDir });
  assert.equal(broker.clusterId, first.clusterId);
  assert.deepEqual(values((await fetch(client, 'kept', 0)).records), ['a', 'b']);
  assert.equal((await produce(client, 'kept', batchOf(['c']))).baseOffset, 2);
  const metadata = await client.send('Metadata', { topics: [{ name: 'kept' }] });
  assert.deepEqual(
    metadata.topics.map((topic) => [topic.topicId, topic.partitions.length]),
    [[topicId, 2]],
  );
  const configs = await client.send('DescribeConfigs', {
    resources: [{ resourceType: 2, resourceName: 'kept', configurationKeys: ['retention.ms'] }],
  });
  assert.equal(configs.results[0]?.configs[0]?.value, '1234567');
  const fetched = await client.send('OffsetFetch', { groups: [{ groupId: 'g', topics: null }] }, 9);
  const [partition] = fetched.groups[0]?.topics[0]?.partitions ?? [];
  assert.deepEqual([partition?.committedOffset, partition?.metadata], [1, 'note']);
});

test('a fetch at the end of the log waits for the next record, or for its time', async (t) => {
  const { broker, client } = await startTestBroker(t);
  await createTopic(client, 'tail');
  const consumer = await RawClient.connect(broker.port);
  t.after(() => consumer.close());
  const waiting = fetch(consumer, 'tail', 0, { maxWaitMs: 30_000, minBytes: 1 });
  await produce(client, 'tail', batchOf(['now']));
  assert.deepEqual(values((await waiting).records), ['now']);
  const inVain = await fetch(consumer, 'tail', 1, { maxWaitMs: 5, minBytes: 1 });
  assert.deepEqual([inVain.errorCode, inVain.highWatermark, inVain.records?.length], [0, 1, 0]);
  const abandoned = fetch(consumer, 'tail', 1, { maxWaitMs: 30_000, minBytes: 1 }).catch(() => 'ended');
  await client.send('DeleteTopics', { topics: [{ name: 'tail' }] });
  const gone = await abandoned;
  assert.ok(gone !== 'ended' && typeof gone === 'object');
  assert.equal(errorName(gone.errorCode), 'NOT_LEADER_OR_FOLLOWER');
});

test('requests that come at once are answered in order', async (t) => {
  const { client } = await startTestBroker(t);
  await createTopic(client, 'piped');
  const answers = await Promise.all([
    ...Array.from({ length: 50 }, (_, i) => produce(client, 'piped', batchOf([`v${i}`]))),
    client.send('ListOffsets', { topics: [{ name: 'piped', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }),
  ]);
  answers.slice(0, 50).forEach((answer, i) => assert.equal('baseOffset' in answer && answer.baseOffset, i));
  const last = answers[50];
  assert.ok(last !== undefined && 'topics' in last);
  assert.equal(last.topics[0]?.partitions[0]?.offset, 50);
});

test('with acks=0 nothing is answered, and an error ends the connection', async (t) => {
  const { broker, client } = await startTestBroker(t);
  await createTopic(client, 'quiet');
  const records = (value: string): { name: string; partitionData: { index: number; records: Buffer }[] } => ({
    name: 'quiet',
    partitionData: [{ index: 0, records: batchOf([value]) }],
  });
  client.sendOnly('Produce', { acks: 0, topicData: [records('a')] }, 12);
  assert.deepEqual(values((await fetch(client, 'quiet', 0)).records), ['a']);
  const other = await RawClient.connect(broker.port);
  other.sendOnly('Produce', { acks: 0, topicData: [{ ...records('b'), name: 'missing' }] }, 12);
  await other.closed;
});

test('garbage, an oversized frame and unknown requests cut off their connection alone, and are said', async (t) => {
  const { broker, client, lines } = await startTestBroker(t, { config: { 'socket.request.max.bytes': '1000000' } });
  const metadata = encodeRequest('Metadata', 12, { correlationId: 1, clientId: 'x' }, { topics: null });
  const unknownVersion = Buffer.from(metadata);
  unknownVersion.writeInt16BE(999, 6);
  const unknownApi = Buffer.from(metadata);
  unknownApi.writeInt16BE(888, 4);
  const bad: [string, Buffer][] = [
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['an oversized frame', Buffer.from('7fffffff00', 'hex')],
    ['a negative size', Buffer.from('ffffffff', 'hex')],
    ['a frame with nothing in it', Buffer.from('00000000', 'hex')],
    ['a body that ends early', Buffer.concat([Buffer.from('0000000a', 'hex'), metadata.subarray(4, 14)])],
    ['an unknown version', unknownVersion],
    ['an unknown API', unknownApi],
  ];
  for (const [what, bytes] of bad) {
    const before = lines.length;
    const connection = await RawClient.connect(broker.port);
    connection.socket.write(bytes);
    await connection.closed;
    assert.equal(lines.slice(before).filter((line) => line.startsWith('warn: Connection from')).length, 1, what);
  }
  const half = await RawClient.connect(broker.port);
  half.socket.end(metadata.subarray(0, 9));
  await half.closed;
  assert.match(lines.at(-1) ?? '', /ended inside a request/);
  assert.equal((await client.send('Metadata', { topics: null })).brokers.length, 1);
});

test('a client of the future learns which versions there are', async (t) => {
  const { client } = await startTestBroker(t);
  const request = encodeRequest('ApiVersions', 0, { correlationId: 7, clientId: null }, {});
  request.writeInt16BE(99, 6);
  client.socket.removeAllListeners('data');
  const answer = new Promise<Buffer>((resolve) => client.socket.once('data', resolve));
  client.socket.write(request);
  const frame = await answer;
  assert.deepEqual([frame.readInt32BE(4), frame.readInt16BE(8)], [7, 35]);
  assert.ok(frame.readInt32BE(10) > 20);
});

test('topics: what one broker cannot do is refused in Kafka words', async (t) => {
  const { client } = await startTestBroker(t);
  const create = async (topic: {
    name: string;
    numPartitions?: number;
    replicationFactor?: number;
    configs?: { name: string; value: string }[];
  }): Promise<string> => {
    const { topics } = await client.send('CreateTopics', { topics: [{ numPartitions: 1, replicationFactor: 1, ...topic }] });
    return `${errorName(topics[0]?.errorCode ?? -1)}: ${topics[0]?.errorMessage}`;
  };
  assert.equal(
    await create({ name: 'a', replicationFactor: 3 }),
    'INVALID_REPLICATION_FACTOR: Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered.',
  );
  assert.equal(
    await create({ name: 'a', numPartitions: 0 }),
    'INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value.',
  );
  assert.match(await create({ name: 'a b' }), /^INVALID_TOPIC_EXCEPTION: Topic name is invalid: 'a b' contains/);
  assert.equal(
    await create({ name: 'a', configs: [{ name: 'retention.ms', value: 'soon' }] }),
    'INVALID_CONFIG: Invalid value soon for configuration retention.ms: Not a number of type LONG',
  );
  assert.equal(
    await create({ name: 'a', configs: [{ name: 'no.such', value: '1' }] }),
    'INVALID_CONFIG: Unknown topic config name: no.such',
  );
  assert.equal(await create({ name: 'a.b', configs: [{ name: 'cleanup.policy', value: 'compact' }] }), 'NONE: null');
  assert.equal(await create({ name: 'a.b' }), "TOPIC_ALREADY_EXISTS: Topic 'a.b' already exists.");
  assert.match(await create({ name: 'a_b' }), /^INVALID_TOPIC_EXCEPTION: .* collides with existing topic: a\.b$/);
  const { results } = await client.send('CreatePartitions', { topics: [{ name: 'a.b', count: 1, assignments: null }] });
  assert.equal(results[0]?.errorMessage, 'Topic already has 1 partition(s).');
});

test('produce refuses what a topic does not take', async (t) => {
  const { client } = await startTestBroker(t, { config: { 'auto.create.topics.enable': 'false' } });
  await createTopic(client, 'small', { 'max.message.bytes': '200' });
  await createTopic(client, 'keys', { 'cleanup.policy': 'compact' });
  const outcome = async (topic: string, batch: Buffer, options = {}): Promise<string> =>
    errorName((await produce(client, topic, batch, options)).errorCode);
  assert.equal(await outcome('small', batchOf(['x'.repeat(300)])), 'MESSAGE_TOO_LARGE');
  assert.equal(await outcome('small', batchOf(['x']), { index: 1 }), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await outcome('small', batchOf(['x']), { acks: 2 }), 'INVALID_REQUIRED_ACKS');
  assert.equal(await outcome('missing', batchOf(['x'])), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await outcome('keys', batchOf(['x'])), 'INVALID_RECORD');
  assert.equal(await outcome('keys', batchOf(['x'], { key: 'k' })), 'NONE');
  assert.equal(
    await outcome('small', batchOf(['x'], { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 })),
    'INVALID_REQUEST',
  );
  const metadata = await client.send('Metadata', { topics: [{ name: 'missing' }], allowAutoTopicCreation: true });
  assert.equal(errorName(metadata.topics[0]?.errorCode ?? 0), 'UNKNOWN_TOPIC_OR_PARTITION');
});

test('idempotent producers get ids that were never given, also over restarts, and are not written twice', async (t) => {
  const dataDir = temporaryDirectory();
  const first = await startBroker({ listen: '127.0.0.1:0', dataDir });
  const before = await RawClient.connect(first.port);
  const ids = new Set<number>();
  for (let i = 0; i < 3; i++) ids.add((await before.send('InitProducerId', { transactionalId: null })).producerId);
  before.close();
  await first.close();
  const { client } = await startTestBroker(t, { dataDir });
  const { producerId, producerEpoch } = await client.send('InitProducerId', { transactionalId: null });
  assert.equal(ids.size, 3);
  assert.ok(!ids.has(producerId));
  await createTopic(client, 'once');
  const batch = (): Buffer => batchOf(['x'], { producerId, producerEpoch, baseSequence: 0 });
  const [one, two] = await Promise.all([produce(client, 'once', batch()), produce(client, 'once', batch())]);
  assert.deepEqual([one.errorCode, two.errorCode, one.baseOffset, two.baseOffset], [0, 0, 0, 0]);
  assert.equal((await fetch(client, 'once', 0)).highWatermark, 1);
  const gap = await produce(client, 'once', batchOf(['y'], { producerId, producerEpoch, baseSequence: 5 }));
  assert.equal(errorName(gap.errorCode), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  const transactional = await client.send('InitProducerId', { transactionalId: 'tx' });
  assert.equal(errorName(transactional.errorCode), 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
});

test('offsets are found by place and by time', async (t) => {
  const { client } = await startTestBroker(t);
  await createTopic(client, 'times');
  await produce(client, 'times', batchOf(['a', 'b', 'c'], { timestamp: 1000, step: 100, compression: 'gzip' }));
  await produce(client, 'times', batchOf(['d', 'e'], { timestamp: 5000, step: -1000 }));
  const find = async (timestamp: number): Promise<number[]> => {
    const { topics } = await client.send('ListOffsets', { topics: [{ name: 'times', partitions: [{ partitionIndex: 0, timestamp }] }] });
    const { offset = -9, timestamp: time = -9 } = topics[0]?.partitions[0] ?? {};
    return [Number(offset), Number(time)];
  };
  assert.deepEqual(await find(-1), [5, -1]);
  assert.deepEqual(await find(-2), [0, -1]);
  assert.deepEqual(await find(-3), [3, 5000]);
  assert.deepEqual(await find(1050), [1, 1100]);
  assert.deepEqual(await find(1201), [3, 5000]);
  assert.deepEqual(await find(5001), [-1, -1]);
  await client.send('DeleteRecords', { topics: [{ name: 'times', partitions: [{ partitionIndex: 0, offset: 4 }] }] });
  assert.deepEqual(await find(0), [4, 4000]);
  assert.deepEqual(await find(4500), [-1, -1]);
});

test('a large answer comes whole, beside small ones, in every version of Fetch', async (t) => {
  const { client } = await startTestBroker(t);
  const id = await createTopic(client, 'large');
  await createTopic(client, 'small');
  const big = 'x'.repeat(900_000);
  await produce(client, 'large', batchOf([big]));
  await produce(client, 'small', batchOf(['y']));
  for (let version = apis.Fetch.minVersion; version <= apis.Fetch.maxVersion; version++) {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }];
    const topics = [
      { topic: 'large', topicId: id, partitions },
      { topic: 'missing', partitions },
    ];
    const { responses } = await client.send('Fetch', { maxWaitMs: 0, minBytes: 1, topics }, version);
    assert.deepEqual(values(responses[0]?.partitions[0]?.records ?? null), [big], `version ${version}`);
    assert.equal(errorName(responses[1]?.partitions[0]?.errorCode ?? 0), version >= 13 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION');
  }
});

test('one data directory has one broker', async (t) => {
  const dataDir = temporaryDirectory();
  const { broker } = await startTestBroker(t, { dataDir });
  await assert.rejects(
    startBroker({ listen: '127.0.0.1:0', dataDir }),
    (error: Error) => error.message.includes(dataDir) && /in use by another broker/.test(error.message),
  );
  await assert.rejects(
    startBroker({ listen: `127.0.0.1:${broker.port}` }),
    /cannot listen on 127\.0\.0\.1:\d+: another program listens there/,
  );
  await assert.rejects(startBroker({ listen: 'nonsense' }), /Invalid value nonsense/);
  await assert.rejects(
    startBroker({ listen: '127.0.0.1:0', config: { 'num.partitions': 'many' } }),
    /Invalid value many for configuration num\.partitions/,
  );
});

test('closing ends waiting requests and lets the process go', async () => {
  const broker = await startBroker({ listen: '127.0.0.1:0' });
  const client = await RawClient.connect(broker.port);
  await createTopic(client, 'idle');
  const waiting = fetch(client, 'idle', 0, { maxWaitMs: 60_000 });
  const begun = performance.now();
  // What is under way when the broker closes is answered; what comes too late is not.
  await Promise.all([broker.close(), waiting.catch(() => {})]);
  assert.ok(performance.now() - begun < 900, 'nobody was waited for');
  await broker.close();
});
