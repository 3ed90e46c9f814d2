import { type Schema, Schemas } from '@sluice/api';
import { simpleHeaderConverter } from '@sluice/converters';
import assert from 'node:assert/strict';
import { test } from 'node:test';

const converter = simpleHeaderConverter.create({});

function read(text: string): { schema: Schema | null; value: unknown } {
  return converter.toConnectHeader('t', 'h', Buffer.from(text));
}

test('null is null', () => {
  assert.equal(converter.fromConnectHeader('t', 'h', null, null), null);
  assert.deepEqual(converter.toConnectHeader('t', 'h', null), { schema: null, value: null });
});

for (const [schema, value, text] of [
  [Schemas.STRING, 'a "b"', 'a "b"'],
  [Schemas.INT32, 5, '5'],
  [Schemas.FLOAT64, 1, '1.0'],
  [Schemas.BOOLEAN, true, 'true'],
  [Schemas.BYTES, Buffer.from([0, 255]), 'AP8='],
  [null, [1, 'x'], '[1,"x"]'],
  [null, { k: 'v' }, '{"k":"v"}'],
] as const) {
  test(`writes ${text}`, () => {
    const written = converter.fromConnectHeader('t', 'h', schema, value);
    assert.equal(typeof written === 'string' ? written : Buffer.from(written!).toString(), text);
  });
}

for (const [text, schema, value] of [
  ['', Schemas.STRING, ''],
  ['text', Schemas.STRING, 'text'],
  ['42', Schemas.INT8, 42],
  ['300', Schemas.INT16, 300],
  ['70000', Schemas.INT32, 70000],
  ['9007199254740993', Schemas.INT64, 9007199254740993n],
  ['0.1', Schemas.FLOAT32, Math.fround(0.1)],
  ['true', Schemas.BOOLEAN, true],
  ['TRUE', Schemas.STRING, 'TRUE'],
  ['1a', Schemas.STRING, '1a'],
  ['[a]', Schemas.STRING, '[a]'],
] as const) {
  test(`reads ${JSON.stringify(text)}`, () => {
    const found = read(text);
    assert.equal(found.schema, schema);
    assert.deepEqual(found.value, value);
  });
}
