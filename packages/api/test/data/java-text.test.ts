import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Decimal,
  javaDouble,
  javaFloat,
  javaHash,
  javaSetOrder,
  javaToString,
  LogicalTypes,
  schema,
  Schemas,
  structOf,
  toJson,
} from '../../src/index.ts';

describe('numbers as Java writes them', () => {
  const doubles: readonly (readonly [number, string])[] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.1, '0.1'],
    [0.001, '0.001'],
    [0.00099, '9.9E-4'],
    [9999999, '9999999.0'],
    [9999999.5, '9999999.5'],
    [1e7, '1.0E7'],
    [1.5e300, '1.5E300'],
    [123456789012345680, '1.2345678901234568E17'],
    [Number.MIN_VALUE, '4.9E-324'],
    [1e-323, '9.9E-324'],
    [Number.MAX_VALUE, '1.7976931348623157E308'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ];
  for (const [value, text] of doubles) it(`double ${text}`, () => assert.equal(javaDouble(value), text));

  const floats: readonly (readonly [number, string])[] = [
    [0.1, '0.1'],
    [1e10, '1.0E10'],
    [16777216, '1.6777216E7'],
    [1.401298464324817e-45, '1.4E-45'],
    [3.4028234663852886e38, '3.4028235E38'],
    [0.0010000000474974513, '0.001'],
    [123, '123.0'],
    // Halfway between two texts: the even digit.
    [239483.125, '239483.12'],
    [-3458639.25, '-3458639.2'],
  ];
  for (const [value, text] of floats) it(`float ${text}`, () => assert.equal(javaFloat(value), text));
});

describe('javaToString', () => {
  it('writes structs, maps and lists as Java', () => {
    const of = schema.struct({ a: Schemas.INT32, n: Schemas.OPTIONAL_STRING, d: Schemas.FLOAT64, l: schema.array(Schemas.STRING) });
    assert.equal(javaToString({ l: ['x', 'y'], d: 1, a: 1 }, of), 'Struct{a=1,d=1.0,l=[x, y]}');
    assert.equal(javaToString({ a: 1, b: [1, 2.5, null] }), '{a=1, b=[1, 2.5, null]}');
    assert.equal(javaToString(new Map([[1, 'x']]), schema.map(Schemas.FLOAT32, Schemas.STRING)), '{1.0=x}');
    assert.equal(javaToString(new Date(0)), 'Thu Jan 01 00:00:00 UTC 1970');
    assert.equal(javaToString(Decimal.parse('1E+3')), '1E+3');
    assert.equal(javaToString(2n ** 60n), '1152921504606846976');
    assert.equal(javaToString(null), 'null');
    assert.equal(javaToString(1e20), '1.0E20');
    assert.equal(javaToString(Buffer.from('abc')), 'YWJj');
  });
});

describe('toJson', () => {
  it('loses nothing', () => {
    const of = schema.struct({
      b: Schemas.INT64,
      a: Schemas.FLOAT64,
      day: LogicalTypes.date,
      at: LogicalTypes.time,
      note: Schemas.OPTIONAL_STRING,
    });
    const value = { a: 1, b: 2n ** 60n, day: new Date(86_400_000), at: new Date(1) };
    assert.equal(toJson(value, of), '{"b":1152921504606846976,"a":1.0,"day":"1970-01-02","at":"00:00:00.001Z","note":null}');
    assert.equal(toJson([NaN, Buffer.from('a'), new Map([[1, 2]]), Decimal.parse('1.0')]), '["NaN","YQ==",[[1,2]],"1.0"]');
    assert.equal(toJson({ a: [true, 'x"', new Date(0)] }), '{"a":[true,"x\\"","1970-01-01T00:00:00.000Z"]}');
  });
});

describe('structOf', () => {
  it('keeps members with the names of JavaScript’s own', () => {
    const struct = structOf([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    assert.deepEqual(Object.entries(struct), [
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    assert.equal(Object.getPrototypeOf(struct), Object.prototype);
    assert.deepEqual(Object.entries({ ...struct }), Object.entries(struct));
  });
});

describe('Java’s hashes', () => {
  it('order a set as HashSet does', () => {
    assert.equal(javaHash('hello'), 99162322);
    assert.deepEqual(javaSetOrder(['REQUESTED', 'REQUIRED']), ['REQUIRED', 'REQUESTED']);
    assert.deepEqual(javaSetOrder(['POLL', 'INTERVAL', 'CONNECTOR']), ['INTERVAL', 'POLL', 'CONNECTOR']);
    assert.deepEqual(javaSetOrder(['ONLY_SCAN', 'HYBRID_WARN', 'HYBRID_FAIL', 'SERVICE_LOAD']), [
      'ONLY_SCAN',
      'SERVICE_LOAD',
      'HYBRID_WARN',
      'HYBRID_FAIL',
    ]);
    assert.deepEqual(javaSetOrder(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']), ['SASL_SSL', 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT']);
    assert.deepEqual(javaSetOrder(['DISABLED', 'PREPARING', 'ENABLED']), ['DISABLED', 'ENABLED', 'PREPARING']);
  });
});
