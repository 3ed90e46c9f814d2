import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readByteMap, writeByteMap } from '../../src/control/java-hash-map.ts';

/** What Java wrote for the key `["c",{"f":"a"}]` with the value `{"p":1}`. */
const golden =
  'aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f724900097468726573686f6c6478703f4000000000000c770800000010000000017572' +
  '00025b42acf317f8060854e002000078700000000f5b2263222c7b2266223a2261227d5d7571007e0002000000077b2270223a317d78';
const key = Buffer.from('["c",{"f":"a"}]');
const value = Buffer.from('{"p":1}');

test('the bytes of a map are those that Java writes', () => {
  assert.equal(writeByteMap([[key, value]]).toString('hex'), golden);
});

test('an empty map is the one that Java writes', () => {
  const hex = writeByteMap([]).toString('hex');
  assert.ok(hex.endsWith('3f40000000000000770800000010000000' + '0078'), hex);
  assert.deepEqual(readByteMap(Buffer.from(hex, 'hex')), []);
});

test('what Java wrote is read', () => {
  const [[readKey, readValue] = [null, null]] = readByteMap(Buffer.from(golden, 'hex'));
  assert.deepEqual([readKey?.toString(), readValue?.toString()], [key.toString(), value.toString()]);
});

test('nulls, many entries and a repeated array survive', () => {
  const entries = Array.from(
    { length: 100 },
    (_, index) => [Buffer.from(`k${index}`), index % 3 === 0 ? null : Buffer.from(`v${index}`)] as const,
  );
  const read = readByteMap(writeByteMap(entries));
  assert.deepEqual(
    read.map(([k, v]) => [k?.toString(), v?.toString() ?? null]),
    entries.map(([k, v]) => [k.toString(), v?.toString() ?? null]),
  );
  // The value refers back to the key's array (handle 3: after two classes and the map).
  const shared = Buffer.from(golden.slice(0, golden.indexOf('7571007e0002')) + '71007e0003' + '78', 'hex');
  const [[sharedKey, sharedValue] = [null, null]] = readByteMap(shared);
  assert.equal(sharedValue?.toString(), sharedKey?.toString());
});

test('an empty file has no entries', () => {
  assert.deepEqual(readByteMap(Buffer.alloc(0)), []);
});

test('anything else is refused at every cut, and other classes are never read', () => {
  const bytes = Buffer.from(golden, 'hex');
  for (let length = 1; length < bytes.length; length++)
    assert.throws(() => readByteMap(bytes.subarray(0, length)), Error, `cut at ${length}`);
  const other = Buffer.from(
    golden.replace(Buffer.from('java.util.HashMap').toString('hex'), Buffer.from('java.util.HashSet').toString('hex')),
    'hex',
  );
  assert.throws(() => readByteMap(other), /java\.util\.HashSet/);
});
