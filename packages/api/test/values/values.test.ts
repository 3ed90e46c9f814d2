import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { DataError, Decimal, LogicalTypes, type Schema, schema, Schemas, Values } from '../../src/index.ts';

/** `[input, 'TYPE value']`, made by running Kafka 4.3.1's Values.parseString in UTC. */
const vectors = JSON.parse(readFileSync(new URL('values-vectors.json', import.meta.url), 'utf8')) as readonly (readonly [string, string])[];

describe('Values.parseString gives what Java gives', () => {
  for (const [input, expected] of vectors) {
    it(JSON.stringify(input), () => {
      const { schema: found, value } = Values.parseString(input);
      assert.equal(`${schemaText(found)} ${valueText(value, found)}`, expected);
    });
  }

  it('keeps a number exact beyond 2^53', () => {
    assert.equal(Values.parseString('9223372036854775807').value, 9223372036854775807n);
    assert.equal(Values.parseString('9007199254740991').value, 9007199254740991);
  });

  it('makes a Map where keys are no strings, else a plain object', () => {
    assert.deepEqual(Values.parseString('{1:2}').value, new Map([[1, 2]]));
    assert.deepEqual(Values.parseString('{"a":1}').value, { a: 1 });
    assert.deepEqual(Object.keys(Values.parseString('{"__proto__":1}').value as object), ['__proto__']);
  });
});

describe('Values.convertToString', () => {
  const of = schema.struct({ a: Schemas.INT32, n: Schemas.OPTIONAL_STRING, d: Schemas.FLOAT64, l: schema.array(Schemas.STRING) });
  const cases: readonly (readonly [string | null, Schema | null, unknown])[] = [
    ['{"a":1,"n":null,"d":1.0,"l":["x","y\\""]}', of, { a: 1, d: 1, l: ['x', 'y"'] }],
    ['a"b', null, 'a"b'],
    ['["a\\\\b","YQ=="]', null, ['a\\b', Buffer.from('a')]],
    ['1.0E10', Schemas.FLOAT64, 1e10],
    ['1E+3', null, Decimal.parse('1E+3')],
    ['2020-01-31', null, new Date('2020-01-31T00:00:00Z')],
    ['2020-01-31T12:34:56.789Z', null, new Date('2020-01-31T12:34:56.789Z')],
    ['12:34:56.789Z', null, new Date(45296789)],
    ['23:59:59.999Z', null, new Date(-1)],
    [null, null, null],
  ];
  for (const [text, from, value] of cases) it(String(text), () => assert.equal(Values.convertToString(from, value), text));
});

describe('Values.convertTo…', () => {
  it('converts as Java does', () => {
    assert.equal(Values.convertToLong(null, '12.9'), 12);
    assert.equal(Values.convertToByte(null, 300), 44);
    assert.equal(Values.convertToBoolean(null, '0.5'), false);
    assert.equal(Values.convertToBoolean(null, '2'), true);
    assert.equal(Values.convertToLong(null, 1e30), 9223372036854775807n);
    assert.equal(Values.convertToLong(null, '1e30'), 5076944270305263616n);
    assert.equal(Values.convertToLong(null, Decimal.parse('1e1000000000')), 0);
    assert.equal(Values.convertToFloat(null, '0.1'), Math.fround(0.1));
    assert.equal(Values.convertToDate(null, '2020-01-31')?.getTime(), 1580428800000);
    assert.equal(Values.convertToTime(LogicalTypes.timestamp, new Date(1580474096789))?.getTime(), 45296789);
    assert.equal(Values.convertToDate(LogicalTypes.timestamp, new Date(1580474096789))?.getTime(), 1580428800000);
    assert.equal(String(Values.convertToDecimal(null, 5)), '5.0');
    assert.deepEqual(Values.convertToMap(null, '{"a":1}'), { a: 1 });
    assert.equal(Values.convertToInteger(null, null), null);
  });

  const errors: readonly (readonly [string, () => unknown])[] = [
    ['Unable to convert x (class java.lang.String) to a number', () => Values.convertToLong(null, 'x')],
    ['Unable to convert x (class java.lang.String) to Schema{STRING}', () => Values.convertToLong(Schemas.STRING, 'x')],
    ['Unable to convert abc (class java.lang.String) to Schema{ARRAY}', () => Values.convertToList(null, 'abc')],
    ['Unable to convert true (class java.lang.Boolean) to a number', () => Values.convertToInteger(null, true)],
    ['Unable to convert a null value to a schema that requires a value', () => Values.convertTo(Schemas.INT8, null, null)],
  ];
  for (const [message, action] of errors) it(message, () => assert.throws(action, new DataError(message)));
});

describe('Values.inferSchema', () => {
  it('finds the schema of plain values', () => {
    assert.equal(Values.inferSchema(1), Schemas.INT64);
    assert.equal(Values.inferSchema(1.5), Schemas.FLOAT64);
    assert.equal(Values.inferSchema(['a', null]), schema.array(Schemas.OPTIONAL_STRING));
    assert.equal(Values.inferSchema({ a: [1] }), schema.map(Schemas.STRING, schema.array(Schemas.INT64)));
    for (const value of [null, [], {}, [1, 'a'], new Date(0), Decimal.parse('1')]) assert.equal(Values.inferSchema(value), null);
  });
});

function schemaText(of: Schema | null): string {
  if (of === null || of === undefined) return '-';
  if (of.type === 'ARRAY') return `ARRAY<${schemaText(of.valueSchema)}>`;
  if (of.type === 'MAP') return `MAP<${schemaText(of.keySchema)},${schemaText(of.valueSchema)}>`;
  return of.name === null ? of.type : `${of.name.split('.').at(-1)}${of.parameters?.['scale'] ?? ''}`;
}

function valueText(value: unknown, of: Schema | null): string {
  if (value === null) return 'null';
  if (value instanceof Date) return `D${value.getTime()}`;
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, of?.type === 'ARRAY' ? of.valueSchema : null)).join(',')}]`;
  if (typeof value === 'object' && !Decimal.is(value)) {
    const entries: (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
    return `{${entries.map(([key, item]) => `${valueText(key, of?.keySchema ?? null)}:${valueText(item, of?.valueSchema ?? null)}`).join(',')}}`;
  }
  return Values.convertToString(of, value)!;
}
