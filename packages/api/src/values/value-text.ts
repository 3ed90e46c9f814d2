import { Decimal } from '../data/decimal.ts';
import { javaToString } from '../data/java-text.ts';
import { fieldOf } from '../data/struct.ts';
import { DataError } from '../errors.ts';
import type { Schema } from '../schema.ts';

const DAY_MS = 86_400_000;

/**
 * The text that {@link Values.parseString} reads: a string as it is, `[1,"a"]`, `{"k":1.0}`, bytes as base64. The schema says which numbers
 * are floating point and the order of a struct's fields.
 *
 * Source: org.apache.kafka.connect.data.Values#append. Times are in UTC, where Java takes the JVM's zone.
 */
export function valueText(schema: Schema | null, value: unknown, isEmbedded: boolean = false): string {
  switch (typeof value) {
    case 'string':
      return isEmbedded ? quoted(value) : value;
    case 'number':
      return javaToString(value, schema);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'null';
    case 'object':
      return value === null ? 'null' : objectText(schema, value, isEmbedded);
    default:
      throw new DataError(`Failed to serialize unexpected value type ${typeof value}: ${String(value)}`);
  }
}

/** `HH:mm:ss.SSSZ` before the second day of 1970, `yyyy-MM-dd` at midnight, else both. Source: Values#dateFormatFor */
export function dateText(date: Date): string {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new DataError('Invalid Date: it has no time value');
  const text = date.toISOString();
  if (ms < DAY_MS) return text.slice(text.indexOf('T') + 1);
  return ms % DAY_MS === 0 ? text.slice(0, text.indexOf('T')) : text;
}

function objectText(schema: Schema | null, value: object, isEmbedded: boolean): string {
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    return isEmbedded ? `"${text}"` : text;
  }
  if (value instanceof Date) return dateText(value);
  if (Decimal.is(value)) return value.toString();
  if (Array.isArray(value)) {
    const inner = schema?.type === 'ARRAY' ? schema.valueSchema : null;
    return `[${value.map((item: unknown) => valueText(inner, item, true)).join(',')}]`;
  }
  if (schema?.type === 'STRUCT') {
    return `{${schema.fields.map((field) => `${quoted(field.name)}:${valueText(field.schema, fieldOf(value, field), true)}`).join(',')}}`;
  }
  const [keys, items] = schema?.type === 'MAP' ? [schema.keySchema, schema.valueSchema] : [null, null];
  const entries: readonly (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, item]) => `${valueText(keys, key, true)}:${valueText(items, item, true)}`).join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
