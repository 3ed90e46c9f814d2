import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { decodeHeaders } from '@sluice/protocol';
import type { Consumer } from '../src/consumer/consumer.ts';
import type { TopicPartition } from '../src/consumer/topic-partition.ts';
import type { Producer } from '../src/producer/producer.ts';
import { TopicTable } from '../src/table/topic-table.ts';
import { CuttingProxy } from './fakes/cutting-proxy.ts';
import { seededRandom, testSeed } from './fakes/random.ts';
import { noListener, pollRecords, pollUntil, readRecords, TestCluster } from './fakes/test-cluster.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start();
});
afterEach(() => cluster.closeClients());
after(() => cluster.close());

const partitions = (topic: string, count: number): TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));

async function putAll(producer: Producer, topic: string, values: readonly string[], partition: number | null = 0): Promise<void> {
  await producer.prepare(topic);
  for (const value of values) {
    while (!producer.append(topic, partition, null, null, value, null, null)) await producer.room();
  }
  await producer.flush();
}

const numbered = (count: number, prefix = 'v'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  test(`records come back as they were written: ${compression}`, async () => {
    const topic = await cluster.topic(1);
    const producer = await cluster.producer({ 'compression.type': compression });
    await producer.prepare(topic);
    producer.append(topic, 0, 1000, 'schlüssel', 'wert €', [{ key: 'h', value: Buffer.from([1, 2]) }], null);
    producer.append(topic, 0, 2000, null, null, null, null);
    for (let i = 0; i < 500; i += 1) producer.append(topic, 0, 3000, `k${i}`, 'x'.repeat(100), null, null);
    await producer.flush();
    const consumer = cluster.consumer({ 'max.poll.records': '1000' });
    consumer.assign(partitions(topic, 1));
    const batches = await consumer.poll(10_000);
    const columns = batches[0]!.columns;
    const headers = decodeHeaders(columns, 0).map(({ key, value }) => [key, value === null ? null : [...Buffer.from(value)]]);
    assert.deepEqual(headers, [['h', [1, 2]]]);
    const records = readRecords(batches);
    while (records.length < 502) records.push(...readRecords(await consumer.poll(10_000)));
    assert.deepEqual(records[0], { partition: 0, offset: 0, timestamp: 1000, key: 'schlüssel', value: 'wert €' });
    assert.deepEqual(records[1], { partition: 0, offset: 1, timestamp: 2000, key: null, value: null });
    assert.equal(records[501]!.offset, 501);
    assert.equal(consumer.position({ topic, partition: 0 }), 502);
  });
}

test('poll returns at most max.poll.records, in order, and the position follows', async () => {
  const topic = await cluster.topic(1);
  await putAll(await cluster.producer(), topic, numbered(1000));
  const consumer = cluster.consumer({ 'max.poll.records': '7' });
  consumer.assign(partitions(topic, 1));
  const values: (string | null)[] = [];
  while (values.length < 1000) {
    const batches = await consumer.poll(10_000);
    const records = readRecords(batches);
    assert.ok(records.length <= 7);
    values.push(...records.map(({ value }) => value));
    assert.equal(consumer.position({ topic, partition: 0 }), values.length);
    assert.equal(batches[batches.length - 1]!.nextOffset, values.length);
  }
  assert.deepEqual(values, numbered(1000));
});

test('a record larger than every fetch limit still gets through, and full partitions do not starve others', async () => {
  const topic = await cluster.topic(3);
  const producer = await cluster.producer({ 'batch.size': '100' });
  const big = 'x'.repeat(100_000);
  for (let partition = 0; partition < 3; partition += 1) await putAll(producer, topic, [big, 'small', big], partition);
  const consumer = cluster.consumer({ 'max.partition.fetch.bytes': '10', 'fetch.max.bytes': '10' });
  consumer.assign(partitions(topic, 3));
  const records = await pollRecords(consumer, 9);
  for (let partition = 0; partition < 3; partition += 1) {
    const values = records.filter((each) => each.partition === partition).map(({ value }) => value?.length);
    assert.deepEqual(values, [100_000, 5, 100_000]);
  }
});

