import type { Schema } from '../schema.ts';
import { Decimal } from './decimal.ts';
import { javaDouble, javaFloat } from './java-text.ts';
import { LogicalTypes } from './logical-types.ts';
import { ownValue } from './struct.ts';

/**
 * A value as JSON text that loses nothing, for people, logs and destinations that store JSON: 64-bit integers in full, floating point of a
 * schema as `1.0`, Decimal as a string, Date as ISO text (a logical Date as `2020-01-31`, a Time as `10:20:30.000Z`), bytes as base64, NaN and
 * infinities as strings, a map with keys other than strings as an array of pairs. `JSON.stringify` throws on a bigint and writes a Map as `{}`.
 */
export function toJson(value: unknown, schema: Schema | null = null): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return numberJson(value, schema);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : objectJson(value, schema);
    default:
      return 'null';
  }
}

function numberJson(value: number, schema: Schema | null): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (schema?.type === 'FLOAT64') return javaDouble(value);
  if (schema?.type === 'FLOAT32') return javaFloat(value);
  return JSON.stringify(value);
}

function objectJson(value: object, schema: Schema | null): string {
  if (value instanceof Uint8Array) return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  if (value instanceof Date) return dateJson(value, schema);
  if (Decimal.is(value)) return `"${value.toString()}"`;
  if (Array.isArray(value)) {
    const inner = schema?.type === 'ARRAY' ? schema.valueSchema : null;
    return `[${value.map((item: unknown) => toJson(item, inner)).join(',')}]`;
  }
  if (schema?.type === 'STRUCT') {
    return `{${schema.fields.map((field) => `${JSON.stringify(field.name)}:${toJson(ownValue(value, field.name), field.schema)}`).join(',')}}`;
  }
  return mapJson(value, schema);
}

function mapJson(value: object, schema: Schema | null): string {
  const [keys, items] = schema?.type === 'MAP' ? [schema.keySchema, schema.valueSchema] : [null, null];
  const entries: readonly (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  if (entries.every(([key]) => typeof key === 'string')) {
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${toJson(item, items)}`).join(',')}}`;
  }
  return `[${entries.map(([key, item]) => `[${toJson(key, keys)},${toJson(item, items)}]`).join(',')}]`;
}

function dateJson(value: Date, schema: Schema | null): string {
  if (Number.isNaN(value.getTime())) return 'null';
  const text = value.toISOString();
  if (schema?.name === LogicalTypes.NAMES.DATE) return `"${text.slice(0, -14)}"`;
  return schema?.name === LogicalTypes.NAMES.TIME ? `"${text.slice(-13)}"` : `"${text}"`;
}
