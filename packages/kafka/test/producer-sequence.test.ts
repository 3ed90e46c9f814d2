import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addToSequence, PartitionSequences } from '../src/producer/sequence.ts';

test('sequences begin at 0 again after 2^31 - 1', () => {
  assert.equal(addToSequence(2_147_483_647, 1), 0);
  assert.equal(addToSequence(2_147_483_640, 10), 2);
  const sequences = new PartitionSequences();
  sequences.acked(2_147_483_647);
  assert.ok(sequences.isNextExpected(0));
  sequences.acked(4);
  assert.ok(sequences.isNextExpected(5));
  sequences.acked(2_147_483_647);
  assert.ok(sequences.isNextExpected(5), 'a late answer to an older batch changes nothing');
});

test('a batch that was given up is settled when nothing is in flight', () => {
  const stored = new PartitionSequences();
  stored.restart({ id: 1, epoch: 0 });
  stored.take(3);
  stored.markUnresolved(3);
  assert.ok(stored.followsUnresolved(3));
  stored.take(2);
  stored.acked(4);
  stored.resolve();
  assert.equal(stored.isUnresolved, false);
  assert.equal(stored.isBumpNeeded, false, 'what came behind it was stored, so it was too');
  const lost = new PartitionSequences();
  lost.take(3);
  lost.markUnresolved(3);
  lost.resolve();
  assert.equal(lost.isBumpNeeded, true);
  lost.restart({ id: 1, epoch: 1 });
  assert.equal(lost.take(1), 0);
  assert.equal(lost.isBumpNeeded, false);
});
