import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FileOffsetBackingStore } from '../../src/control/file-offset-backing-store.ts';
import { readByteMap, writeByteMap } from '../../src/control/java-hash-map.ts';
import { canonicalOffsetJson, parseOffsetJson, stringifyOffsetJson } from '../../src/control/offset-json.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-offsets-'));
});
after(async () => {
  await rm(directory, { recursive: true });
});

async function entries(path: string): Promise<[string, string | null][]> {
  return readByteMap(await readFile(path)).map(([key, value]) => [key!.toString(), value?.toString() ?? null]);
}

test('offsets are in the file when a write is answered, and a new store finds them', async () => {
  const path = join(directory, 'basic');
  const store = await FileOffsetBackingStore.open(path);
  assert.deepEqual(await store.read('fs', [{ filename: 'a' }]), [null]);
  await store.write('fs', [{ partition: { filename: 'a' }, offset: { position: 9007199254740993n } }]);
  assert.deepEqual(await entries(path), [['["fs",{"filename":"a"}]', '{"position":9007199254740993}']]);
  const again = await FileOffsetBackingStore.open(path);
  assert.deepEqual(await again.read('fs', [{ filename: 'a' }, { filename: 'b' }]), [{ position: 9007199254740993n }, null]);
  assert.deepEqual(again.all('fs'), [{ partition: { filename: 'a' }, offset: { position: 9007199254740993n } }]);
  assert.deepEqual(again.all('other'), []);
  assert.deepEqual(
    (await readdir(directory)).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('keys of another writer are found in any order of members and keep their bytes', async () => {
  const path = join(directory, 'foreign');
  await writeFile(path, writeByteMap([[Buffer.from('["c",{"table":"t","protocol":1}]'), Buffer.from('{"p":1}')]]));
  const store = await FileOffsetBackingStore.open(path);
  assert.deepEqual(await store.read('c', [{ protocol: 1, table: 't' }]), [{ p: 1 }]);
  await store.write('c', [{ partition: { protocol: 1, table: 't' }, offset: { p: 2 } }]);
  assert.deepEqual(await entries(path), [['["c",{"table":"t","protocol":1}]', '{"p":2}']]);
});

test('a reset stays in the file as a null and is read as nothing', async () => {
  const path = join(directory, 'reset');
  const store = await FileOffsetBackingStore.open(path);
  await store.write('c', [{ partition: { a: 1 }, offset: { p: 1 } }]);
  await store.write('c', [{ partition: { a: 1 }, offset: null }]);
  await store.write('c', [{ partition: { never: 'there' }, offset: null }]);
  assert.deepEqual(await entries(path), [['["c",{"a":1}]', null]]);
  assert.deepEqual(await store.read('c', [{ a: 1 }]), [null]);
  assert.deepEqual(store.all('c'), []);
});

test('many writes at once are all durable, in few writes of the file', async () => {
  const path = join(directory, 'many');
  const store = await FileOffsetBackingStore.open(path);
  await Promise.all(Array.from({ length: 200 }, (_, index) => store.write('c', [{ partition: { index }, offset: { index } }])));
  assert.equal((await entries(path)).length, 200);
});

test('a link to the file stays a link', async () => {
  const target = join(directory, 'target');
  const link = join(directory, 'link');
  await writeFile(target, '');
  await symlink(target, link);
  const store = await FileOffsetBackingStore.open(link);
  await store.write('c', [{ partition: { a: 1 }, offset: { p: 1 } }]);
  assert.equal((await entries(target)).length, 1);
});

test('a file with something else is refused with its name', async () => {
  const path = join(directory, 'broken');
  await writeFile(path, 'not a map');
  await assert.rejects(FileOffsetBackingStore.open(path), /broken \(offset\.storage\.file\.filename\) is not a serialised map of offsets/);
});

test('offsets that are not flat are refused', async () => {
  const store = await FileOffsetBackingStore.open(join(directory, 'flat'));
  const message = 'Offsets may only contain primitive types as values, but field p contains MAP';
  await assert.rejects(store.write('c', [{ partition: { a: 1 }, offset: { p: { q: 1 } } }]), { message });
});

test("keys have Jackson's bytes", () => {
  const text = stringifyOffsetJson([
    'c',
    { s: '\u001f\u007fé\u2028😀/"\\ \\u001f', d: 1.5, big: 1e21, i: 3, n: null, b: true, x: 2n ** 63n - 1n, y: Uint8Array.of(1, 2) },
  ]);
  assert.equal(
    text,
    '["c",{"s":"\\u001F\u007fé\u2028\\uD83D\\uDE00/\\"\\\\ \\\\u001f","d":1.5,"big":1.0E21,"i":3,"n":null,"b":true,"x":9223372036854775807,"y":"AQI="}]',
  );
  assert.equal(stringifyOffsetJson(parseOffsetJson(text.replace('1.0E21', '2'))), text.replace('1.0E21', '2'));
});

test('partitions that mean the same have one canonical text', () => {
  assert.equal(canonicalOffsetJson({ b: 1, a: 'x' }), canonicalOffsetJson({ a: 'x', b: 1 }));
  assert.notEqual(canonicalOffsetJson({ a: '1' }), canonicalOffsetJson({ a: 1 }));
});