test('seek, pause and resume', async () => {
  const topic = await cluster.topic(2);
  const producer = await cluster.producer();
  await putAll(producer, topic, numbered(10, 'a'), 0);
  await putAll(producer, topic, numbered(10, 'b'), 1);
  const [a, b] = partitions(topic, 2) as [TopicPartition, TopicPartition];
  const consumer = cluster.consumer({ 'max.poll.records': '4' });
  consumer.assign([a, b]);
  await consumer.poll(10_000);
  consumer.pause([a]);
  assert.deepEqual(consumer.paused(), [a]);
  const position = consumer.position(a);
  const whilePaused = await pollUntil([consumer], () => (consumer.positionOrNull(b) ?? 0) === 10, 'all of b');
  assert.ok(whilePaused.every(({ partition }) => partition === 1));
  assert.equal(consumer.position(a), position);
  consumer.resume([a]);
  consumer.seek(a, 3);
  consumer.seek(b, 9);
  const records = await pollRecords(consumer, 8);
  assert.deepEqual(
    records.filter(({ partition }) => partition === 0).map(({ value }) => value),
    numbered(10, 'a').slice(3),
  );
  assert.deepEqual(
    records.filter(({ partition }) => partition === 1).map(({ value }) => value),
    ['b9'],
  );
  assert.throws(() => consumer.pause([{ topic, partition: 7 }]), /No current assignment for partition/);
});

test('auto.offset.reset: latest, by_duration, none and a position that is out of range', async () => {
  const topic = await cluster.topic(1);
  const producer = await cluster.producer();
  await putAll(producer, topic, numbered(5));
  const at = partitions(topic, 1)[0]!;
  const latest = cluster.consumer({ 'auto.offset.reset': 'latest' });
  latest.assign([at]);
  await pollUntil([latest], () => latest.positionOrNull(at) !== null, 'a position');
  assert.equal(latest.position(at), 5);
  const young = cluster.consumer({ 'auto.offset.reset': 'by_duration:PT1H' });
  young.assign([at]);
  assert.equal((await pollRecords(young, 5)).length, 5);
  const none = cluster.consumer({ 'auto.offset.reset': 'none', 'group.id': cluster.name('group') });
  none.assign([at]);
  await assert.rejects(none.poll(10_000), {
    name: 'NoOffsetForPartitionError',
    message: `Undefined offset with no reset policy for partitions: [${topic}-0]`,
  });
  none.seek(at, 1000);
  await assert.rejects(none.poll(10_000), { name: 'OffsetOutOfRangeError' });
  none.seek(at, 4);
  assert.deepEqual(
    (await pollRecords(none, 1)).map(({ value }) => value),
    ['v4'],
  );
  const earliest = cluster.consumer();
  earliest.assign([at]);
  earliest.seek(at, 1000);
  assert.equal((await pollRecords(earliest, 5))[0]!.offset, 0);
});

