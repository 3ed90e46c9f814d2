import { ConnectError, Schemas } from '@sluice/api';
import { fileStreamSource } from '@sluice/connector-file';
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { startSource, temporaryDirectory } from './task-rig.ts';

const directory = temporaryDirectory();
let files = 0;
function newFile(content?: string | Buffer): string {
  const path = join(directory, `file-${++files}.txt`);
  if (content !== undefined) writeFileSync(path, content);
  return path;
}

suite('lines', () => {
  test('one record for each line, with the position after it', async () => {
    const file = newFile('foo\nbar\n');
    const before = Date.now();
    const source = await startSource({ file });
    const records = (await source.task.poll())!;
    assert.deepEqual(
      records.map(({ timestamp: _timestamp, ...record }) => record),
      [
        ['foo', 4],
        ['bar', 8],
      ].map(([value, position]) => ({
        topic: 'lines',
        value,
        valueSchema: Schemas.STRING,
        key: null,
        keySchema: null,
        partition: null,
        sourcePartition: { filename: file },
        sourceOffset: { position },
      })),
    );
    assert.ok(records.every(({ timestamp }) => timestamp! >= before && timestamp! <= Date.now()));
    await source.stop();
  });

  test('goes on at the stored position', async () => {
    const file = newFile('foo\nbar\nbaz\n');
    const source = await startSource({ file }, { position: 8 });
    assert.deepEqual(await source.nextPositions(), [['baz', 12]]);
    await source.stop();
  });

  test('line ends: \\n, \\r\\n and a lone \\r', async () => {
    const source = await startSource({ file: newFile('a\r\nb\rc\n\r\r\n\nd\n') });
    assert.deepEqual(await source.nextPositions(), [
      ['a', 3],
      ['b', 5],
      ['c', 7],
      ['', 8],
      ['', 10],
      ['', 11],
      ['d', 13],
    ]);
    await source.stop();
  });

  test('a \\r at the end waits for what follows it', async () => {
    const file = newFile('a\r');
    const source = await startSource({ file });
    assert.equal(await source.task.poll(), null);
    appendFileSync(file, '\nb\r');
    assert.deepEqual(await source.nextPositions(), [['a', 3]]);
    appendFileSync(file, 'c\n');
    assert.deepEqual(await source.nextPositions(), [
      ['b', 5],
      ['c', 7],
    ]);
    await source.stop();
  });

  test('an unfinished line waits for its end', async () => {
    const file = newFile('partial');
    const source = await startSource({ file });
    assert.equal(await source.task.poll(), null);
    appendFileSync(file, ' line\n');
    assert.deepEqual(await source.nextPositions(), [['partial line', 13]]);
    await source.stop();
  });

  test('positions count bytes, so a restart after a line that is not ASCII goes on with the next', async () => {
    const file = newFile('é\nz😀\nend\n');
    const first = await startSource({ file, 'batch.size': '1' });
    assert.deepEqual(await first.nextPositions(), [['é', 3]]);
    await first.stop();
    const second = await startSource({ file }, { position: 3 });
    assert.deepEqual(await second.nextPositions(), [
      ['z😀', 9],
      ['end', 13],
    ]);
    await second.stop();
  });

  test('bytes that are no UTF-8 become replacement characters, as in Java', async () => {
    const source = await startSource({ file: newFile(Buffer.from('a\xffb\n', 'latin1')) });
    assert.deepEqual(await source.nextPositions(), [['a\ufffdb', 4]]);
    await source.stop();
  });

  test('a line longer than the buffer', async () => {
    const long = 'x'.repeat(900_000);
    const file = newFile(`${long}\nafter\n`);
    const source = await startSource({ file });
    assert.deepEqual(await source.nextPositions(), [
      [long, 900_001],
      ['after', 900_007],
    ]);
    assert.deepEqual(
      source.log.lines.filter((line) => line.includes('Increased buffer')),
      ['INFO Increased buffer from 262144 to 524288', 'INFO Increased buffer from 524288 to 1048576'],
    );
    await source.stop();
  });

  test('batch.size: what is read already comes without new data', async () => {
    const source = await startSource({ file: newFile('a\nb\nc\n'), 'batch.size': '1' });
    for (const line of ['a', 'b', 'c'])
      assert.deepEqual(await source.task.poll().then((records) => records?.map(({ value }) => value)), [line]);
    await source.stop();
  });

  test('a burst of whole batches and one line more comes complete', async () => {
    const lines = Array.from({ length: 4001 }, (_, i) => `line ${i} ${'.'.repeat(200)}`);
    const source = await startSource({ file: newFile(lines.map((line) => `${line}\n`).join('')) });
    const batches = [await source.next(), await source.next(), await source.next()];
    assert.deepEqual(
      batches.map(({ length }) => length),
      [2000, 2000, 1],
    );
    assert.deepEqual(batches.flat(), lines);
    await source.stop();
  });

  test('appended lines come soon', async () => {
    const file = newFile('a\n');
    const source = await startSource({ file });
    await source.next();
    const start = performance.now();
    setTimeout(() => appendFileSync(file, 'b\n'), 20);
    assert.deepEqual(await source.next(), ['b']);
    assert.ok(performance.now() - start < 900, `took ${performance.now() - start} ms`);
    await source.stop();
  });
});

