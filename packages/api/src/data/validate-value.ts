import { DataError } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { Decimal } from './decimal.ts';
import { javaClassName } from './java-class.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Throws a {@link DataError} with Connect's text where `value` is not one of `schema`. A struct's fields that are optional or have a
 * default may be left out; a field the schema does not know is an error, so that a misspelled one is not lost in silence.
 *
 * Source: org.apache.kafka.connect.data.ConnectSchema#validateValue
 */
export function validateValue(schema: Schema | null | undefined, value: unknown, location: string = 'value'): void {
  if (schema === null || schema === undefined) throw new DataError(`No schema defined for ${location}`);
  if (value === null || value === undefined) {
    if (!schema.isOptional) throw new DataError(`Invalid value: null used for required ${location}, schema type: ${schema.type}`);
    return;
  }
  if (!matches(schema, value)) throw mismatch(schema, value, location);
  switch (schema.type) {
    case 'STRUCT':
      return validateStruct(schema, value as Record<string, unknown>);
    case 'ARRAY':
      for (const item of value as readonly unknown[]) validateValue(schema.valueSchema, item, `element of array ${location}`);
      return;
    case 'MAP':
      return validateMap(schema, value as object, location);
    default:
  }
}

/** Whether a value that is not null is of the schema's own type, not looking into it. A logical name decides instead of the type. */
function matches(schema: Schema, value: unknown): boolean {
  switch (schema.name) {
    case 'org.apache.kafka.connect.data.Decimal':
      return Decimal.is(value);
    case 'org.apache.kafka.connect.data.Date':
    case 'org.apache.kafka.connect.data.Time':
    case 'org.apache.kafka.connect.data.Timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime());
    default:
  }
  switch (schema.type) {
    case 'INT8':
      return isInteger(value, -128, 127);
    case 'INT16':
      return isInteger(value, -32768, 32767);
    case 'INT32':
      return isInteger(value, -2147483648, 2147483647);
    case 'INT64':
      return isInt64(value);
    case 'FLOAT32':
    case 'FLOAT64':
      return typeof value === 'number';
    case 'BOOLEAN':
      return typeof value === 'boolean';
    case 'STRING':
      return typeof value === 'string';
    case 'BYTES':
      return value instanceof Uint8Array;
    case 'ARRAY':
      return Array.isArray(value);
    case 'MAP':
      return value instanceof Map || (isPlainObject(value) && schema.keySchema?.type === 'STRING');
    case 'STRUCT':
      return isPlainObject(value);
  }
}

function isInteger(value: unknown, min: number, max: number): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= min && value <= max;
  return typeof value === 'bigint' && value >= min && value <= max;
}

function isInt64(value: unknown): boolean {
  // A number beyond 2^53 has been rounded already; only a bigint is exact there.
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX;
}

/** Whether this can be a struct or a map with string keys: an object, but none that stands for another type. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date) &&
    !Decimal.is(value)
  );
}

function validateMap(schema: Schema, value: object, location: string): void {
  const keyLocation = `key of map ${location}`;
  const valueLocation = `value of map ${location}`;
  for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
    validateValue(schema.keySchema, key, keyLocation);
    validateValue(schema.valueSchema, item, valueLocation);
  }
}

function validateStruct(schema: Schema, value: Record<string, unknown>): void {
  let found = 0;
  for (const field of schema.fields) {
    const isSet = Object.hasOwn(value, field.name);
    if (isSet) found++;
    const item = isSet ? value[field.name] : undefined;
    if (item === undefined && field.schema.defaultValue !== undefined) continue;
    validateValue(field.schema, item, `field: "${field.name}"`);
  }
  if (Object.keys(value).length === found) return;
  for (const name of Object.keys(value)) {
    if (schema.field(name) === null && value[name] !== undefined) throw new DataError(`${name} is not a valid field name`);
  }
}

function mismatch(schema: Schema, value: unknown, location: string): DataError {
  const name = schema.name === null ? '' : ` "${schema.name}"`;
  const why =
    schema.type.startsWith('INT') && isWhole(value)
      ? ` (out of range${Number.isSafeInteger(Number(value)) ? '' : '; beyond 2^53 use a bigint'})`
      : '';
  return new DataError(
    `Invalid Java object for schema${name} with type ${schema.type}: class ${javaClassName(value)} for ${location}${why}`,
  );
}

function isWhole(value: unknown): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}