test('wakeup, a signal and close end a poll at once', async () => {
  const topic = await cluster.topic(1);
  const consumer = cluster.consumer();
  consumer.assign(partitions(topic, 1));
  consumer.wakeup();
  await assert.rejects(consumer.poll(60_000), { name: 'WakeupError' });
  const polling = consumer.poll(60_000);
  await assert.rejects(consumer.poll(0), /concurrent access/);
  consumer.wakeup();
  await assert.rejects(polling, { name: 'WakeupError' });
  const controller = new AbortController();
  const aborted = consumer.poll(60_000, controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(aborted, /enough/);
  const closed = assert.rejects(consumer.poll(60_000), /closed/);
  await consumer.close();
  await closed;
  await assert.rejects(consumer.poll(0), /closed/);
});

interface Seen {
  assigned: TopicPartition[];
  owned: Set<number>;
  revokedCalls: number;
  lostCalls: number;
}

function member(consumer: Consumer, topic: string): Seen {
  const seen: Seen = { assigned: [], owned: new Set(), revokedCalls: 0, lostCalls: 0 };
  consumer.subscribe(
    { topics: [topic] },
    {
      onAssigned(added) {
        for (const each of added) {
          seen.owned.add(each.partition);
          assert.equal(typeof consumer.position(each), 'number');
        }
      },
      async onRevoked(revoked) {
        seen.revokedCalls += 1;
        await consumer.commit(revoked.map((each) => ({ ...each, offset: consumer.position(each) })));
        for (const each of revoked) seen.owned.delete(each.partition);
      },
      onLost(lost) {
        seen.lostCalls += 1;
        for (const each of lost) seen.owned.delete(each.partition);
      },
    },
  );
  return seen;
}

for (const strategy of ['Range', 'RoundRobin', 'Sticky', 'CooperativeSticky']) {
  test(`a group divides its partitions, hands them over with their offsets and takes them back: ${strategy}`, async () => {
    const topic = await cluster.topic(6);
    const producer = await cluster.producer();
    for (let partition = 0; partition < 6; partition += 1) await putAll(producer, topic, numbered(50, `p${partition}-`), partition);
    const properties = {
      'group.id': cluster.name('group'),
      'partition.assignment.strategy': `org.apache.kafka.clients.consumer.${strategy}Assignor`,
      'heartbeat.interval.ms': '20',
      'max.poll.records': '10',
    };
    const first = cluster.consumer(properties);
    const second = cluster.consumer(properties);
    const seenFirst = member(first, topic);
    const records = await pollUntil([first], () => seenFirst.owned.size === 6, 'the first has all');
    const seenSecond = member(second, topic);
    records.push(...(await pollUntil([first, second], () => seenFirst.owned.size === 3 && seenSecond.owned.size === 3, 'each has three')));
    for (const partition of seenFirst.owned) assert.ok(!seenSecond.owned.has(partition));
    await first.close();
    assert.equal(seenFirst.owned.size, 0);
    records.push(...(await pollUntil([second], () => seenSecond.owned.size === 6, 'the second has all')));
    const isRead = (): boolean => second.assignment().every((each) => second.positionOrNull(each) === 50);
    records.push(...(await pollUntil([second], isRead, 'all is read')));
    for (let partition = 0; partition < 6; partition += 1) {
      const offsets = records.filter((each) => each.partition === partition).map(({ offset }) => offset);
      assert.deepEqual(offsets, [...Array(50).keys()], `every record once, in order, from partition ${partition}`);
    }
    assert.equal(seenFirst.lostCalls + seenSecond.lostCalls, 0);
  });
}

test('committed offsets are where the next member begins, with their metadata', async () => {
  const topic = await cluster.topic(1);
  await putAll(await cluster.producer(), topic, numbered(10));
  const properties = { 'group.id': cluster.name('group') };
  const first = cluster.consumer(properties);
  first.subscribe({ topics: [topic] }, noListener);
  await pollRecords(first, 10);
  await first.commit([{ topic, partition: 0, offset: 6, metadata: 'six' }]);
  assert.deepEqual(await first.committed(partitions(topic, 1)), [{ topic, partition: 0, offset: 6, metadata: 'six' }]);
  await first.close();
  const second = cluster.consumer(properties);
  second.subscribe({ topics: [topic] }, noListener);
  assert.deepEqual(
    (await pollRecords(second, 4)).map(({ value }) => value),
    ['v6', 'v7', 'v8', 'v9'],
  );
});

test('auto-commit commits what poll returned, at the latest on close', async () => {
  const topic = await cluster.topic(1);
  await putAll(await cluster.producer(), topic, numbered(10));
  const properties = { 'group.id': cluster.name('group'), 'enable.auto.commit': 'true', 'max.poll.records': '4' };
  const first = cluster.consumer(properties);
  first.subscribe({ topics: [topic] }, noListener);
  await pollRecords(first, 4);
  await first.close();
  const second = cluster.consumer(properties);
  second.subscribe({ topics: [topic] }, noListener);
  assert.equal((await pollRecords(second, 1))[0]!.offset, 4);
});

test('a member that does not poll leaves, its partitions are lost to it, and it can come back', async () => {
  const topic = await cluster.topic(1);
  const properties = { 'group.id': cluster.name('group'), 'heartbeat.interval.ms': '20', 'session.timeout.ms': '6000' };
  const slow = cluster.consumer({ ...properties, 'max.poll.interval.ms': '150' });
  const seenSlow = member(slow, topic);
  await pollUntil([slow], () => seenSlow.owned.size === 1, 'the slow one has it');
  const quick = cluster.consumer(properties);
  const seenQuick = member(quick, topic);
  await pollUntil([quick], () => seenQuick.owned.size === 1, 'the quick one has it');
  await assert.rejects(slow.commit([{ topic, partition: 0, offset: 0 }]), { name: 'CommitFailedError' });
  await quick.close();
  await pollUntil([slow], () => seenSlow.lostCalls === 1 && seenSlow.owned.size === 1, 'the slow one lost it and has it again');
});

test('a static member comes back to its partitions without a rebalance', async () => {
  const topic = await cluster.topic(2);
  const properties = { 'group.id': cluster.name('group'), 'heartbeat.interval.ms': '20' };
  const names = ['one', 'two'];
  const consumers = names.map((name) => cluster.consumer({ ...properties, 'group.instance.id': name }));
  const seen = consumers.map((consumer) => member(consumer, topic));
  await pollUntil(consumers, () => seen.every(({ owned }) => owned.size === 1), 'each has one');
  const had = [...seen[1]!.owned];
  await consumers[1]!.close();
  const revokedBefore = seen[0]!.revokedCalls;
  const back = cluster.consumer({ ...properties, 'group.instance.id': 'two' });
  const seenBack = member(back, topic);
  await pollUntil([consumers[0]!, back], () => seenBack.owned.size === 1, 'the second is back');
  assert.deepEqual([...seenBack.owned], had);
  assert.equal(seen[0]!.revokedCalls, revokedBefore);
  const fenced = cluster.consumer({ ...properties, 'group.instance.id': 'two' });
  const seenFenced = member(fenced, topic);
  const fencing = pollUntil([fenced], () => seenFenced.owned.size === 1, 'the third took the place of the second');
  await assert.rejects(
    pollUntil([back], () => false, 'the second is fenced'),
    { errorName: 'FENCED_INSTANCE_ID' },
  );
  await fencing;
});

test('a pattern takes in topics that are made later', async () => {
  const prefix = cluster.name('pattern');
  const group = { 'group.id': cluster.name('group'), 'metadata.max.age.ms': '50', 'heartbeat.interval.ms': '20' };
  const consumer = cluster.consumer(group);
  consumer.subscribe({ pattern: new RegExp(`${prefix}\\..*`) }, noListener);
  assert.deepEqual(await consumer.poll(100), []);
  const producer = await cluster.producer();
  const { Admin, ClientSettings, KafkaClient } = await import('../src/index.ts');
  const client = new KafkaClient(ClientSettings.forAdmin({ 'bootstrap.servers': cluster.bootstrap }));
  try {
    await new Admin(client).createTopics([`${prefix}.a`, `x${prefix}.b`].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 })));
  } finally {
    await client.close();
  }
  await putAll(producer, `${prefix}.a`, ['yes']);
  await putAll(producer, `x${prefix}.b`, ['no']);
  assert.deepEqual(
    (await pollRecords(consumer, 1)).map(({ value }) => value),
    ['yes'],
  );
  assert.deepEqual(consumer.assignment(), [{ topic: `${prefix}.a`, partition: 0 }]);
});