suite('files that come and go', () => {
  test('waits for a file that is not there, and says so about once a second', async () => {
    const file = newFile();
    const source = await startSource({ file });
    const waiting = source.next();
    const warnings = (): string[] => source.log.lines.filter((line) => line.startsWith('WARN'));
    const timer = setInterval(() => warnings().length >= 2 && writeFileSync(file, 'x\n'), 5);
    assert.deepEqual(await waiting, ['x']);
    clearInterval(timer);
    assert.deepEqual(
      new Set(warnings()),
      new Set([`WARN Couldn't find file ${file} for FileStreamSourceTask, sleeping to wait for it to be created`]),
    );
    assert.ok(warnings().length <= 3);
    await source.stop();
  });

  test('a truncated file is read from its start', async () => {
    const file = newFile('first\nsecond\nhalf');
    const source = await startSource({ file });
    assert.deepEqual(await source.next(), ['first', 'second']);
    truncateSync(file, 0);
    appendFileSync(file, 'new\n');
    // The half line is all there will ever be of it.
    assert.deepEqual(await source.lines(2), ['half', 'new']);
    assert.ok(
      source.log.lines.some((line) => line.startsWith(`WARN File ${file} has been truncated`)),
      source.log.lines.join('\n'),
    );
    await source.stop();
  });

  test('a rotated file is read to its end and then the new one', async () => {
    const file = newFile('1\n');
    const source = await startSource({ file });
    assert.deepEqual(await source.next(), ['1']);
    renameSync(file, `${file}.1`);
    writeFileSync(file, '3\n');
    appendFileSync(`${file}.1`, '2\n');
    assert.deepEqual(await source.nextPositions(), [['2', 4]]);
    assert.deepEqual(await source.nextPositions(), [['3', 2]]);
    assert.ok(
      source.log.lines.some((line) => line.startsWith(`INFO File ${file} has been replaced`)),
      source.log.lines.join('\n'),
    );
    await source.stop();
  });

  test('a file that is only moved away is read on', async () => {
    const file = newFile('1\n');
    const source = await startSource({ file });
    await source.next();
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, '2\n');
    assert.deepEqual(await source.next(), ['2']);
    assert.equal(await source.task.poll(), null);
    await source.stop();
  });

  test('a file shorter than the stored position is read from its start, with a warning', async () => {
    const file = newFile('a\nb\nc\n');
    const source = await startSource({ file }, { position: 100 });
    assert.deepEqual(await source.next(), ['a', 'b', 'c']);
    assert.ok(source.log.lines.some((line) => line.startsWith(`WARN File ${file} has 6 bytes, fewer than the position 100`)));
    await source.stop();
  });
});

