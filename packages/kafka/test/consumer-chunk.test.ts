import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordBatchBuilder } from '@sluice/protocol';
import type { BatchClosing } from '@sluice/protocol';
import { FetchedChunk } from '../src/consumer/fetched-chunk.ts';
import type { FetchedPartition } from '../src/consumer/fetched-chunk.ts';
import { PartitionState } from '../src/consumer/partition-state.ts';
import { readRecords } from './fakes/test-cluster.ts';

function batch(baseOffset: number, values: readonly string[], closing: BatchClosing = {}): Buffer {
  const builder = new RecordBatchBuilder({ compression: 'none' });
  for (const value of values) builder.tryAppend(0, null, value, null);
  return builder.close({ ...closing, baseOffset });
}

function marker(baseOffset: number, producerId: number, type: 'abort' | 'commit'): Buffer {
  const builder = new RecordBatchBuilder({ compression: 'none' });
  builder.tryAppend(0, Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]), Buffer.alloc(6), null);
  return builder.close({ baseOffset, producerId, producerEpoch: 0, isTransactional: true, isControl: true });
}

const transactional = (producerId: number): BatchClosing => ({ producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true });

function chunk(
  batches: readonly Buffer[],
  options: { isReadCommitted?: boolean; aborted?: { producerId: number; firstOffset: number }[] } = {},
): FetchedChunk {
  const data = {
    partitionIndex: 0,
    errorCode: 0,
    records: Buffer.concat(batches),
    abortedTransactions: options.aborted ?? null,
  } as unknown as FetchedPartition;
  return new FetchedChunk(new PartitionState({ topic: 't', partition: 0 }), data, {
    response: {},
    isReadCommitted: options.isReadCommitted ?? false,
  });
}

function readAll(from: FetchedChunk, position: number, countMax = 100): { values: (string | null)[]; position: number } {
  const values: (string | null)[] = [];
  let at = position;
  for (let step = from.step(at, countMax); step !== null; step = from.step(at, countMax)) {
    if (step.batch !== null) {
      assert.ok(step.batch.to - step.batch.from <= countMax);
      values.push(...readRecords([step.batch]).map(({ value }) => value));
    }
    assert.ok(step.nextOffset >= at, 'the position never goes back');
    at = step.nextOffset;
  }
  return { values, position: at };
}

test('the end is known before anything is decoded, and an incomplete batch at the end is left for the next fetch', () => {
  const second = batch(3, ['d', 'e']);
  const whole = chunk([batch(0, ['a', 'b', 'c']), second, batch(5, ['f']).subarray(0, 30)]);
  assert.equal(whole.endOffset, 5);
  assert.deepEqual(readAll(whole, 0), { values: ['a', 'b', 'c', 'd', 'e'], position: 5 });
});

test('records before the position are left out, pieces are as small as asked for', () => {
  const batches = [batch(0, ['a', 'b', 'c']), batch(3, ['d', 'e', 'f'])];
  assert.deepEqual(readAll(chunk(batches), 2), { values: ['c', 'd', 'e', 'f'], position: 6 });
  assert.deepEqual(readAll(chunk(batches), 4, 1), { values: ['e', 'f'], position: 6 });
});

test('what compaction removed moves the position all the same', () => {
  const compacted = batch(10, ['a', 'b']);
  // Last offset delta: the batch once had six records.
  compacted.writeInt32BE(5, 23);
  const rest = Buffer.concat([compacted]);
  assert.equal(chunk([rest]).endOffset, 16);
});

test('read_committed hides aborted transactions, and only those; markers are never shown', () => {
  const log = [
    batch(0, ['plain 0']),
    batch(1, ['aborted 1'], transactional(7)),
    batch(2, ['committed 2'], transactional(8)),
    batch(3, ['aborted 3'], transactional(7)),
    marker(4, 7, 'abort'),
    batch(5, ['committed 5'], transactional(7)),
    marker(6, 7, 'commit'),
    marker(7, 8, 'commit'),
  ];
  const aborted = [{ producerId: 7, firstOffset: 1 }];
  assert.deepEqual(readAll(chunk(log, { isReadCommitted: true, aborted }), 0), {
    values: ['plain 0', 'committed 2', 'committed 5'],
    position: 8,
  });
  assert.deepEqual(readAll(chunk(log), 0).values, ['plain 0', 'aborted 1', 'committed 2', 'aborted 3', 'committed 5']);
});

test('a batch whose bytes changed is refused', () => {
  const broken = batch(0, ['abc']);
  broken[broken.length - 3]! ^= 1;
  assert.throws(() => chunk([broken]).step(0, 10), { errorName: 'CORRUPT_MESSAGE' });
});
