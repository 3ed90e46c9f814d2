import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaError, murmur2, toPositive } from '@sluice/protocol';
import { silentLog } from '../src/log.ts';
import { Producer } from '../src/producer/producer.ts';
import type { AckedBatch } from '../src/producer/producer.ts';
import { ClientSettings } from '../src/settings/client-settings.ts';
import { FakeProduceCluster } from './fakes/fake-produce-cluster.ts';
import type { FakeOptions } from './fakes/fake-produce-cluster.ts';
import { seededRandom, testSeed } from './fakes/random.ts';

const quick = { 'bootstrap.servers': 'nowhere:1', 'linger.ms': '0', 'retry.backoff.ms': '1', 'retry.backoff.max.ms': '2' };

interface Setup {
  cluster: FakeProduceCluster;
  producer: Producer;
  acks: AckedBatch[];
}

async function setup(options: Partial<FakeOptions>, properties: Record<string, string> = {}, random?: () => number): Promise<Setup> {
  const cluster = new FakeProduceCluster({ topics: { t: 1 }, ...options });
  const settings = ClientSettings.forProducer({ ...quick, ...properties });
  const producer = new Producer(cluster.client(), settings, { log: silentLog, ...(random === undefined ? {} : { random }) });
  const acks: AckedBatch[] = [];
  producer.onAck = (batch) => acks.push(batch);
  await producer.init();
  await producer.prepare('t');
  return { cluster, producer, acks };
}

const put = (producer: Producer, value: string, partition: number | null = 0): boolean =>
  producer.append('t', partition, null, null, value, null, value);

const failuresOf = (acks: readonly AckedBatch[]): unknown[] => acks.map((each) => each.error).filter((error) => error !== null);

test('records are batched, acknowledged with their offsets, and the cookies come back in order', async () => {
  const { cluster, producer, acks } = await setup({});
  for (let i = 0; i < 10; i += 1) assert.equal(put(producer, `v${i}`), true);
  assert.equal(producer.inFlightRecords(), 10);
  await producer.flush();
  assert.equal(producer.inFlightRecords(), 0);
  assert.equal(cluster.requests.length, 1);
  assert.deepEqual(cluster.values('t', 0), acks[0]!.cookies);
  assert.equal(acks[0]!.baseOffset, 0);
  await producer.close(1000);
});

test('a full batch does not wait for linger.ms, an open one does', async () => {
  const { cluster, producer } = await setup({}, { 'linger.ms': '3600000', 'batch.size': '200', 'delivery.timeout.ms': '2147483647' });
  for (let i = 0; i < 3; i += 1) put(producer, 'x'.repeat(80));
  while (cluster.values('t', 0).length === 0) await new Promise(setImmediate);
  assert.equal(cluster.values('t', 0).length, 1);
  assert.equal(producer.inFlightRecords() > 0, true);
  await producer.flush();
  assert.equal(cluster.values('t', 0).length, 3);
  await producer.close(1000);
});

test('above max.request.size a record is refused with the text of Java', async () => {
  const { producer } = await setup({}, { 'max.request.size': '1000' });
  // 61 batch + 21 record + 1 null key + 2 length of the value + 1 headers = 86
  assert.equal(put(producer, 'x'.repeat(914)), true);
  assert.throws(() => put(producer, 'x'.repeat(915)), {
    name: 'RecordTooLargeError',
    message:
      'The message is 1001 bytes when serialized which is larger than 1000, which is the value of the max.request.size configuration.',
  });
  await producer.close(1000);
});

test('buffer.memory bounds what waits: append says no, room() says when', async () => {
  const { cluster, producer } = await setup({}, { 'buffer.memory': '4000', 'batch.size': '1000' });
  let count = 0;
  while (put(producer, 'x'.repeat(300))) count += 1;
  assert.ok(count >= 4 && count <= 12, `${count} records in 4000 bytes`);
  await producer.room();
  assert.equal(put(producer, 'last'), true);
  await producer.flush();
  assert.equal(cluster.values('t', 0).length, count + 1);
  await producer.close(1000);
});

test('a buffer smaller than batch.size still takes one batch after the other', async () => {
  const { cluster, producer } = await setup({}, { 'buffer.memory': '1000', 'batch.size': '16384' });
  for (let i = 0; i < 5; i += 1) while (!put(producer, 'x'.repeat(800))) await producer.room();
  await producer.flush();
  assert.equal(cluster.values('t', 0).length, 5);
  await producer.close(1000);
});

test('room() gives up after max.block.ms and by its signal', async () => {
  const { producer } = await setup({ fault: () => 'lose-request' }, { 'buffer.memory': '500', 'batch.size': '500', 'max.block.ms': '20' });
  put(producer, 'a'.repeat(300));
  assert.equal(put(producer, 'b'.repeat(300)), false);
  await assert.rejects(producer.room(), /Failed to allocate 500 bytes within the configured max blocking time 20 ms/);
  const controller = new AbortController();
  const waiting = producer.room(controller.signal);
  controller.abort(new Error('stop'));
  await assert.rejects(waiting, /stop/);
  await producer.close(0);
});

