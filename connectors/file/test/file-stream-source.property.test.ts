import fc from 'fast-check';
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSource, temporaryDirectory } from './task-rig.ts';

const directory = temporaryDirectory();
const line = fc
  .oneof(fc.constantFrom('', 'a', 'é中', '😀😀', 'x'.repeat(3000)), fc.string({ unit: 'grapheme' }))
  .map((text) => text.replaceAll(/[\r\n]/g, '-'));
const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { minLength: 1, maxLength: 50 });
/** One life of a task: how many batches it gives, of what size, and how many of the last lines the worker forgets when it is killed. */
const lives = fc.array(fc.record({ batchSize: fc.integer({ min: 1, max: 20 }), polls: fc.integer({ min: 0, max: 4 }) }), { maxLength: 6 });

test('whatever the content, the batches and the restarts, every line comes once and in order', async () => {
  let files = 0;
  await fc.assert(
    fc.asyncProperty(lines, lives, fc.integer({ min: 0, max: 100 }), async (content, runs, writtenPercent) => {
      const file = join(directory, `${++files}.txt`);
      const bytes = Buffer.from(content.map(([text, end]) => text + end).join(''));
      // The file grows while it is read, and wherever it is cut: inside a line, a character or a line end.
      const cut = Math.floor((bytes.length * writtenPercent) / 100);
      writeFileSync(file, bytes.subarray(0, cut));
      const found: string[] = [];
      let position: unknown = null;
      const collect = async (batchSize: number, done: (polls: number) => boolean): Promise<void> => {
        const source = await startSource({ file, 'batch.size': String(batchSize) }, position === null ? null : { position });
        for (let polls = 0; !done(polls); polls++) {
          for (const [text, at] of await source.nextPositions()) {
            found.push(text);
            position = at;
          }
        }
        await source.stop();
      };
      const complete = (expected: number) => (): boolean => found.length >= expected;
      const available = endedLines(bytes.subarray(0, cut));
      for (const { batchSize, polls } of runs) await collect(batchSize, (done) => done >= polls || found.length >= available);
      await collect(7, complete(available));
      appendFileSync(file, bytes.subarray(cut));
      await collect(3, complete(content.length));
      assert.deepEqual(
        found,
        content.map(([text]) => text),
      );
      assert.equal(position, bytes.length);
    }),
    { numRuns: 60 },
  );
});

/** Lines whose end is known: a \r at the very end may still become \r\n. */
function endedLines(bytes: Buffer): number {
  return bytes.filter((byte) => byte === 10).length;
}
