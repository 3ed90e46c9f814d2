import { type Converter, DataError, type RawConfig, type Schema, SchemaBuilder } from '@sluice/api';
import { jsonConverter } from '@sluice/converters';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { build, type Described, describeValue } from './described-values.ts';

interface WriteVector {
  readonly name: string;
  readonly config?: RawConfig;
  readonly schema: unknown;
  readonly value: Described;
  readonly expected?: string | null;
  readonly error?: string;
}

interface ReadVector {
  readonly name: string;
  readonly config?: RawConfig;
  readonly text: string | null;
  readonly expected?: { readonly schema: unknown; readonly value: Described };
  readonly error?: string;
}

/** What Apache Kafka's converter answers, see JsonVectors.java. */
const vectors = JSON.parse(readFileSync(new URL('json-vectors.json', import.meta.url), 'utf8')) as {
  write: WriteVector[];
  read: ReadVector[];
};

/** Where this converter is meant to answer differently. */
const different: Readonly<Record<string, ReadVector['expected']>> = {
  // A value without a schema is INT64 where it is whole.
  'schemaless 1.0': { schema: null, value: { long: '1' } },
  'schemaless 1e3': { schema: null, value: { long: '1000' } },
  'schemaless 1E5': { schema: null, value: { long: '100000' } },
  // Java wraps it around to a negative number.
  'schemaless 9223372036854775808': { schema: null, value: { long: '9223372036854775808' } },
  // Java reads back as 0 what it wrote.
  'NaN text of a double': { schema: { type: 'double', optional: false }, value: { double: 'NaN' } },
  // Java cannot read a struct's default, though it writes one.
  'schema {"type":"struct","fields":[{"type":"string","field":"a"}],"default":{"a":"x"}}': {
    schema: { type: 'struct', fields: [{ type: 'string', optional: false, field: 'a' }], optional: false, default: { a: 'x' } },
    value: { struct: { a: 'x' } },
  },
  // A `Date` ends in the year 275760.
  'Date 86400000': {
    schema: { type: 'int32', optional: false, name: 'org.apache.kafka.connect.data.Date', version: 1 },
    value: { date: 7464960000000000 },
  },
};

function create(config: RawConfig = {}): Converter {
  return jsonConverter.create(jsonConverter.config.parse(config), { type: 'value' });
}

function read(converter: Converter, text: string | null): { schema: Schema | null; value: unknown } {
  if (text === null) return converter.toConnectData('t', null, 0, 0);
  // Inside a larger buffer, as a record's value is.
  const bytes = Buffer.from(`{"${text}"}`);
  return converter.toConnectData('t', bytes, 2, bytes.length - 2);
}

function schemaOf(node: unknown): Schema | null {
  // The payload is never looked at, an optional copy of the schema makes null a valid one.
  if (node === null) return null;
  const text = JSON.stringify({ schema: { type: 'struct', fields: [{ ...(node as object), field: 'x' }], optional: true }, payload: null });
  return read(create(), text).schema!.field('x')!.schema;
}

/** The JSON of a schema, as this converter writes it. */
function schemaJson(schema: Schema | null): unknown {
  if (schema === null) return null;
  const text = create().fromConnectData('t', wrapped(schema), null) as string;
  const { field: _field, ...json } = (JSON.parse(text) as { schema: { fields: [Record<string, unknown>] } }).schema.fields[0];
  return json;
}

function wrapped(schema: Schema): Schema {
  return SchemaBuilder.struct().field('x', schema).optional().build();
}

function failure(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof DataError, `expected a DataError, got ${String(error)}`);
    return error.message;
  }
  return 'no error';
}

suite('JsonConverter writes what Java writes', () => {
  for (const vector of vectors.write) {
    test(vector.name, () => {
      const converter = create(vector.config);
      const schema = schemaOf(vector.schema);
      const value = build(schema, vector.value);
      if (vector.error !== undefined) {
        assert.equal(
          failure(() => converter.fromConnectData('t', schema, value)),
          vector.error,
        );
        return;
      }
      assert.equal(converter.fromConnectData('t', schema, value), vector.expected);
      // The second time everything comes from caches.
      assert.equal(converter.fromConnectData('t', schema, value), vector.expected);
    });
  }
});

suite('JsonConverter reads what Java reads', () => {
  for (const vector of vectors.read) {
    test(vector.name, () => {
      if (vector.error !== undefined && different[vector.name] === undefined) {
        assert.equal(
          failure(() => read(create(vector.config), vector.text)),
          vector.error,
        );
        return;
      }
      const converter = create(vector.config);
      for (let round = 0; round < 2; round++) {
        const found = read(converter, vector.text);
        assert.deepEqual(
          { schema: schemaJson(found.schema), value: describeValue(found.schema, found.value) },
          different[vector.name] ?? vector.expected,
        );
      }
    });
  }
});
