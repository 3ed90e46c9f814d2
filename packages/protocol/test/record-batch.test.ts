import assert from 'node:assert/strict';
import test from 'node:test';
import {
  BatchView,
  decodeBatch,
  decodeHeaders,
  KafkaError,
  readBatches,
  RecordBatchBuilder,
  rewriteProducer,
  stampBatch,
  type CompressionType,
  type EncodedHeader,
  type RecordColumns,
} from '../src/index.ts';
import { javaBatches } from './java-batches.ts';
import { Random } from './random.ts';

const random = new Random();
const compressions: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

interface TestRecord {
  timestamp: number;
  key: string | Uint8Array | null;
  value: string | Uint8Array | null;
  headers: EncodedHeader[];
}

const goldenRecords: TestRecord[] = [
  { timestamp: 1700000000000, key: 'key-1', value: 'value one', headers: [] },
  {
    timestamp: 1700000000005,
    key: null,
    value: 'grüße 日本 😀',
    headers: [
      { key: 'h1', value: 'x' },
      { key: 'h2', value: null },
    ],
  },
  { timestamp: 1699999999000, key: '', value: null, headers: [] },
  { timestamp: 1800000000000, key: 'k', value: 'z'.repeat(300), headers: [] },
];
const goldenClosing = { producerId: 4711, producerEpoch: 3, baseSequence: 42, isTransactional: true };

function build(records: readonly TestRecord[], compression: CompressionType = 'none', closing = {}): Buffer {
  const builder = new RecordBatchBuilder({ compression });
  for (const { timestamp, key, value, headers } of records) assert.ok(builder.tryAppend(timestamp, key, value, headers));
  return builder.close(closing);
}

function slice(columns: RecordColumns, start: number, end: number): Buffer | null {
  return start < 0 ? null : columns.buffer.subarray(start, end);
}

function recordsOf(columns: RecordColumns): TestRecord[] {
  return Array.from({ length: columns.count }, (_, i) => ({
    timestamp: columns.timestamps[i]!,
    key: slice(columns, columns.keyStart[i]!, columns.keyEnd[i]!),
    value: slice(columns, columns.valueStart[i]!, columns.valueEnd[i]!),
    headers: decodeHeaders(columns, i),
  }));
}

/** The same records with all text as bytes, as a reader has them. */
function inBytes(records: readonly TestRecord[]): TestRecord[] {
  const bytes = (data: string | Uint8Array | null): Buffer | null => (data === null ? null : Buffer.from(data as string));
  return records.map(({ timestamp, key, value, headers }) => ({
    timestamp,
    key: bytes(key),
    value: bytes(value),
    headers: headers.map((header) => ({ key: header.key, value: bytes(header.value) })),
  }));
}

function only(raw: Buffer): BatchView {
  const batches = [...readBatches(raw)];
  assert.equal(batches.length, 1);
  return batches[0]!;
}

function isCorrupt(error: unknown): boolean {
  return error instanceof KafkaError && error.errorName === 'CORRUPT_MESSAGE';
}

test('an uncompressed batch has the bytes of the Java producer', () => {
  assert.equal(build(goldenRecords, 'none', goldenClosing).toString('hex'), javaBatches.none);
});

