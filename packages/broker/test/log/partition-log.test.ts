import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KafkaError, readBatches } from '@sluice/protocol';
import { PartitionLog } from '../../src/log/partition-log.ts';
import { batchOf, logConfig, memoryLog, temporaryDirectory } from '../support/fixtures.ts';
import { append, decodeRecords, readAll } from '../support/log-records.ts';

interface OpenOptions {
  config?: Record<string, string>;
  now?: () => number;
  log?: ReturnType<typeof memoryLog>;
}

function open(directory: string, { config = {}, now = Date.now, log = memoryLog() }: OpenOptions = {}): Promise<PartitionLog> {
  return PartitionLog.open({ directory, name: 't-0', config: logConfig(config), log, now });
}

function isKafkaError(name: string): (error: unknown) => boolean {
  return (error) => error instanceof KafkaError && error.errorName === name;
}

/** A copy of a log's directory as a kill -9 leaves it: no index, no snapshot of the end. */
function copyAfterKill(directory: string): string {
  const copy = temporaryDirectory();
  for (const file of fs.readdirSync(directory)) if (file.endsWith('.log')) fs.copyFileSync(join(directory, file), join(copy, file));
  return copy;
}

test('records get offsets in the order of the appends, and are read from any of them', async (t) => {
  const log = await open(temporaryDirectory());
  t.after(() => log.close());
  const results = await Promise.all([append(log, batchOf(['a', 'b'])), append(log, batchOf(['c'])), append(log, batchOf(['d', 'e', 'f']))]);
  assert.deepEqual(
    results.map(({ baseOffset }) => baseOffset),
    [0, 2, 3],
  );
  assert.equal(log.highWatermark, 6);
  assert.deepEqual(
    (await readAll(log)).map(({ value }) => value),
    ['a', 'b', 'c', 'd', 'e', 'f'],
  );
  // The batch that holds the offset comes whole.
  assert.deepEqual(
    decodeRecords((await log.read(1, 1, true)).records).map(({ offset }) => offset),
    [0, 1],
  );
  assert.equal((await log.read(6, 1000, true)).records.length, 0);
  await assert.rejects(log.read(7, 1000, true), isKafkaError('OFFSET_OUT_OF_RANGE'));
});

test('a read keeps to its bytes, except for one batch where that is wanted', async (t) => {
  const log = await open(temporaryDirectory());
  t.after(() => log.close());
  const batch = batchOf(['x'.repeat(500)]);
  const size = batch.length;
  for (let i = 0; i < 10; i++) await append(log, Buffer.from(batch));
  assert.equal((await log.read(0, size * 3 + 10, true)).records.length, size * 3);
  assert.equal((await log.read(2, 10, true)).records.length, size);
  assert.equal((await log.read(2, 10, false)).records.length, 0);
  assert.equal((await log.read(9, 1 << 20, false)).records.length, size);
});

test('the index finds every offset and every time, over many segments, also after a reopening', async (t) => {
  const directory = temporaryDirectory();
  const config = { 'segment.bytes': '20000', 'index.interval.bytes': '300' };
  const first = await open(directory, { config });
  for (let i = 0; i < 300; i++)
    await append(first, batchOf([`v${i}a`, `v${i}b`, 'x'.repeat((i * 37) % 400)], { timestamp: 1000 + i * 10, step: 1 }));
  const check = async (log: PartitionLog): Promise<void> => {
    assert.ok(log.segmentCount > 3);
    for (let offset = 0; offset < 900; offset += 7) {
      const records = decodeRecords((await log.read(offset, 1, true)).records);
      assert.ok(
        records.some((record) => record.offset === offset),
        `offset ${offset}`,
      );
    }
    for (let i = 0; i < 300; i += 11) {
      const batch = await log.batchOfTimestamp(1000 + i * 10 + 1, 0);
      assert.equal([...readBatches(batch ?? Buffer.alloc(0))][0]?.baseOffset, i * 3, `time of batch ${i}`);
    }
    assert.equal(await log.batchOfTimestamp(1000 + 300 * 10, 0), null);
    assert.equal([...readBatches((await log.batchOfMaxTimestamp()) ?? Buffer.alloc(0))][0]?.baseOffset, 299 * 3);
  };
  await check(first);
  await first.close();
  const second = await open(directory, { config });
  t.after(() => second.close());
  await check(second);
  assert.equal((await append(second, batchOf(['more']))).baseOffset, 900);
});

