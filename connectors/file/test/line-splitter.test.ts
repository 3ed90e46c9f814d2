import fc from 'fast-check';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LineSplitter } from '../src/line-splitter.ts';

interface Taken {
  readonly line: string;
  readonly position: number;
}

/** Feeds `bytes` in pieces and takes lines in batches, as the task does. */
function split(
  bytes: Buffer,
  options: { bufferBytes: number; pieces: readonly number[]; batches: readonly number[]; position?: number },
): Taken[] {
  const splitter = new LineSplitter({ position: options.position ?? 0, bufferBytes: options.bufferBytes });
  const taken: Taken[] = [];
  let at = 0;
  for (let turn = 0; ; turn++) {
    const batch = options.batches[turn % options.batches.length]!;
    if (splitter.take(batch, (line, position) => taken.push({ line, position })) === batch) continue;
    if (at === bytes.length) return taken;
    const { buffer, offset, length } = splitter.room();
    assert.ok(length > 0, 'there is room');
    const copied = bytes.copy(
      buffer,
      offset,
      at,
      Math.min(bytes.length, at + Math.min(length, options.pieces[turn % options.pieces.length]!)),
    );
    at += copied;
    splitter.filled(copied);
  }
}

/** What Java's reader gives: lines that have an end, a \r at the very end not counted as one. */
function expected(text: string): string[] {
  return text
    .replace(/\r$/, '')
    .split(/\r\n|\r|\n/)
    .slice(0, -1);
}

const content = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('\n', '\r\n', '\r', '\n\n', 'é', '😀', 'a', 'line of text', '') },
      fc.string({ unit: 'grapheme' }),
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(''));
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });

suite('LineSplitter', () => {
  test('lines are the same however the bytes and the batches are cut', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 40 }), sizes, sizes, (text, bufferBytes, pieces, batches) => {
        const lines = split(Buffer.from(text), { bufferBytes, pieces, batches }).map(({ line }) => line);
        assert.deepEqual(lines, expected(text));
      }),
      { numRuns: 500 },
    );
  });

  test('reading on from any position gives exactly the lines that follow', () => {
    fc.assert(
      fc.property(content, sizes, sizes, (text, pieces, batches) => {
        const bytes = Buffer.from(text);
        const all = split(bytes, { bufferBytes: 16, pieces, batches });
        for (const [i, { position }] of all.entries()) {
          const rest = split(bytes.subarray(position), { bufferBytes: 16, pieces, batches, position });
          assert.deepEqual(rest, all.slice(i + 1));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('the buffer goes back to its size after a long line', () => {
    const splitter = new LineSplitter({ position: 0, bufferBytes: 64 });
    const long = Buffer.from(`${'x'.repeat(1000)}\n`);
    for (let at = 0; at < long.length;) {
      const { buffer, offset, length } = splitter.room();
      const copied = long.copy(buffer, offset, at, Math.min(long.length, at + length));
      splitter.filled(copied);
      at += copied;
    }
    assert.equal(
      splitter.take(10, (line) => assert.equal(line.length, 1000)),
      1,
    );
    assert.equal(splitter.room().buffer.length, 64);
  });
});
