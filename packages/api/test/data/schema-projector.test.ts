import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataError, LogicalTypes, schema, SchemaProjector, Schemas } from '../../src/index.ts';

const { project } = SchemaProjector;

describe('SchemaProjector', () => {
  it('widens, drops, and fills in defaults', () => {
    const source = schema.struct({ a: Schemas.INT32, gone: Schemas.STRING, list: schema.array(Schemas.INT8) });
    const target = schema.struct({
      list: schema.array(Schemas.FLOAT64),
      a: Schemas.INT64,
      new: schema.string({ default: 'd' }),
      o: Schemas.OPTIONAL_INT8,
    });
    assert.deepEqual(project(source, { a: 1, gone: 'x', list: [1] }, target), { list: [1], a: 1, new: 'd', o: null });
    assert.equal(project(Schemas.OPTIONAL_STRING, null, schema.string({ default: 'd' })), 'd');
    assert.deepEqual(project(schema.map(Schemas.STRING, Schemas.INT64), { k: 2n ** 60n }, schema.map(Schemas.STRING, Schemas.FLOAT64)), {
      k: 2 ** 60,
    });
  });

  const struct = schema.struct({ a: Schemas.STRING });
  const errors: readonly (readonly [string, () => unknown])[] = [
    ['Schema type mismatch. source type: STRING and target type: INT8', () => project(Schemas.STRING, 'a', Schemas.INT8)],
    ['Schema name mismatch. source name: x and target name: null', () => project(schema.string({ name: 'x' }), 'a', Schemas.STRING)],
    [
      'Schema parameters not equal. source parameters: {scale=1} and target parameters: {scale=2}',
      () => project(LogicalTypes.decimal(1), null, LogicalTypes.decimal(2)),
    ],
    [
      'Writer schema is optional, however, target schema does not provide a default value.',
      () => project(Schemas.OPTIONAL_STRING, 'a', Schemas.STRING),
    ],
    [
      'Required field `b` is missing from source schema: Schema{STRUCT}',
      () => project(struct, { a: 'x' }, schema.struct({ b: Schemas.STRING })),
    ],
  ];
  for (const [message, action] of errors) it(message, () => assert.throws(action, new DataError(message)));

  it('names the field of a nested failure', () => {
    assert.throws(
      () => project(struct, { a: 'x' }, schema.struct({ a: Schemas.INT64 })),
      (error: Error) => error.message === 'Error projecting a' && /type mismatch/.test((error.cause as Error).message),
    );
  });
});