test('what a crash tore off the last batch, at any of its bytes, is cut off, and all before it is there', async () => {
  const directory = temporaryDirectory();
  const log = await open(directory);
  await append(log, batchOf(['one', 'two']));
  await append(log, batchOf(['three']));
  const whole = log.sizeInBytes;
  await append(log, batchOf(['torn', 'batch']));
  const all = log.sizeInBytes;
  const file = fs.readdirSync(directory).find((name) => name.endsWith('.log')) ?? '';
  const bytes = fs.readFileSync(join(directory, file));
  await log.close();
  for (let size = whole; size < all; size++) {
    const copy = temporaryDirectory();
    fs.writeFileSync(join(copy, file), bytes.subarray(0, size));
    const said = memoryLog();
    const recovered = await open(copy, { log: said });
    assert.equal(recovered.highWatermark, 3, `cut at ${size}`);
    assert.equal(fs.statSync(join(copy, file)).size, whole);
    assert.equal(said.lines.length, size === whole ? 0 : 1);
    assert.equal((await append(recovered, batchOf(['next']))).baseOffset, 3);
    assert.deepEqual(
      (await readAll(recovered)).map(({ value }) => value),
      ['one', 'two', 'three', 'next'],
    );
    await recovered.close();
  }
});

test('a byte that was changed in the unsynced end is found by its CRC', async () => {
  const directory = temporaryDirectory();
  const log = await open(directory);
  await append(log, batchOf(['one']));
  const whole = log.sizeInBytes;
  await append(log, batchOf(['two']));
  const copy = copyAfterKill(directory);
  await log.close();
  const path = join(copy, fs.readdirSync(copy)[0] ?? '');
  for (let at = whole + 16; at < fs.statSync(path).size; at += 5) {
    const bytes = fs.readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    const damaged = temporaryDirectory();
    fs.writeFileSync(join(damaged, '00000000000000000000.log'), bytes);
    const recovered = await open(damaged);
    assert.equal(recovered.highWatermark, 1, `byte ${at}`);
    await recovered.close();
  }
});

test('after a kill sequences of idempotent producers are known from the log', async () => {
  const directory = temporaryDirectory();
  const log = await open(directory, { config: { 'segment.bytes': '1024' } });
  for (let i = 0; i < 40; i++) await append(log, batchOf([`value ${i}`], { producerId: 7, producerEpoch: 0, baseSequence: i }));
  const killed = copyAfterKill(directory);
  await log.close();
  for (const place of [directory, killed]) {
    const again = await open(place);
    const before = again.highWatermark;
    assert.equal((await append(again, batchOf(['value 38'], { producerId: 7, producerEpoch: 0, baseSequence: 38 }))).baseOffset, 38);
    assert.equal(again.highWatermark, before, 'a batch that is sent again is not written again');
    await assert.rejects(
      append(again, batchOf(['x'], { producerId: 7, producerEpoch: 0, baseSequence: 42 })),
      isKafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER'),
    );
    assert.equal((await append(again, batchOf(['value 40'], { producerId: 7, producerEpoch: 0, baseSequence: 40 }))).baseOffset, 40);
    await again.close();
  }
});

test('LogAppendTime gives the batch the time of the broker', async (t) => {
  const log = await open(temporaryDirectory(), { config: { 'message.timestamp.type': 'LogAppendTime' }, now: () => 5555 });
  t.after(() => log.close());
  assert.equal((await append(log, batchOf(['a'], { timestamp: 1 }))).logAppendTimeMs, 5555);
  const [batch] = [...readBatches((await log.read(0, 1000, true)).records)];
  batch?.verifyCrc();
  assert.equal(batch?.timestampType, 'LogAppendTime');
  assert.equal(batch?.maxTimestamp, 5555);
});