test('keys go where Java sends them, records without a key stay together for a batch', async () => {
  const { cluster, producer } = await setup({ topics: { t: 4 } });
  for (const key of ['a', 'b', 'c', 'd']) producer.append('t', null, null, key, key, null, null);
  for (let i = 0; i < 5; i += 1) put(producer, 'no key', null);
  await producer.flush();
  const found = [0, 1, 2, 3].map((partition) => cluster.values('t', partition));
  for (const key of ['a', 'b', 'c', 'd']) assert.ok(found[toPositive(murmur2(Buffer.from(key))) % 4]!.includes(key), key);
  assert.equal(found.filter((values) => values.includes('no key')).length, 1);
  await producer.close(1000);
});

test('acks=0 is done once written, with an unknown offset', async () => {
  const { cluster, producer, acks } = await setup({}, { acks: '0' });
  put(producer, 'v');
  await producer.flush();
  assert.equal(acks[0]!.baseOffset, -1);
  assert.equal(acks[0]!.error, null);
  assert.equal(cluster.requests[0]!.body.acks, 0);
  await producer.close(1000);
});

test('a batch that is too large for the broker is sent in halves, in order', async () => {
  const { cluster, producer, acks } = await setup({ messageBytesMax: 400 });
  for (let i = 0; i < 40; i += 1) put(producer, `value ${i} ${'x'.repeat(20)}`);
  await producer.flush();
  assert.deepEqual(failuresOf(acks), []);
  assert.deepEqual(
    cluster.values('t', 0),
    acks.flatMap((each) => each.cookies),
  );
  assert.equal(cluster.values('t', 0).length, 40);
  await producer.close(1000);
});

test('a single record that is too large for the broker fails alone', async () => {
  const { cluster, producer, acks } = await setup({ messageBytesMax: 400 });
  put(producer, 'before');
  put(producer, 'x'.repeat(500));
  put(producer, 'after');
  await producer.flush();
  assert.deepEqual(cluster.values('t', 0), ['before', 'after']);
  const failed = acks.filter((each) => each.error !== null);
  assert.deepEqual(
    failed.map((each) => (each.error as Error & { errorName: string }).errorName),
    ['MESSAGE_TOO_LARGE'],
  );
  assert.equal(failed[0]!.cookies.length, 1);
  await producer.close(1000);
});

test('a batch that a stored one precedes without our knowledge is not written twice', async () => {
  let attempts = 0;
  const { cluster, producer, acks } = await setup({ fault: () => (attempts++ === 0 ? 'lose-answer' : 'none') });
  put(producer, 'once');
  await producer.flush();
  assert.deepEqual(cluster.values('t', 0), ['once']);
  assert.deepEqual(
    acks.map((each) => [each.baseOffset, each.error]),
    [[0, null]],
  );
  await producer.close(1000);
});

test('after delivery.timeout.ms a batch fails, and the producer goes on behind the gap', async () => {
  let isLosing = true;
  const properties = { 'delivery.timeout.ms': '30', 'request.timeout.ms': '10' };
  const { cluster, producer, acks } = await setup({ fault: () => (isLosing ? 'lose-request' : 'none') }, properties);
  put(producer, 'lost');
  await producer.flush();
  assert.match(String(acks[0]!.error), /Expiring 1 record\(s\) for t-0:\d+ ms has passed since batch creation/);
  isLosing = false;
  put(producer, 'kept');
  await producer.flush();
  assert.deepEqual(cluster.values('t', 0), ['kept']);
  assert.equal(acks[1]!.error, null);
  await producer.close(1000);
});

test('a broker that forgot the producer gets the records under a new epoch', async () => {
  let mode: 'none' | 'UNKNOWN_PRODUCER_ID' = 'none';
  const { cluster, producer, acks } = await setup({
    fault: () => {
      const now = mode;
      mode = 'none';
      return now;
    },
  });
  put(producer, 'a');
  await producer.flush();
  cluster.forgetProducers();
  mode = 'UNKNOWN_PRODUCER_ID';
  put(producer, 'b');
  await producer.flush();
  put(producer, 'c');
  await producer.flush();
  assert.deepEqual(cluster.values('t', 0), ['a', 'b', 'c']);
  assert.deepEqual(failuresOf(acks), []);
  assert.equal([...cluster.log('t', 0).producers.values()][0]!.epoch, 1);
  await producer.close(1000);
});

test('a fenced producer is finished: everything fails and append throws', async () => {
  const { producer, acks } = await setup({ fault: () => 'INVALID_PRODUCER_EPOCH' });
  put(producer, 'a');
  await producer.flush();
  assert.equal((acks[0]!.error as Error & { errorName: string }).errorName, 'INVALID_PRODUCER_EPOCH');
  assert.throws(() => put(producer, 'b'), { name: 'ProducerFatalError' });
  await producer.close(1000);
});

