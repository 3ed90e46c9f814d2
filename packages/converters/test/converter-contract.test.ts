import {
  type Converter,
  type ConverterSpec,
  DataError,
  type HeaderConverter,
  type RawConfig,
  type Schema,
  Schemas,
  SchemaBuilder,
} from '@sluice/api';
import * as converters from '@sluice/converters';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

interface Subject {
  readonly name: string;
  // A spec's `create` takes what its own `config` parses, which the compiler cannot know for a list of them.
  readonly spec: ConverterSpec<never>;
  readonly config?: RawConfig;
  /** A value it can write, with the schema it is read back with. */
  readonly schema: Schema | null;
  readonly values: readonly unknown[];
  readonly bytes: readonly string[];
  readonly readSchema: Schema | null;
  /** A value it refuses, and the message. */
  readonly refused?: readonly [schema: Schema | null, value: unknown, message: string];
  /** Bytes it refuses, and the message. */
  readonly corrupt?: readonly [hex: string, message: string];
}

const hex = (text: string): string => Buffer.from(text).toString('hex');
const point = SchemaBuilder.struct().name('Point').field('x', Schemas.INT32).field('label', Schemas.OPTIONAL_STRING).build();
const writeFailure = 'Failed to serialize to';

const subjects: readonly Subject[] = [
  {
    name: 'JsonConverter',
    spec: converters.jsonConverter as ConverterSpec<never>,
    schema: point,
    values: [
      { x: 1, label: 'a' },
      { x: -2, label: null },
    ],
    bytes: ['{"x":1,"label":"a"}', '{"x":-2,"label":null}'].map((payload) =>
      hex(
        '{"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"field":"x"},{"type":"string","optional":true,"field":"label"}],' +
          `"optional":false,"name":"Point"},"payload":${payload}}`,
      ),
    ),
    readSchema: point,
    refused: [Schemas.INT32, 'x', 'Invalid type for INT32: class java.lang.String'],
    corrupt: [hex('{"schema"'), 'Converting byte[] to Kafka Connect data failed due to serialization error: '],
  },
  {
    name: 'JsonConverter without schemas',
    spec: converters.jsonConverter as ConverterSpec<never>,
    config: { 'schemas.enable': 'false' },
    schema: null,
    values: [{ a: [1, true, 'é😀', null] }, 'text', 9007199254740993n, 1.5],
    bytes: ['{"a":[1,true,"é\\uD83D\\uDE00",null]}', '"text"', '9007199254740993', '1.5'].map(hex),
    readSchema: null,
    refused: [null, new Date(0), 'Java class class java.util.Date does not have corresponding schema type.'],
    corrupt: ['22ff22', 'Converting byte[] to Kafka Connect data failed due to serialization error: '],
  },
  {
    name: 'StringConverter',
    spec: converters.stringConverter as ConverterSpec<never>,
    schema: Schemas.STRING,
    values: ['', 'text', 'é中😀'],
    bytes: ['', hex('text'), hex('é中😀')],
    readSchema: Schemas.OPTIONAL_STRING,
  },
  {
    name: 'ByteArrayConverter',
    spec: converters.byteArrayConverter as ConverterSpec<never>,
    schema: Schemas.BYTES,
    values: [Buffer.alloc(0), Buffer.from([0, 255, 1])],
    bytes: ['', '00ff01'],
    readSchema: Schemas.OPTIONAL_BYTES,
    refused: [Schemas.STRING, 'x', 'Invalid schema type for ByteArrayConverter: STRING'],
  },
  {
    name: 'ShortConverter',
    spec: converters.shortConverter as ConverterSpec<never>,
    schema: Schemas.INT16,
    values: [0, 1, -1, 32767, -32768],
    bytes: ['0000', '0001', 'ffff', '7fff', '8000'],
    readSchema: Schemas.OPTIONAL_INT16,
    refused: [null, 'x', `${writeFailure} short (was class java.lang.String): `],
    corrupt: ['00', 'Failed to deserialize short: '],
  },
  {
    name: 'IntegerConverter',
    spec: converters.integerConverter as ConverterSpec<never>,
    schema: Schemas.INT32,
    values: [0, 2147483647, -2147483648, -2],
    bytes: ['00000000', '7fffffff', '80000000', 'fffffffe'],
    readSchema: Schemas.OPTIONAL_INT32,
    refused: [null, 2147483648, `${writeFailure} integer (was class java.lang.Long): `],
    corrupt: ['0000000000', 'Failed to deserialize integer: '],
  },
  {
    name: 'LongConverter',
    spec: converters.longConverter as ConverterSpec<never>,
    schema: Schemas.INT64,
    values: [0, -1, 9007199254740991, -9007199254740991, 9007199254740992n, 2n ** 63n - 1n, -(2n ** 63n)],
    bytes: [
      '0000000000000000',
      'ffffffffffffffff',
      '001fffffffffffff',
      'ffe0000000000001',
      '0020000000000000',
      '7fffffffffffffff',
      '8000000000000000',
    ],
    readSchema: Schemas.OPTIONAL_INT64,
    refused: [null, 2n ** 63n, `${writeFailure} long (was class java.math.BigInteger): `],
    corrupt: ['', 'Failed to deserialize long: '],
  },
  {
    name: 'FloatConverter',
    spec: converters.floatConverter as ConverterSpec<never>,
    schema: Schemas.FLOAT32,
    values: [0, 1.5, -Infinity, Math.fround(0.1)],
    bytes: ['00000000', '3fc00000', 'ff800000', '3dcccccd'],
    readSchema: Schemas.OPTIONAL_FLOAT32,
    refused: [null, true, `${writeFailure} float (was class java.lang.Boolean): `],
    corrupt: ['00', 'Failed to deserialize float: '],
  },
  {
    name: 'DoubleConverter',
    spec: converters.doubleConverter as ConverterSpec<never>,
    schema: Schemas.FLOAT64,
    values: [0, 0.1, NaN],
    bytes: ['0000000000000000', '3fb999999999999a', '7ff8000000000000'],
    readSchema: Schemas.OPTIONAL_FLOAT64,
    refused: [null, [], `${writeFailure} double (was class java.util.ArrayList): `],
    corrupt: ['00000000', 'Failed to deserialize double: '],
  },
  {
    name: 'BooleanConverter',
    spec: converters.booleanConverter as ConverterSpec<never>,
    schema: Schemas.BOOLEAN,
    values: [true, false],
    bytes: ['01', '00'],
    readSchema: Schemas.OPTIONAL_BOOLEAN,
    refused: [null, 1, 'BooleanConverter is not compatible with objects of type class java.lang.Long'],
    corrupt: ['02', 'Failed to deserialize boolean: '],
  },
];

