import { type Converter, Decimal, LogicalTypes, type RawConfig, SchemaBuilder, Schemas } from '@sluice/api';
import { jsonConverter } from '@sluice/converters';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

function create(config: RawConfig = {}): Converter {
  return jsonConverter.create(jsonConverter.config.parse(config), { type: 'value' });
}

const schemaless = (): Converter => create({ 'schemas.enable': 'false' });

function read(converter: Converter, text: string, topic = 't'): unknown {
  const bytes = Buffer.from(text);
  return converter.toConnectData(topic, bytes, 0, bytes.length).value;
}

suite('numbers', () => {
  test('beyond 2^53 survive a round trip without a schema', () => {
    const text = '{"a":9007199254740993,"b":[-9007199254740993,123456789012345678901234567890],"c":0.1,"d":"9007199254740993"}';
    const value = read(schemaless(), text) as { a: unknown; b: unknown[] };
    assert.equal(value.a, 9007199254740993n);
    assert.equal(schemaless().fromConnectData('t', null, value), text);
  });

  test('a whole number that is exact stays a number, also beside one that is not', () => {
    assert.deepEqual(read(schemaless(), '[1,9007199254740993,9007199254740991]'), [1, 9007199254740993n, 9007199254740991]);
  });

  test('a Decimal keeps its scale when it is written as a number', () => {
    const converter = create({ 'decimal.format': 'numeric' });
    const schema = SchemaBuilder.struct().field('price', LogicalTypes.decimal(2)).field('n', Schemas.INT64).build();
    const text = converter.fromConnectData('t', schema, { price: Decimal.parse('12.30'), n: 2n ** 60n }) as string;
    assert.match(text, /"payload":\{"price":12\.30,"n":1152921504606846976\}\}$/);
    for (let round = 0; round < 3; round++) assert.deepEqual(read(converter, text), { price: Decimal.parse('12.30'), n: 2n ** 60n });
  });

  test('an unknown decimal format is refused', () => {
    assert.throws(() => create({ 'decimal.format': 'hex' }), {
      name: 'ConfigError',
      message: 'Invalid value hex for configuration decimal.format: String must be one of (case insensitive): NUMERIC, BASE64',
    });
  });
});

suite('envelopes', () => {
  const envelope = (schema: string, payload: string): string => `{"schema":${schema},"payload":${payload}}`;
  const int = '{"type":"int32","optional":false}';
  const text = '{"type":"string","optional":false}';

  test('the schema may change from record to record', () => {
    const converter = create();
    assert.equal(read(converter, envelope(int, '1')), 1);
    assert.equal(read(converter, envelope(int, '2')), 2);
    assert.equal(read(converter, envelope(text, '"x"')), 'x');
    assert.equal(read(converter, envelope(int, '3')), 3);
    assert.equal(read(converter, envelope(text, '"y"'), 'other'), 'y');
    assert.equal(read(converter, envelope(int, '4')), 4);
  });

  test('what follows the same schema is still checked', () => {
    const converter = create();
    assert.equal(read(converter, envelope(int, '1')), 1);
    assert.throws(() => read(converter, `{"schema":${int},"payload":1,"more":2}`), /may not contain additional fields/);
    assert.throws(() => read(converter, `{"schema":${int},"payload":1234567890123456,"more":2}`), /may not contain additional fields/);
    assert.throws(() => read(converter, `{"schema":${int},"payload":}`), /Converting byte\[\] to Kafka Connect data failed/);
    assert.equal(read(converter, `{"schema":${int},"payload":1,"payload":5}`), 5);
    assert.equal(read(converter, envelope(int, ' 6 ')), 6);
  });

  test('written with blanks, as many producers do', () => {
    const converter = create();
    for (const payload of [1, 2]) assert.equal(read(converter, `{"schema": {"type": "int32"}, "payload": ${payload}}\n`), payload);
  });

  test('braces and quotes inside the schema do not end it', () => {
    const converter = create();
    const doc = '{"type":"int32","doc":"a \\" } { \\\\"}';
    assert.equal(read(converter, envelope(doc, '7')), 7);
    assert.equal(read(converter, envelope(doc, '8')), 8);
  });

  test('the same schema is the same object', () => {
    const converter = create();
    const bytes = Buffer.from(envelope(int, '1'));
    assert.equal(converter.toConnectData('t', bytes, 0, bytes.length).schema, Schemas.INT32);
  });

  test('more schemas than the cache holds', () => {
    const converter = create({ 'schemas.cache.size': '2' });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 5; i++) {
        const schema = SchemaBuilder.struct().name(`s${i}`).field('v', Schemas.INT32).build();
        const written = converter.fromConnectData('t', schema, { v: i }) as string;
        assert.match(written, new RegExp(`"name":"s${i}"`));
        assert.deepEqual(read(converter, written), { v: i });
      }
    }
  });

  test('a cache of size 0 keeps nothing and works', () => {
    const converter = create({ 'schemas.cache.size': '0' });
    const written = converter.fromConnectData('t', Schemas.INT32, 5) as string;
    assert.equal(read(converter, written), 5);
  });
});

suite('failures', () => {
  test('a document that nests too deep is refused and not a crash', () => {
    const deep = '['.repeat(100_000);
    assert.throws(() => read(schemaless(), deep), { name: 'DataError' });
    let value: unknown = 1;
    for (let i = 0; i < 100_000; i++) value = [value];
    assert.throws(() => schemaless().fromConnectData('t', null, value), {
      name: 'DataError',
      message: 'Converting Kafka Connect data to byte[] failed due to serialization error: ',
    });
  });

  test('the cause says where the text is wrong', () => {
    assert.throws(
      () => read(schemaless(), '{"a":1,}'),
      (error: Error) => /position 7/.test((error.cause as Error).message),
    );
  });

  test('a schema.content that is no schema fails when the converter is made', () => {
    assert.throws(() => create({ 'schema.content': '{' }), {
      message: 'Failed to parse schema in converter config due to serialization error: ',
    });
    assert.throws(() => create({ 'schema.content': '{}' }), { message: "Schema must contain 'type' field" });
  });

  test('a required field that is left out fails, and so does a value of another type', () => {
    const schema = SchemaBuilder.struct().field('a', Schemas.INT8).build();
    assert.throws(() => create().fromConnectData('t', schema, {}), /null value for field that is required/);
    assert.throws(() => create().fromConnectData('t', schema, { a: 128 }), /Invalid type for INT8: class java\.lang\.Long/);
    assert.throws(() => create().fromConnectData('t', schema, new Map()), /Invalid type for STRUCT: class java\.util\.HashMap/);
    assert.throws(() => create().fromConnectData('t', Schemas.BYTES, 'x'), {
      message: 'Invalid type for bytes type: class java.lang.String',
    });
  });
});

suite('properties', () => {
  const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });

  test('what is written without a schema reads back as it was', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = schemaless().fromConnectData('t', null, value) as string | null;
        if (text === null) return value === null;
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.deepEqual(plain(read(schemaless(), text)), plain(JSON.parse(text)));
        assert.ok(!/[\ud800-\udfff]/.test(text), 'surrogates are escaped');
        return true;
      }),
    );
  });

  test('the exact parser agrees with JSON.parse', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 1, 2), (value, blanks) => {
        const text = JSON.stringify(value, null, blanks);
        // Text behind the value is what only the exact parser accepts.
        assert.deepEqual(plain(read(schemaless(), `${text} x`)), plain(JSON.parse(text)));
      }),
    );
  });

  /** -0 and 0, and large doubles and bigints, are one number here. */
  function plain(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item)));
  }
});