test('a topic that we may not write to fails its own batch only', async () => {
  let denied = true;
  const { cluster, producer, acks } = await setup({ fault: () => (denied ? 'TOPIC_AUTHORIZATION_FAILED' : 'none') });
  put(producer, 'a');
  await producer.flush();
  denied = false;
  put(producer, 'b');
  await producer.flush();
  assert.deepEqual(
    acks.map((each) => each.error === null),
    [false, true],
  );
  assert.deepEqual(cluster.values('t', 0), ['b']);
  await producer.close(1000);
});

test('idempotence that the broker denies is given up only where it was not asked for', async () => {
  const cluster = new FakeProduceCluster({ topics: { t: 1 } });
  cluster.initError = 'CLUSTER_AUTHORIZATION_FAILED';
  const asked = ClientSettings.forProducer({ ...quick, 'enable.idempotence': 'true' });
  await assert.rejects(new Producer(cluster.client(), asked, { log: silentLog }).init(), kafkaError('CLUSTER_AUTHORIZATION_FAILED'));
  const producer = new Producer(cluster.client(), ClientSettings.forProducer(quick), { log: silentLog });
  await producer.init();
  for (let i = 0; i < 100; i += 1) put(producer, 'x'.repeat(1000));
  await producer.flush();
  assert.equal(cluster.values('t', 0).length, 100);
  assert.equal(cluster.inFlightMax, 1);
  await producer.close(1000);
});

test('close() sends what is left, and fails it after its time', async () => {
  const good = await setup({}, { 'linger.ms': '60000', 'request.timeout.ms': '1000' });
  put(good.producer, 'v');
  await good.producer.close(1000);
  assert.deepEqual(good.cluster.values('t', 0), ['v']);
  assert.throws(() => put(good.producer, 'w'), { name: 'ProducerClosedError' });
  const bad = await setup({ fault: () => 'lose-request' });
  put(bad.producer, 'v');
  await bad.producer.close(10);
  assert.match(String(bad.acks[0]!.error), /Producer is closed forcefully/);
});

interface Storm {
  idempotent: boolean;
  inFlight: number;
}

const faults = [
  'lose-request',
  'lose-answer',
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
] as const;

async function storm({ idempotent, inFlight }: Storm, seed: number): Promise<Setup> {
  const random = seededRandom(seed);
  const partitions = 3;
  let isStormy = true;
  const holder: { cluster?: FakeProduceCluster } = {};
  const fault: FakeOptions['fault'] = () => {
    if (random() < 0.1) holder.cluster!.log('t', Math.floor(random() * partitions)).leader = Math.floor(random() * 2);
    if (!isStormy || random() > 0.4) return 'none';
    const kind = faults[Math.floor(random() * faults.length)]!;
    return kind === 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' ? 'lose-answer' : kind;
  };
  const pause = async (): Promise<void> => {
    for (let i = Math.floor(random() * 4); i >= 0; i -= 1) await new Promise(setImmediate);
  };
  const properties = {
    'batch.size': '300',
    'enable.idempotence': String(idempotent),
    'max.in.flight.requests.per.connection': String(inFlight),
    'delivery.timeout.ms': '2147483647',
  };
  const made = await setup({ topics: { t: partitions }, nodes: 2, messageBytesMax: 280, fault, pause, random }, properties, random);
  holder.cluster = made.cluster;
  for (let i = 0; i < 600; i += 1) {
    const partition = i % partitions;
    const value = `${i} ${'x'.repeat(Math.floor(random() * 60))}`;
    while (!put(made.producer, value, partition)) await made.producer.room();
    if (random() < 0.1) await pause();
  }
  isStormy = random() < 0.5;
  await made.producer.flush();
  await made.producer.close(5000);
  return made;
}

test('idempotent: under random faults and moving leaders nothing is lost, doubled or out of order', async () => {
  const first = testSeed();
  for (let seed = first; seed < first + 15; seed += 1) {
    const { cluster, acks } = await storm({ idempotent: true, inFlight: 1 + (seed % 5) }, seed);
    const where = `seed ${seed}`;
    assert.deepEqual(failuresOf(acks), [], where);
    for (let partition = 0; partition < 3; partition += 1) {
      const acked = acks.filter((each) => each.partition === partition).flatMap((each) => each.cookies);
      assert.equal(acked.length, 200, where);
      assert.deepEqual(cluster.values('t', partition), acked, where);
    }
  }
});

test('one request in flight without idempotence: order is kept, though what was stored unheard is stored again', async () => {
  const first = testSeed();
  for (let seed = first; seed < first + 10; seed += 1) {
    const { cluster, acks } = await storm({ idempotent: false, inFlight: 1 }, seed);
    for (let partition = 0; partition < 3; partition += 1) {
      const acked = acks.filter((each) => each.partition === partition).flatMap((each) => each.cookies);
      const firsts = [...new Set(cluster.values('t', partition))];
      assert.deepEqual(firsts, acked, `seed ${seed}`);
    }
  }
});