test('a topic table reads to the end, follows, and writes', async () => {
  const topic = await cluster.topic(3, { 'cleanup.policy': 'compact' });
  const rows = new Map<string, string | null>();
  const properties = { 'bootstrap.servers': cluster.bootstrap };
  const make = (into: Map<string, string | null>): TopicTable =>
    new TopicTable({
      topic,
      consumer: properties,
      producer: properties,
      onRecord: (key, value) => void into.set(key!.toString(), value === null ? null : value.toString()),
    });
  const writer = make(rows);
  await writer.start();
  await Promise.all(numbered(100).map((key) => writer.write(key, `${key}-old`)));
  for (const key of ['v1', 'v2']) await writer.write(key, `${key}-new`);
  await writer.write('v3', null);
  await writer.readToEnd();
  const other = new Map<string, string | null>();
  const reader = make(other);
  await reader.start();
  assert.deepEqual(Object.fromEntries(other), Object.fromEntries(rows));
  assert.equal(other.size, 100);
  assert.equal(other.get('v1'), 'v1-new');
  assert.equal(other.get('v3'), null);
  await writer.write('late', 'x');
  await reader.readToEnd();
  assert.equal(other.get('late'), 'x');
  await reader.stop();
  await assert.rejects(reader.readToEnd(), /stopped/);
  await writer.stop();
  await assert.rejects(writer.write('k', 'v'), /stopped/);
});

