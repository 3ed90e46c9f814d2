import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { copyOf, DataError, Decimal, isSchema, LogicalTypes, schema, SchemaBuilder, SchemaBuilderError, Schemas } from '../../src/index.ts';

describe('interning', () => {
  const make = (): SchemaBuilder => SchemaBuilder.struct().name('order').field('id', Schemas.INT64).field('note', Schemas.OPTIONAL_STRING);

  it('makes equal schemas the same object, whichever way they are built', () => {
    const short = schema.struct({ id: schema.int64(), note: schema.string({ optional: true }) }, { name: 'order' });
    assert.equal(make().build(), make().build());
    assert.equal(short, make().build());
  });

  it('tells every attribute apart', () => {
    const variants = [
      make(),
      make().optional(),
      make().doc('d'),
      make().version(1),
      make().parameter('p', '1'),
      make().parameter('p', '2'),
      make().field('more', Schemas.STRING),
      SchemaBuilder.struct().field('id', Schemas.INT64).field('note', Schemas.OPTIONAL_STRING),
      SchemaBuilder.struct().name('order').field('note', Schemas.OPTIONAL_STRING).field('id', Schemas.INT64),
      SchemaBuilder.int64().defaultValue(1),
      SchemaBuilder.int64(),
      SchemaBuilder.string().defaultValue('1'),
    ];
    assert.equal(new Set(variants.map((variant) => variant.build())).size, variants.length);
  });

  it('does not look at the order of parameters nor at the form of an INT64 default', () => {
    const one = SchemaBuilder.string().parameter('a', '1').parameter('b', '2').build();
    assert.equal(one, SchemaBuilder.string().parameters({ b: '2', a: '1' }).build());
    assert.equal(schema.int64({ default: 5n }), schema.int64({ default: 5 }));
    assert.equal(schema.int64({ default: 5n }).defaultValue, 5);
  });

  it('agrees between two copies of the package', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-api-copy-'));
    context.after(() => rmSync(folder, { recursive: true }));
    cpSync(new URL('../../src', import.meta.url), folder, { recursive: true });
    const copy = (await import(pathToFileURL(join(folder, 'index.ts')).href)) as typeof import('../../src/index.ts');
    assert.notEqual(copy.SchemaBuilder, SchemaBuilder);
    const other = copy.SchemaBuilder.struct().field('a', copy.Schemas.STRING).build();
    assert.equal(other, SchemaBuilder.struct().field('a', Schemas.STRING).build());
    assert.ok(isSchema(other));
    assert.ok(copy.Decimal.parse('1') instanceof Decimal);
    assert.ok(new copy.DataError('x') instanceof DataError);
  });

  it('keeps a default from being changed through the value it was made of', () => {
    const value = { list: ['a'] };
    const built = SchemaBuilder.struct().field('list', schema.array(Schemas.STRING)).defaultValue(value).build();
    value.list.push('b');
    assert.deepEqual(built.defaultValue, { list: ['a'] });
    assert.throws(() => (built.defaultValue as { list: string[] }).list.push('c'), TypeError);
  });

  it('holds default values of every type', () => {
    const defaults = [
      schema.bytes({ default: Uint8Array.of(1, 2) }),
      schema.decimal(1, { default: Decimal.parse('1.5') }),
      schema.timestamp({ default: new Date(5) }),
      schema.float32({ default: 0.1 }),
      schema.map(Schemas.INT32, Schemas.STRING, { default: new Map([[1, 'a']]) }),
      schema.map(Schemas.STRING, Schemas.STRING, { default: { a: 'b' } }),
    ];
    assert.equal(new Set(defaults).size, defaults.length);
    assert.equal(defaults[0], schema.bytes({ default: Uint8Array.of(1, 2) }));
    assert.equal(defaults[3]!.defaultValue, Math.fround(0.1));
  });
});

