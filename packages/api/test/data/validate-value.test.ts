import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataError, Decimal, LogicalTypes, type Schema, schema, SchemaBuilder, Schemas, structOf, validateValue } from '../../src/index.ts';

const person = schema.struct({ name: schema.string(), age: schema.int32({ optional: true }), city: schema.string({ default: 'x' }) });

describe('validateValue accepts', () => {
  const cases: readonly (readonly [Schema, unknown])[] = [
    [Schemas.INT8, -128],
    [Schemas.INT8, 127n],
    [Schemas.INT64, 2n ** 63n - 1n],
    [Schemas.INT64, Number.MAX_SAFE_INTEGER],
    [Schemas.FLOAT32, NaN],
    [Schemas.FLOAT64, 1],
    [Schemas.BYTES, Buffer.from('a')],
    [Schemas.OPTIONAL_STRING, null],
    [Schemas.OPTIONAL_STRING, undefined],
    [LogicalTypes.decimal(2), Decimal.parse('1.23')],
    [LogicalTypes.date, new Date(0)],
    [schema.array(Schemas.OPTIONAL_INT8), [1, null]],
    [schema.map(Schemas.STRING, Schemas.INT8), { a: 1 }],
    [schema.map(Schemas.STRING, Schemas.INT8), new Map([['a', 1]])],
    [schema.map(Schemas.INT8, Schemas.STRING), new Map([[1, 'a']])],
    [person, { name: 'a' }],
    [person, { name: 'a', age: null, city: 'b' }],
    [person, Object.assign(Object.create(null), { name: 'a' })],
    [SchemaBuilder.struct().field('__proto__', Schemas.INT8).build(), structOf([['__proto__', 1]])],
  ];
  for (const [of, value] of cases) it(`${String(of)} ${typeof value}`, () => validateValue(of, value));
});

describe('validateValue refuses in Connect’s words', () => {
  const cases: readonly (readonly [string, Schema | null, unknown, string?])[] = [
    ['Invalid value: null used for required value, schema type: STRING', Schemas.STRING, null],
    ['Invalid Java object for schema with type INT8: class java.lang.String for value', Schemas.INT8, 'x'],
    [
      'Invalid Java object for schema "n" with type STRING: class java.lang.Long for field: "f"',
      schema.string({ name: 'n' }),
      5,
      'field: "f"',
    ],
    ['Invalid value: null used for required element of array value, schema type: STRING', schema.array(Schemas.STRING), ['a', null]],
    [
      'Invalid Java object for schema with type INT64: class java.lang.String for value of map element of array value',
      schema.array(schema.map(Schemas.STRING, Schemas.INT64)),
      [{ k: 'v' }],
    ],
    [
      'Invalid Java object for schema with type STRING: class java.lang.Long for key of map value',
      schema.map(Schemas.STRING, Schemas.INT64),
      new Map([[1, 2]]),
    ],
    [
      'Invalid Java object for schema "org.apache.kafka.connect.data.Decimal" with type BYTES: class [B for value',
      LogicalTypes.decimal(2),
      Buffer.of(1),
    ],
    ['Invalid value: null used for required field: "name", schema type: STRING', person, {}],
    ['Invalid value: null used for required field: "city", schema type: STRING', person, { name: 'a', city: null }],
    ['nane is not a valid field name', person, { name: 'a', nane: 'b' }],
    ['No schema defined for element of array value', SchemaBuilder.arrayOfNull().build(), [1]],
    ['No schema defined for value', null, 1],
    ['Invalid Java object for schema with type INT32: class java.lang.Double for value', Schemas.INT32, 1.5],
    ['Invalid Java object for schema with type INT8: class java.lang.Long for value (out of range)', Schemas.INT8, 300],
    [
      'Invalid Java object for schema with type INT64: class java.lang.Long for value (out of range; beyond 2^53 use a bigint)',
      Schemas.INT64,
      2 ** 53,
    ],
    ['Invalid Java object for schema with type STRUCT: class java.util.ArrayList for value', person, []],
    ['Invalid Java object for schema with type MAP: class java.util.HashMap for value', schema.map(Schemas.INT8, Schemas.INT8), {}],
    [
      'Invalid Java object for schema "org.apache.kafka.connect.data.Date" with type INT32: class java.util.Date for value',
      LogicalTypes.date,
      new Date(NaN),
    ],
  ];
  for (const [message, of, value, location] of cases) {
    it(message, () => assert.throws(() => validateValue(of, value, location), new DataError(message)));
  }
});