function parsed(subject: Subject): never {
  return subject.spec.config.parse(subject.config ?? {});
}

/** Every converter in both of its uses. */
interface Use {
  write(schema: Schema | null, value: unknown): Buffer | null;
  read(bytes: Buffer | null): { schema: Schema | null; value: unknown };
}

function asConverter(converter: Converter): Use {
  return {
    write: (schema, value) => encoded(converter.fromConnectData('topic', schema, value)),
    read: (bytes) => {
      if (bytes === null) return converter.toConnectData('topic', null, 0, 0);
      const around = Buffer.concat([Buffer.from('[7'), bytes, Buffer.from('7]')]);
      const result = converter.toConnectData('topic', around, 2, around.length - 2);
      // The bytes belong to a fetch response that is used again.
      around.fill(0xee);
      return result;
    },
  };
}

function asHeaderConverter(converter: HeaderConverter): Use {
  return {
    write: (schema, value) => encoded(converter.fromConnectHeader('topic', 'header', schema, value)),
    read: (bytes) => converter.toConnectHeader('topic', 'header', bytes),
  };
}

function encoded(value: string | Uint8Array | null): Buffer | null {
  return value === null ? null : typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
}

for (const subject of subjects) {
  for (const [use, make] of [
    ['converter', () => asConverter(subject.spec.create(parsed(subject), { type: 'value' }))],
    ['header converter', () => asHeaderConverter(subject.spec.createHeader!(parsed(subject)))],
  ] as const) {
    suite(`${subject.name} as a ${use}`, () => {
      test('writes and reads its golden bytes', () => {
        const converter = make();
        for (const [i, value] of subject.values.entries()) {
          assert.equal(converter.write(subject.schema, value)!.toString('hex'), subject.bytes[i]);
          const read = converter.read(Buffer.from(subject.bytes[i]!, 'hex'));
          assert.equal(read.schema, subject.readSchema);
          assert.deepEqual(read.value, value);
        }
      });

      test('a null without a schema is a null, both ways', () => {
        assert.equal(make().write(null, null), null);
        assert.equal(make().read(null).value, null);
      });

      const { refused, corrupt } = subject;
      if (refused !== undefined) {
        test('refuses what it cannot write', () => {
          const [schema, value, message] = refused;
          assert.throws(() => make().write(schema, value), { message, name: 'DataError' });
        });
      }

      if (corrupt !== undefined) {
        test('refuses what it cannot read', () => {
          const [bytes, message] = corrupt;
          assert.throws(
            () => make().read(Buffer.from(bytes, 'hex')),
            (error: unknown) => {
              assert.ok(error instanceof DataError);
              assert.equal(error.message, message);
              assert.ok(error.cause instanceof Error, 'the error says why');
              return true;
            },
          );
        });
      }
    });
  }
}

test('the manifest lists every converter where it can be loaded from', async () => {
  interface Entry {
    readonly type: string;
    readonly class: string;
    readonly module: string;
    readonly export: string;
  }
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { sluice: { plugins: Entry[] } };
  for (const entry of manifest.sluice.plugins) {
    const module = (await import(`@sluice/converters${entry.module.slice(1)}`)) as Record<string, ConverterSpec>;
    const spec = module[entry.export]!;
    assert.equal(spec.class, entry.class);
    if (entry.type === 'converter') assert.equal(spec.kind, 'converter');
    else if (spec.kind === 'converter') assert.ok('createHeader' in spec, `${entry.class} can be used for headers`);
  }
  const listed = new Set(manifest.sluice.plugins.map((entry) => entry.export));
  assert.deepEqual(listed, new Set(Object.keys(converters)));
});