describe('accessors', () => {
  it('refuse parts the type has not, in Connect’s words', () => {
    assert.throws(() => Schemas.STRING.fields, new DataError('Cannot list fields on non-struct type'));
    assert.throws(() => Schemas.STRING.field('a'), new DataError('Cannot look up fields on non-struct type'));
    assert.throws(() => Schemas.STRING.keySchema, new DataError('Cannot look up key schema on non-map type'));
    assert.throws(() => Schemas.STRING.valueSchema, new DataError('Cannot look up value schema on non-array and non-map type'));
  });

  it('find fields by name and keep their order, also with treacherous names', () => {
    const struct = SchemaBuilder.struct().field('b', Schemas.STRING).field('1', Schemas.STRING).field('__proto__', Schemas.INT8).build();
    assert.deepEqual(
      struct.fields.map(({ name, index }) => [name, index]),
      [
        ['b', 0],
        ['1', 1],
        ['__proto__', 2],
      ],
    );
    assert.equal(struct.field('__proto__')?.schema, Schemas.INT8);
    assert.equal(struct.field('constructor'), null);
  });

  it('write themselves as in messages', () => {
    assert.equal(String(Schemas.STRING), 'Schema{STRING}');
    assert.equal(String(LogicalTypes.timestamp), 'Schema{org.apache.kafka.connect.data.Timestamp:INT64}');
  });
});

describe('builder errors', () => {
  const cases: readonly (readonly [string, () => unknown])[] = [
    ['type cannot be null', () => new SchemaBuilder(null as never)],
    ['Invalid SchemaBuilder call: name has already been set.', () => SchemaBuilder.string().name('a').name('b')],
    ['Invalid SchemaBuilder call: optional has already been set.', () => SchemaBuilder.string().optional().required()],
    ['Invalid SchemaBuilder call: version has already been set.', () => SchemaBuilder.string().version(1).version(2)],
    ['Invalid SchemaBuilder call: doc has already been set.', () => SchemaBuilder.string().doc('a').doc('b')],
    ['Invalid SchemaBuilder call: default has already been set.', () => SchemaBuilder.string().defaultValue('a').defaultValue('b')],
    ['Invalid default value', () => SchemaBuilder.int8().defaultValue('x')],
    ['Cannot create fields on type STRING', () => SchemaBuilder.string().field('a', Schemas.STRING)],
    ['fieldName cannot be null.', () => SchemaBuilder.struct().field('', Schemas.STRING)],
    ['fieldSchema for field a cannot be null.', () => SchemaBuilder.struct().field('a', null as never)],
    [
      'Cannot create field because of field name duplication a',
      () => SchemaBuilder.struct().field('a', Schemas.INT8).field('a', Schemas.INT8),
    ],
    ['valueSchema cannot be null.', () => SchemaBuilder.array(null as never)],
    ['keySchema cannot be null.', () => SchemaBuilder.map(null as never, null as never)],
    ['valueSchema cannot be null.', () => SchemaBuilder.map(Schemas.STRING, null as never)],
  ];
  for (const [message, action] of cases) {
    it(message, () => assert.throws(action, new SchemaBuilderError(message, ...causeOf(action))));
  }

  it('allow the same again', () => {
    assert.equal(SchemaBuilder.string().optional().optional().name('a').name('a').build().isOptional, true);
  });

  it('carry the reason of a bad default', () => {
    assert.throws(
      () => SchemaBuilder.int8().defaultValue('x'),
      (error: Error) =>
        (error.cause as Error).message === 'Invalid Java object for schema with type INT8: class java.lang.String for value',
    );
  });
});

describe('copies', () => {
  it('optional keeps everything else', () => {
    const required = schema.struct({ a: Schemas.STRING }, { name: 'n', version: 2, doc: 'd', parameters: { p: '1' } });
    const optional = schema.optional(required);
    assert.equal(optional.isOptional, true);
    assert.equal(copyOf(optional).build(), required);
    assert.equal(schema.optional(optional), optional);
    assert.equal(schema.optional(schema.string({ default: 'x' })).defaultValue, 'x');
  });
});

/** An error with a cause only equals one that has the same. */
function causeOf(action: () => unknown): [ErrorOptions?] {
  try {
    action();
  } catch (error) {
    if (error instanceof Error && error.cause !== undefined) return [{ cause: error.cause }];
  }
  return [];
}
