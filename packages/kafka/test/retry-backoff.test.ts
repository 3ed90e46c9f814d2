import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delay, retryBackoff } from '../src/client/retry-backoff.ts';

test('the wait doubles up to the maximum, within a fifth of jitter', () => {
  const middle = { initialMs: 100, maxMs: 1000, random: () => 0.5 };
  assert.deepEqual(
    [0, 1, 2, 3, 4, 1000].map((failures) => retryBackoff(failures, middle)),
    [100, 200, 400, 800, 1000, 1000],
  );
  assert.equal(retryBackoff(0, { ...middle, random: () => 0 }), 80);
  assert.equal(retryBackoff(9, { ...middle, random: () => 1 }), 1000);
  assert.equal(retryBackoff(3, { initialMs: 0, maxMs: 0 }), 0);
  assert.equal(retryBackoff(0, { initialMs: 5000, maxMs: 1000 }), 1000);
});

test('waiting ends at once when aborted', async () => {
  const abort = new AbortController();
  const waiting = delay(60_000, abort.signal);
  abort.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(delay(60_000, abort.signal), /enough/);
});
