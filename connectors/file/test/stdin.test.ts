import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { StdinInput } from '../src/stdin-input.ts';
import { temporaryDirectory } from './task-rig.ts';

const directory = temporaryDirectory();
const program = fileURLToPath(new URL('stdin-program.ts', import.meta.url));
const coordinates = '{"filename":null} {"position":null}';

suite('standard input', () => {
  for (const where of ['main', 'thread']) {
    test(`from a pipe, in the ${where === 'main' ? 'main thread' : 'thread of a worker'}; the last line needs no end`, async () => {
      const child = spawn(process.execPath, [program, where], { stdio: ['pipe', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        // Each line is answered before the input has ended.
        if (chunk.includes('[first]')) child.stdin.end('sécond\r\nlast');
      });
      child.stdin.write('first\n');
      const [code] = (await once(child, 'exit')) as [number];
      assert.equal(code, 0);
      assert.equal(output, `[first] ${coordinates}\n[sécond] ${coordinates}\n[last] ${coordinates}\n`);
    });
  }

  test('from a file, in the thread of a worker', async () => {
    const file = join(directory, 'in.txt');
    writeFileSync(file, 'a\nlast\n');
    const child = spawn(process.execPath, [program, 'thread'], { stdio: [openSync(file, 'r'), 'pipe', 'inherit'] });
    let output = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    await once(child, 'close');
    assert.equal(output, `[a] ${coordinates}\n[last] ${coordinates}\n`);
  });

  test('what one task has not taken is there for the next', async () => {
    const stream = new PassThrough();
    stream.write('abcdef');
    const first = new StdinInput(stream);
    const buffer = Buffer.alloc(4);
    assert.equal(await first.read(buffer, 0, 4), 4);
    await first.close();
    const second = new StdinInput(stream);
    assert.equal(await second.read(buffer, 0, 4), 2);
    assert.equal(buffer.toString('latin1', 0, 2), 'ef');
    assert.equal(await second.state(), 'open');
    const ended = once(stream, 'end');
    stream.end();
    assert.equal(await second.read(buffer, 0, 4), 0);
    await ended;
    assert.equal(await second.state(), 'ended');
    await second.close();
  });
});