for (const compression of compressions) {
  test(`${compression}: reads what the Java producer writes`, () => {
    const batch = only(Buffer.from(javaBatches[compression], 'hex'));
    assert.equal(batch.compression, compression);
    assert.equal(batch.count, 4);
    assert.deepEqual([batch.baseOffset, batch.lastOffset, batch.leaderEpoch], [0, 3, -1]);
    assert.deepEqual([batch.producerId, batch.producerEpoch, batch.baseSequence], [4711, 3, 42]);
    assert.deepEqual([batch.isTransactional, batch.isControl, batch.timestampType], [true, false, 'CreateTime']);
    assert.deepEqual([batch.baseTimestamp, batch.maxTimestamp], [1700000000000, 1800000000000]);
    const columns = decodeBatch(batch);
    assert.deepEqual(recordsOf(columns), inBytes(goldenRecords));
    assert.deepEqual([...columns.offsets], [0, 1, 2, 3]);
  });

  test(`${compression}: random records come back as they were`, (t) => {
    t.diagnostic(`TEST_SEED=${random.seed}`);
    for (const count of [1, 2, 30, 700]) {
      const records = Array.from({ length: count }, () => randomRecord());
      const raw = build(records, compression, { baseOffset: 5_000_000_000 });
      const columns = decodeBatch(only(raw));
      assert.deepEqual(recordsOf(columns), inBytes(records));
      assert.equal(columns.offsets[count - 1], 5_000_000_000 + count - 1);
    }
  });

  test(`${compression}: more than one block of its frame comes back, compressible or not`, () => {
    const records = [random.bytes(70_000), Buffer.alloc(300_000, 'ab'), 'ä'.repeat(50_000), random.bytes(1)].map((value) => ({
      timestamp: 1,
      key: null,
      value,
      headers: [],
    }));
    assert.deepEqual(recordsOf(decodeBatch(only(build(records, compression)))), inBytes(records));
  });

  test(`${compression}: any changed byte is noticed`, () => {
    const raw = build(goldenRecords, compression);
    for (let at = 17; at < raw.length; at++) {
      const changed = Buffer.from(raw);
      changed[at]! ^= 1 << random.below(8);
      assert.throws(() => decodeBatch(new BatchView(changed)), isCorrupt, `byte ${at}`);
    }
  });

  test(`${compression}: damage under a right checksum is an error, never a hang`, (t) => {
    t.diagnostic(`TEST_SEED=${random.seed}`);
    const raw = build(goldenRecords, compression);
    for (let i = 0; i < 500; i++) {
      const changed = Buffer.from(raw);
      for (let j = random.below(4); j >= 0; j--) changed[57 + random.below(raw.length - 57)] = random.below(256);
      rewriteProducer(changed, { producerId: 1, epoch: 1, baseSequence: 1 });
      try {
        recordsOf(decodeBatch(new BatchView(changed)));
      } catch (error) {
        assert.ok(isCorrupt(error), String(error));
      }
    }
  });
}

function randomRecord(): TestRecord {
  const data = (): string | Buffer | null => random.pick([null, random.text(), random.text(), random.bytes(random.below(200))]);
  return {
    timestamp: random.pick([-1, 0, 5, 1.7e12 + random.below(1e6), 1.7e12 + random.below(1e11), 2 ** 52]),
    key: data(),
    value: data(),
    headers: Array.from({ length: random.pick([0, 0, 1, 3]) }, () => ({ key: random.text(), value: data() })),
  };
}

test('a bare snappy block, as librdkafka writes it, is read', () => {
  const framed = Buffer.from(javaBatches.snappy, 'hex');
  // Without the stream's header of 16 bytes and the block's length.
  const bare = Buffer.concat([framed.subarray(0, 61), framed.subarray(61 + 20)]);
  bare.writeInt32BE(bare.length - 12, 8);
  rewriteProducer(bare, { producerId: 4711, epoch: 3, baseSequence: 42 });
  assert.deepEqual(recordsOf(decodeBatch(only(bare))), inBytes(goldenRecords));
});

test('a batch that would take all memory is refused', () => {
  for (const compression of compressions.slice(1)) {
    const builder = new RecordBatchBuilder({ compression });
    builder.tryAppend(1, null, Buffer.alloc(3_000_000), null);
    const batch = new BatchView(builder.close());
    assert.ok(batch.sizeInBytes < 200_000, compression);
    assert.throws(() => decodeBatch(batch, { maxBytes: 1_000_000 }), /has more than 1000000 bytes once decompressed/, compression);
    assert.equal(decodeBatch(batch, { maxBytes: 4_000_000 }).count, 1);
  }
  const raw = build(goldenRecords);
  raw.writeInt32BE(0x7fffffff, 57);
  rewriteProducer(raw, { producerId: 1, epoch: 1, baseSequence: 1 });
  assert.throws(() => decodeBatch(new BatchView(raw)), /2147483647 records in/);
});

test('an incomplete batch at the end is left out, wherever it is cut', () => {
  const first = build(goldenRecords);
  const both = Buffer.concat([first, build(goldenRecords, 'zstd')]);
  for (let length = 0; length < both.length; length++) {
    assert.equal([...readBatches(both.subarray(0, length))].length, length < first.length ? 0 : 1, `cut to ${length}`);
  }
  assert.equal([...readBatches(both)].length, 2);
  assert.equal([...readBatches(both)][0]?.raw.buffer, both.buffer);
});

