import { type Converter, SchemaBuilder, Schemas } from '@sluice/api';
import { stringConverter } from '@sluice/converters';
import assert from 'node:assert/strict';
import { test } from 'node:test';

function create(encoding?: string): Converter {
  const raw = encoding === undefined ? {} : { 'converter.encoding': encoding };
  return stringConverter.create(stringConverter.config.parse(raw), { type: 'key' });
}

test("any value is written in Java's form", () => {
  const point = SchemaBuilder.struct().field('a', Schemas.INT32).field('b', Schemas.STRING).build();
  const write = (schema: Parameters<Converter['fromConnectData']>[1], value: unknown): unknown =>
    create().fromConnectData('t', schema, value);
  assert.equal(write(point, { a: 1, b: 'x' }), 'Struct{a=1,b=x}');
  assert.equal(write(null, { a: 1, b: [true, null] }), '{a=1, b=[true, null]}');
  assert.equal(write(Schemas.FLOAT64, 1), '1.0');
  assert.equal(write(Schemas.INT64, 9007199254740993n), '9007199254740993');
});

test('half a surrogate pair becomes a question mark, and a replacement character stays one', () => {
  assert.equal(create().fromConnectData('t', null, 'a\ud83d\ufffdb\ude00'), 'a?\ufffdb?');
});

for (const [encoding, hex] of [
  ['ISO-8859-1', 'e93f'],
  ['US-ASCII', '3f3f'],
  ['UTF-16BE', '00e9d83dde00'],
  ['UTF-16LE', 'e9003dd800de'],
  ['UTF-16', 'feff00e9d83dde00'],
  ['utf-8', 'c3a9f09f9880'],
] as const) {
  test(`${encoding} writes the bytes Java writes`, () => {
    const written = create(encoding).fromConnectData('t', Schemas.STRING, 'é😀');
    assert.equal((typeof written === 'string' ? Buffer.from(written) : Buffer.from(written!)).toString('hex'), hex);
    const bytes = Buffer.from(`00${hex}00`, 'hex');
    const expected = hex.includes('3f') ? Buffer.from(hex, 'hex').toString('latin1') : 'é😀';
    assert.equal(create(encoding).toConnectData('t', bytes, 1, bytes.length - 1).value, expected);
  });
}

test('an unknown character set is refused when the converter is made', () => {
  assert.throws(() => create('klingon'), {
    name: 'ConfigError',
    message: /^Invalid value klingon for configuration converter\.encoding: /,
  });
});