test('retention removes whole segments, by time and by size, and offsets go on', async (t) => {
  const directory = temporaryDirectory();
  let now = 1_000_000;
  const log = await open(directory, { config: { 'segment.bytes': '1024', 'retention.ms': '1000' }, now: () => now });
  for (let i = 0; i < 20; i++) await append(log, batchOf(['x'.repeat(300)], { timestamp: now }));
  await log.maintain(1);
  assert.equal(log.logStartOffset, 0);
  now += 2000;
  await append(log, batchOf(['young'], { timestamp: now }));
  await log.maintain(1);
  assert.ok(log.logStartOffset >= 18 && log.logStartOffset <= 20, `start ${log.logStartOffset}`);
  await assert.rejects(log.read(0, 1000, true), isKafkaError('OFFSET_OUT_OF_RANGE'));
  now += 2000;
  await log.maintain(1);
  assert.equal(log.logStartOffset, 21, 'the segment that is written to goes, too');
  await log.close();
  const again = await open(directory, { config: { 'segment.bytes': '1024', 'retention.bytes': '3000' }, now: () => now });
  t.after(() => again.close());
  assert.equal(again.logStartOffset, 21);
  for (let i = 0; i < 20; i++) assert.equal((await append(again, batchOf(['x'.repeat(300)], { timestamp: now }))).baseOffset, 21 + i);
  await again.maintain(1);
  assert.ok(again.sizeInBytes >= 3000 && again.sizeInBytes < 3000 + 1024, `${again.sizeInBytes} bytes`);
});

test('deleted records stay deleted', async (t) => {
  const directory = temporaryDirectory();
  const log = await open(directory);
  for (let i = 0; i < 5; i++) await append(log, batchOf([`v${i}`]));
  assert.equal(await log.deleteRecordsBefore(3), 3);
  await assert.rejects(log.deleteRecordsBefore(9), isKafkaError('OFFSET_OUT_OF_RANGE'));
  await log.close();
  const again = await open(directory);
  assert.deepEqual(await readAll(again), [
    { offset: 3, value: 'v3' },
    { offset: 4, value: 'v4' },
  ]);
  assert.equal(await again.deleteRecordsBefore(-1), 5);
  await again.close();
  const empty = await open(directory);
  t.after(() => empty.close());
  assert.equal(empty.logStartOffset, 5);
  assert.equal((await append(empty, batchOf(['next']))).baseOffset, 5);
});

test('a write that fails takes the log offline, and nothing that failed is read', async () => {
  const directory = temporaryDirectory();
  const said = memoryLog();
  const log = await open(directory, { config: { 'segment.bytes': '1024' }, log: said });
  await append(log, batchOf(['x'.repeat(900)]));
  // The next segment cannot be made, because its name is taken.
  fs.mkdirSync(join(directory, '00000000000000000001.log'));
  await assert.rejects(append(log, batchOf(['x'.repeat(900)])), isKafkaError('KAFKA_STORAGE_ERROR'));
  await assert.rejects(append(log, batchOf(['y'])), isKafkaError('KAFKA_STORAGE_ERROR'));
  assert.equal(log.highWatermark, 1);
  assert.equal(said.lines.filter((line) => line.startsWith('error')).length, 1);
  await log.close();
});

test('with flush.messages=1 a batch is on disk before it is acknowledged or can be read', async (t) => {
  const log = await open(temporaryDirectory(), { config: { 'flush.messages': '1' } });
  t.after(() => log.close());
  const order: string[] = [];
  const { writev, fdatasync } = fs;
  t.mock.method(fs, 'writev', (...args: Parameters<typeof writev>) => {
    order.push('write');
    writev(...args);
  });
  t.mock.method(fs, 'fdatasync', (fd: number, callback: fs.NoParamCallback) => {
    order.push(`sync, ${log.highWatermark} readable`);
    fdatasync(fd, callback);
  });
  await append(log, batchOf(['a']));
  order.push(`acknowledged, ${log.highWatermark} readable`);
  assert.deepEqual(order, ['write', 'sync, 0 readable', 'acknowledged, 1 readable']);
});
