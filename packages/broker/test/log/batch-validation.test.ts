import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaError } from '@sluice/protocol';
import { patchLogAppendTime } from '../../src/log/batch-header.ts';
import { validateBatch } from '../../src/log/batch-validation.ts';
import { batchOf, logConfig } from '../support/fixtures.ts';

const now = 1_700_000_000_000;

function check(records: Buffer | null, config: Record<string, string> = {}): string {
  try {
    validateBatch(records, { name: 't-0', ...logConfig(config) }, now);
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof KafkaError, String(error));
    return error.errorName;
  }
}

/** A batch whose header was changed and whose CRC is right for it. */
function changed(change: (batch: Buffer) => void): Buffer {
  const batch = batchOf(['a', 'b']);
  change(batch);
  patchLogAppendTime(batch, now);
  return batch;
}

test('a batch as a producer makes it is taken, in every compression', () => {
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)
    assert.equal(check(batchOf(['a', 'b'], { compression })), 'ok', compression);
});

test('every batch that is cut short, and every flipped byte of what the CRC covers, is refused', () => {
  const batch = batchOf(['hello', 'world']);
  for (let length = 1; length < batch.length; length++)
    assert.equal(check(batch.subarray(0, length)), 'CORRUPT_MESSAGE', `${length} bytes`);
  for (let at = 21; at < batch.length; at++) {
    const copy = Buffer.from(batch);
    copy[at] = (copy[at] ?? 0) ^ 0x01;
    assert.equal(check(copy), 'CORRUPT_MESSAGE', `byte ${at}`);
  }
});

test('what is no batch of magic 2, or not exactly one, is refused', () => {
  assert.equal(check(null), 'INVALID_RECORD');
  assert.equal(check(Buffer.alloc(0)), 'INVALID_RECORD');
  assert.equal(check(Buffer.concat([batchOf(['a']), batchOf(['b'])])), 'INVALID_RECORD');
  const old = batchOf(['a']);
  old[16] = 1;
  assert.equal(check(old), 'INVALID_RECORD');
});

test('counts that contradict each other, control batches and bad sequences are refused', () => {
  assert.equal(check(changed((batch) => batch.writeInt32BE(5, 23))), 'INVALID_RECORD');
  assert.equal(check(changed((batch) => batch.writeInt32BE(3, 57))), 'INVALID_RECORD');
  assert.equal(check(changed((batch) => batch.writeInt32BE(-1, 23))), 'INVALID_RECORD');
  assert.equal(check(batchOf(['a'], { isControl: true })), 'INVALID_RECORD');
  assert.equal(check(batchOf(['a'], { producerId: 5, producerEpoch: 0, baseSequence: -1 })), 'INVALID_RECORD');
});

test('max.message.bytes and the range of timestamps are kept to', () => {
  const size = batchOf(['a']).length;
  assert.equal(check(batchOf(['a']), { 'max.message.bytes': String(size) }), 'ok');
  assert.equal(check(batchOf(['a']), { 'max.message.bytes': String(size - 1) }), 'MESSAGE_TOO_LARGE');
  assert.equal(check(batchOf(['a'], { timestamp: now + 3_600_001 })), 'INVALID_TIMESTAMP');
  assert.equal(check(batchOf(['a'], { timestamp: now - 1001 }), { 'message.timestamp.before.max.ms': '1000' }), 'INVALID_TIMESTAMP');
  assert.equal(check(batchOf(['a'], { timestamp: now + 3_600_001 }), { 'message.timestamp.type': 'LogAppendTime' }), 'ok');
});