suite('failures', () => {
  test('a stored position that is no whole number', async () => {
    for (const position of ['5', 1.5, -1, {}]) {
      await assert.rejects(startSource({ file: newFile('a\n') }, { position }), {
        name: 'ConnectError',
        message: 'Offset position is the incorrect type',
      });
    }
  });

  test('a directory', async () => {
    const file = newFile();
    mkdirSync(file);
    const source = await startSource({ file });
    await assert.rejects(source.task.poll(), (error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(
        error.message,
        `Unable to read file '${file}' for FileStreamSourceTask, set 'file' to a file that this worker can read: it is a directory`,
      );
      return true;
    });
    await source.stop();
  });

  test('a file that this user may not read', async (context) => {
    if (process.getuid?.() === 0) return context.diagnostic('root may read every file');
    const file = newFile('secret\n');
    chmodSync(file, 0);
    const source = await startSource({ file });
    await assert.rejects(source.task.poll(), /Unable to read file .*'file'.*EACCES/);
    await source.stop();
  });

  test('a path that runs through a file', async () => {
    const source = await startSource({ file: join(newFile('a\n'), 'b') });
    await assert.rejects(source.task.poll(), /Unable to read file .*ENOTDIR/);
    await source.stop();
  });

  test('the stop ends the wait', async () => {
    const source = await startSource({ file: newFile() });
    const poll = source.task.poll();
    await source.stop();
    assert.equal(await poll, null);
  });
});

suite('configuration', () => {
  const parse = (raw: Record<string, string>): unknown => fileStreamSource.config.parse(raw);

  test('defaults', () => {
    assert.deepEqual({ ...(parse({ topic: 't' }) as object) }, { file: null, topic: 't', 'batch.size': 2000 });
  });

  test('topic is required', () => {
    assert.throws(() => parse({}), { message: 'Missing required configuration "topic" which has no default value.' });
    assert.throws(() => parse({ topic: '' }), { message: 'Invalid value  for configuration topic: String must be non-empty' });
  });

  test('exactly once needs a file', () => {
    const support = (file: string | null): unknown => fileStreamSource.exactlyOnceSupport!({ file, topic: 't', 'batch.size': 1 });
    assert.equal(support('a.txt'), 'SUPPORTED');
    assert.equal(support(null), 'UNSUPPORTED');
    assert.equal(support(''), 'UNSUPPORTED');
  });
});

suite('altering offsets', () => {
  const alter = (partition: object | null, offset: object | null, file: string | null = 'a.txt'): unknown =>
    fileStreamSource.alterOffsets!({ file }, [{ partition, offset } as never]);
  const partition = { filename: 'a.txt' };

  test('what is allowed', () => {
    assert.equal(alter(partition, { position: 0 }), true);
    assert.equal(alter(partition, { position: 9007199254740993n }), true);
    assert.equal(alter({ filename: 'another' }, { position: 5 }), true);
    for (const anything of [partition, {}, null]) assert.equal(alter(anything, null), true);
  });

  for (const [name, given, message] of [
    [
      'standard input',
      [partition, { position: 1 }, null],
      "Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is used for input and offsets are not tracked.",
    ],
    [
      'empty file name',
      [partition, null, ''],
      "Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is used for input and offsets are not tracked.",
    ],
    ['no position', [partition, {}], "Offset objects should either be null or contain the key 'position'"],
    ['position as text', [partition, { position: '1' }], "The value for the 'position' key in the offset is expected to be a Long value"],
    ['null position', [partition, { position: null }], "The value for the 'position' key in the offset is expected to be a Long value"],
    ['negative position', [partition, { position: -1 }], "The value for the 'position' key in the offset should be a non-negative value"],
    ['null partition', [null, { position: 1 }], 'Partition objects cannot be null'],
    ['no file name', [{}, { position: 1 }], "Partition objects should contain the key 'filename'"],
  ] as const) {
    test(name, () => {
      assert.throws(() => alter(...(given as unknown as Parameters<typeof alter>)), { name: 'ConnectError', message });
    });
  }
});