test('formats before Kafka 0.11 and sizes that no batch has are refused', () => {
  const old = Buffer.alloc(40);
  old.writeInt32BE(22, 8);
  old[16] = 1;
  assert.throws(
    () => [...readBatches(old)],
    (error) =>
      error instanceof KafkaError && error.errorName === 'UNSUPPORTED_FOR_MESSAGE_FORMAT' && /message format 1/.test(error.message),
  );
  const short = build(goldenRecords);
  short.writeInt32BE(10, 8);
  assert.throws(() => [...readBatches(short)], isCorrupt);
  short.writeInt32BE(-100, 8);
  assert.throws(() => [...readBatches(short)], isCorrupt);
  short[16] = 3;
  assert.throws(() => [...readBatches(short)], isCorrupt);
});

test('a builder says no at its limit, but takes a first record of any size', () => {
  const builder = new RecordBatchBuilder({ compression: 'none', maxBytes: 200 });
  assert.ok(builder.tryAppend(1, null, 'x'.repeat(500), null));
  assert.equal(builder.tryAppend(1, null, 'y', null), false);
  assert.equal(builder.count, 1);
  assert.equal(builder.sizeInBytes, builder.close().length);

  const small = new RecordBatchBuilder({ compression: 'none', maxBytes: 200 });
  let appended = 0;
  while (small.tryAppend(appended, 'k', 'ö'.repeat(10), null)) appended++;
  assert.ok(small.sizeInBytes <= 200 && small.sizeInBytes > 160, String(small.sizeInBytes));
  const raw = small.close();
  assert.equal(raw.length, small.sizeInBytes);
  assert.equal(decodeBatch(only(raw)).count, appended);
  assert.throws(() => small.tryAppend(1, null, null, null), /closed/);
});

test('a compressed batch takes more when records are known to shrink', () => {
  const count = (compressionRatio: number): number => {
    const builder = new RecordBatchBuilder({ compression: 'zstd', maxBytes: 2000, compressionRatio });
    while (builder.tryAppend(1, null, 'some text', null));
    return builder.count;
  };
  assert.ok(count(0.25) > 3 * count(1));
});

test('timestamps that are not times are refused', () => {
  const builder = new RecordBatchBuilder({ compression: 'none' });
  assert.throws(() => builder.tryAppend(-2, null, null, null), /Invalid negative timestamp -2/);
  assert.throws(() => builder.tryAppend(Number.NaN, null, null, null), /timestamp/);
  assert.equal(builder.count, 0);
});

test('a batch takes another producer and a broker stamps it, with a checksum that holds', () => {
  const raw = build(goldenRecords, 'lz4', goldenClosing);
  rewriteProducer(raw, { producerId: 8_000_000_000, epoch: 4, baseSequence: 7 });
  let batch = only(raw);
  batch.verifyCrc();
  assert.deepEqual([batch.producerId, batch.producerEpoch, batch.baseSequence], [8_000_000_000, 4, 7]);
  stampBatch(raw, { baseOffset: 1_000_000_000_000, leaderEpoch: 5 });
  batch = only(raw);
  assert.deepEqual([batch.baseOffset, batch.lastOffset, batch.leaderEpoch], [1_000_000_000_000, 1_000_000_000_003, 5]);
  assert.deepEqual(recordsOf(decodeBatch(batch)), inBytes(goldenRecords));
  stampBatch(raw, { baseOffset: 1, leaderEpoch: 5, logAppendTime: 1_900_000_000_000 });
  batch = only(raw);
  assert.equal(batch.timestampType, 'LogAppendTime');
  assert.deepEqual(
    [...decodeBatch(batch).timestamps],
    Array.from({ length: 4 }, () => 1_900_000_000_000),
  );
});

test('a batch that compaction emptied has no records, whatever its compression', () => {
  const raw = new RecordBatchBuilder({ compression: 'none' }).close();
  raw.writeInt16BE(4, 21);
  raw.writeInt32BE(9, 23);
  rewriteProducer(raw, { producerId: 1, epoch: 1, baseSequence: 1 });
  const batch = only(raw);
  assert.equal(batch.lastOffset, 9);
  assert.equal(decodeBatch(batch).count, 0);
});
