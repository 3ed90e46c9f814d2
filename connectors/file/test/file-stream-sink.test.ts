import { ConnectError, Headers, type Schema, SchemaBuilder, Schemas, type SinkRecord, TopicPartition } from '@sluice/api';
import { fileStreamSink, FileStreamSinkTask } from '@sluice/connector-file';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { PassThrough } from 'node:stream';
import { StreamOutput } from '../src/file-output.ts';
import { sinkContext, temporaryDirectory } from './task-rig.ts';

const directory = temporaryDirectory();
let files = 0;
const newFile = (): string => join(directory, `out-${++files}.txt`);
const partition = TopicPartition.of('t', 0);

function record(value: unknown, valueSchema: Schema | null = null): SinkRecord {
  return {
    topic: 't',
    partition: 0,
    keySchema: null,
    key: 'ignored',
    valueSchema,
    value,
    timestamp: 0,
    headers: Headers.empty,
    source: partition,
    offset: 0,
    timestampType: 'CreateTime',
  };
}

async function startSink(file: string): Promise<FileStreamSinkTask> {
  const task = new FileStreamSinkTask(sinkContext({ file }, (raw) => fileStreamSink.config.parse(raw)));
  await task.start();
  return task;
}

async function write(file: string, ...records: readonly SinkRecord[]): Promise<void> {
  const task = await startSink(file);
  await task.put(records);
  await task.dispose();
}

suite('lines', () => {
  test("values are written in Java's form", async () => {
    const file = newFile();
    const struct = SchemaBuilder.struct()
      .field('id', Schemas.INT32)
      .field('d', Schemas.FLOAT64)
      .field('n', Schemas.OPTIONAL_STRING)
      .build();
    await write(
      file,
      record('a'),
      record(null),
      record({ id: 1, d: 2, n: null }, struct),
      record({ a: 1, b: 'x' }),
      record([1, 2]),
      record(1.5),
      record(9007199254740993n),
      record('é😀\nsecond', Schemas.STRING),
      record(new Date(0)),
    );
    assert.equal(
      readFileSync(file, 'utf8'),
      'a\nnull\nStruct{id=1,d=2.0}\n{a=1, b=x}\n[1, 2]\n1.5\n9007199254740993\né😀\nsecond\nThu Jan 01 00:00:00 UTC 1970\n',
    );
  });

  test('appends to what is there', async () => {
    const file = newFile();
    await write(file, record('a'));
    await write(file, record('b'));
    assert.equal(readFileSync(file, 'utf8'), 'a\nb\n');
  });

  test('a file that ends inside a line gets its end first', async () => {
    const file = newFile();
    writeFileSync(file, 'whole\nhal');
    await write(file, record('next'));
    assert.equal(readFileSync(file, 'utf8'), 'whole\nhal\nnext\n');
  });

  test('a batch is in the file when put returns, and preCommit lets all of it be committed', async () => {
    const file = newFile();
    const task = await startSink(file);
    await task.put([record('a'), record('b')]);
    assert.equal(readFileSync(file, 'utf8'), 'a\nb\n');
    const delivered = new Map([[partition, 2]]);
    assert.deepEqual(await task.preCommit(delivered), delivered);
    await task.put([record('c')]);
    assert.deepEqual(await task.preCommit(delivered), delivered);
    await task.dispose();
    assert.equal(readFileSync(file, 'utf8'), 'a\nb\nc\n');
  });

  test('a batch larger than one write', async () => {
    const file = newFile();
    const large = 'x'.repeat(900_000);
    await write(file, ...Array.from({ length: 12 }, () => record(large)));
    assert.equal(readFileSync(file, 'utf8'), `${large}\n`.repeat(12));
  });

  test('several tasks append whole lines to one file', async () => {
    const file = newFile();
    const tasks = await Promise.all(Array.from({ length: 4 }, () => startSink(file)));
    const line = (task: number, batch: number, i: number): string => `${task}-${batch}-${i}-${'é'.repeat(500)}`;
    await Promise.all(
      tasks.map(async (task, t) => {
        for (let batch = 0; batch < 20; batch++) await task.put(Array.from({ length: 30 }, (_, i) => record(line(t, batch, i))));
        await task.dispose();
      }),
    );
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const expected = tasks.flatMap((_, t) => Array.from({ length: 600 }, (__, n) => line(t, Math.floor(n / 30), n % 30)));
    assert.deepEqual(lines.toSorted(), expected.toSorted());
    for (const t of tasks.keys()) {
      const own = lines.filter((each) => each.startsWith(`${t}-`));
      assert.deepEqual(
        own,
        expected.filter((each) => each.startsWith(`${t}-`)),
        'each in its order',
      );
    }
  });

  test('standard output', async () => {
    const stream = new PassThrough();
    const output = new StreamOutput(stream);
    await output.write('a\nb\n');
    await output.sync();
    await output.close();
    assert.equal(String(stream.read()), 'a\nb\n');
    stream.destroy();
    await assert.rejects(output.write('c\n'));
  });
});

suite('failures', () => {
  test('a file that cannot be made', async () => {
    await assert.rejects(startSink('/no/dir/x'), (error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.message, "Couldn't find or create file '/no/dir/x' for FileStreamSinkTask");
      assert.equal((error.cause as NodeJS.ErrnoException).code, 'ENOENT');
      return true;
    });
    const folder = newFile();
    mkdirSync(folder);
    await assert.rejects(startSink(folder), { message: `Couldn't find or create file '${folder}' for FileStreamSinkTask` });
  });

  test('a full disk fails the task', { skip: existsSync('/dev/full') ? false : 'needs /dev/full' }, async () => {
    const task = await startSink('/dev/full');
    await assert.rejects(task.put([record('lost?')]), (error) => {
      assert.ok(error instanceof ConnectError);
      assert.match(error.message, /^Couldn't write to file '\/dev\/full' for FileStreamSinkTask: ENOSPC/);
      return true;
    });
    await task.dispose();
  });

  test('a pipe can be written to', { skip: process.platform === 'win32' ? 'needs mkfifo' : false }, async () => {
    const pipe = newFile();
    execFileSync('mkfifo', [pipe]);
    const reading = startSinkReader(pipe);
    const task = await startSink(pipe);
    await task.put([record('through')]);
    await task.preCommit(new Map());
    await task.dispose();
    assert.equal(await reading, 'through\n');
  });
});

async function startSinkReader(pipe: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(pipe, 'utf8');
}
