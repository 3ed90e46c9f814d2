import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaError } from '@sluice/protocol';
import { readBatchHeader } from '../../src/log/batch-header.ts';
import type { BatchHeader } from '../../src/log/batch-header.ts';
import { ProducerState } from '../../src/log/producer-state.ts';
import { batchOf } from '../support/fixtures.ts';

function header(baseSequence: number, options: { count?: number; epoch?: number; producerId?: number } = {}): BatchHeader {
  const { count = 1, epoch = 0, producerId = 9 } = options;
  return readBatchHeader(
    batchOf(
      Array.from({ length: count }, () => 'v'),
      { producerId, producerEpoch: epoch, baseSequence },
    ),
    0,
  );
}

function outcome(state: ProducerState, batch: BatchHeader): string {
  try {
    const duplicate = state.check(batch, 't-0');
    return duplicate === null ? 'append' : `duplicate of ${duplicate.baseOffset}`;
  } catch (error) {
    return error instanceof KafkaError ? error.errorName : String(error);
  }
}

test('sequences go on without a gap; the last five batches are known again', () => {
  const state = new ProducerState();
  for (let i = 0; i < 8; i++) {
    const batch = header(i * 2, { count: 2 });
    assert.equal(outcome(state, batch), 'append');
    state.append(batch, 100 + i * 2, -1, 0);
  }
  assert.equal(outcome(state, header(14, { count: 2 })), 'duplicate of 114');
  assert.equal(outcome(state, header(6, { count: 2 })), 'duplicate of 106');
  assert.equal(outcome(state, header(4, { count: 2 })), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(outcome(state, header(14, { count: 1 })), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(outcome(state, header(17)), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(outcome(state, header(16)), 'append');
});

test('a new epoch starts at sequence 0, and ends the old one', () => {
  const state = new ProducerState();
  state.append(header(0), 0, -1, 0);
  assert.equal(outcome(state, header(1, { epoch: 1 })), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(outcome(state, header(0, { epoch: 1 })), 'append');
  state.append(header(0, { epoch: 1 }), 1, -1, 0);
  assert.equal(outcome(state, header(1, { epoch: 0 })), 'INVALID_PRODUCER_EPOCH');
});

test('after the greatest sequence comes 0', () => {
  const state = new ProducerState();
  state.append(header(0x7fff_fffe, { count: 2 }), 0, -1, 0);
  assert.equal(outcome(state, header(0)), 'append');
  const wrapping = new ProducerState();
  wrapping.append(header(0x7fff_ffff, { count: 2 }), 0, -1, 0);
  assert.equal(outcome(wrapping, header(1)), 'append');
});

test('any sequence is taken of a producer that is not known; silent ones are forgotten', () => {
  const state = new ProducerState();
  assert.equal(outcome(state, header(77)), 'append');
  state.append(header(77), 0, -1, 1000);
  state.expire(1500, 1000);
  assert.equal(state.size, 1);
  state.expire(2001, 1000);
  assert.equal(state.size, 0);
});

test('a snapshot brings the state back', () => {
  const state = new ProducerState();
  for (let i = 0; i < 3; i++) state.append(header(i), i, -1, 0);
  const copy = new ProducerState();
  copy.restore(JSON.parse(JSON.stringify(state.snapshot())) as ReturnType<ProducerState['snapshot']>);
  assert.equal(outcome(copy, header(2)), 'duplicate of 2');
  assert.equal(outcome(copy, header(3)), 'append');
});
