import type { Schema } from '../schema.ts';
import { Decimal } from './decimal.ts';

/**
 * A copy of a valid value that nobody else can change and that has one form: an INT64 is a number while it is safe, a FLOAT32 is
 * rounded, a struct has its schema's order. Used for defaults, so that equal defaults make equal schemas.
 */
export function canonicalValue(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return new Date(value.getTime());
  if (Decimal.is(value)) return value;
  switch (schema.type) {
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return int64(value as number | bigint);
    case 'FLOAT32':
      return Math.fround(value as number);
    case 'BYTES':
      return new Uint8Array(value as Uint8Array);
    case 'ARRAY':
      return Object.freeze((value as readonly unknown[]).map((item) => canonicalValue(schema.valueSchema, item)));
    case 'MAP':
      return canonicalMap(schema, value as object);
    case 'STRUCT': {
      const struct = value as Record<string, unknown>;
      const fields = schema.fields.filter((field) => Object.hasOwn(struct, field.name) && struct[field.name] !== undefined);
      return Object.freeze(Object.fromEntries(fields.map((field) => [field.name, canonicalValue(field.schema, struct[field.name])])));
    }
    default:
      return value;
  }
}

/** The one form of a 64-bit integer: a number while that is exact. `5n === 5` is false, so every entry goes through this. */
export function int64(value: number | bigint): number | bigint {
  if (typeof value === 'number') return value;
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function canonicalMap(schema: Schema, value: object): unknown {
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [canonicalValue(schema.keySchema, key), canonicalValue(schema.valueSchema, item)]));
  }
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, canonicalValue(schema.valueSchema, item)])));
}
