import { SchemaBuilder } from '../data/schema-builder.ts';
import { Schemas } from '../data/schemas.ts';
import { isPlainObject } from '../data/validate-value.ts';
import type { Schema } from '../schema.ts';

/**
 * The schema of a value that has none: a whole number is INT64, any other FLOAT64; lists and maps need members of one schema. Null where
 * there is none to infer: null itself, Decimal, Date, an empty list.
 *
 * Source: org.apache.kafka.connect.data.Values#inferSchema
 */
export function inferSchema(value: unknown): Schema | null {
  switch (typeof value) {
    case 'string':
      return Schemas.STRING;
    case 'boolean':
      return Schemas.BOOLEAN;
    case 'bigint':
      return Schemas.INT64;
    case 'number':
      return Number.isInteger(value) ? Schemas.INT64 : Schemas.FLOAT64;
    default:
  }
  if (value instanceof Uint8Array) return Schemas.BYTES;
  if (Array.isArray(value)) {
    const items = memberSchema(value);
    return items === null ? null : SchemaBuilder.array(items).build();
  }
  const entries = value instanceof Map ? [...value] : isPlainObject(value) ? Object.entries(value) : [];
  const keys = memberSchema(entries.map(([key]) => key));
  const values = memberSchema(entries.map(([, item]) => item));
  return keys === null || values === null ? null : SchemaBuilder.map(keys, values).build();
}

/** The one schema of all members, optional where some are null. */
function memberSchema(members: readonly unknown[]): Schema | null {
  const schemas = new Set(members.filter((member) => member !== null && member !== undefined).map(inferSchema));
  const [schema] = schemas;
  if (schemas.size !== 1 || schema === null || schema === undefined) return null;
  const hasNull = members.some((member) => member === null || member === undefined);
  return hasNull ? optionalOf(schema) : schema;
}

function optionalOf(schema: Schema): Schema {
  const inner = {
    keySchema: schema.type === 'MAP' ? schema.keySchema : null,
    valueSchema: schema.type === 'MAP' || schema.type === 'ARRAY' ? schema.valueSchema : null,
  };
  return new SchemaBuilder(schema.type, inner).optional().build();
}