test('connections that are cut at random lose nothing, double nothing and keep the order', async () => {
  const seed = testSeed();
  const random = seededRandom(seed);
  const proxy = await CuttingProxy.start(cluster.bootstrap, random);
  try {
    const topic = await cluster.topic(3);
    const backoff = {
      'retry.backoff.ms': '5',
      'retry.backoff.max.ms': '20',
      'reconnect.backoff.ms': '5',
      'reconnect.backoff.max.ms': '20',
    };
    const producer = await cluster.producer({ ...backoff, 'batch.size': '500' }, proxy.bootstrap);
    const failures: Error[] = [];
    producer.onAck = ({ error }) => void (error !== null && failures.push(error));
    const group = {
      ...backoff,
      'group.id': cluster.name('group'),
      'heartbeat.interval.ms': '50',
      'max.poll.records': '50',
      'session.timeout.ms': '30000',
    };
    const consumer = cluster.consumer(group, proxy.bootstrap);
    consumer.subscribe({ topics: [topic] }, noListener);
    await producer.prepare(topic);
    proxy.cutChance = 0.05;
    const count = 6000;
    const writing = (async () => {
      for (let i = 0; i < count; i += 1) {
        while (!producer.append(topic, i % 3, null, null, `${i}`, null, null)) await producer.room();
        if (i % 20 === 0) await new Promise(setImmediate);
      }
      await producer.flush();
    })();
    // A rebalance after a cut may begin again at the last commit, here the start: so what counts is each partition's first sight of a record.
    const seen = [new Map<number, string>(), new Map<number, string>(), new Map<number, string>()];
    const deadline = Date.now() + 60_000;
    while (seen.reduce((sum, each) => sum + each.size, 0) < count) {
      assert.ok(
        Date.now() < deadline,
        `seed ${seed}: ${seen.map(({ size }) => size).join(', ')} of ${count} after a minute, ${proxy.cuts} cuts`,
      );
      for (const { partition, offset, value } of readRecords(await consumer.poll(100))) {
        const known = seen[partition]!.get(offset);
        assert.ok(known === undefined || known === value, `seed ${seed}`);
        seen[partition]!.set(offset, value!);
      }
    }
    await writing;
    assert.deepEqual(failures, [], `seed ${seed}`);
    assert.ok(proxy.cuts > 0);
    for (let partition = 0; partition < 3; partition += 1) {
      const values = [...seen[partition]!].toSorted((a, b) => a[0] - b[0]).map(([, value]) => Number(value));
      assert.deepEqual(
        values,
        [...Array(count / 3).keys()].map((i) => i * 3 + partition),
        `seed ${seed}`,
      );
    }
  } finally {
    proxy.cutChance = 0;
    await cluster.closeClients();
    await proxy.close();
  }
});

test('nothing is left open after close', async () => {
  const topic = await cluster.topic(1);
  await cluster.closeClients();
  const open = (): string[] => process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'TCPSocketWrap');
  const before = open().length;
  const producer = await cluster.producer();
  const consumer = cluster.consumer({ 'group.id': cluster.name('group') });
  consumer.subscribe({ topics: [topic] }, noListener);
  await putAll(producer, topic, ['v']);
  await pollRecords(consumer, 1);
  await cluster.closeClients();
  // The broker's side of a connection, which may be in this process, ends a moment later.
  const deadline = Date.now() + 5000;
  while (open().length > before && Date.now() < deadline) await new Promise(setImmediate);
  assert.ok(open().length <= before, `open: ${open().join(', ')}`);
});
