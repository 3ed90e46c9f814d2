import { DataError, Decimal, javaClassName, javaDouble, javaFloat, LogicalTypes, type Schema } from '@sluice/api';
import { jacksonEscapes, quote } from './json-text.ts';

export interface WriterOptions {
  readonly decimalFormat: 'BASE64' | 'NUMERIC';
  readonly replaceNullWithDefault: boolean;
}

/** Writes values of one schema as JSON text. Throws a DataError for a value that is not of the schema. */
export type Writer = (value: unknown) => string;

const { NAMES } = LogicalTypes;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The writer of a schema, made once and used for every record.
 *
 * Source: org.apache.kafka.connect.json.JsonConverter#convertToJson
 */
export function createWriter(schema: Schema, options: WriterOptions): Writer {
  const write = logicalWriter(schema, options) ?? typeWriter(schema, options);
  const replaces = options.replaceNullWithDefault && schema.defaultValue !== undefined && schema.defaultValue !== null;
  if (!replaces && !schema.isOptional) {
    return withShortcut(schema, (value) => {
      if (value === null || value === undefined)
        throw new DataError('Conversion error: null value for field that is required and has no default value');
      return write(value);
    });
  }
  const absent = replaces ? write(schema.defaultValue) : 'null';
  return withShortcut(schema, (value) => (value === null || value === undefined ? absent : write(value)));
}

/** The values that nearly all records have need one comparison and no further call. */
function withShortcut(schema: Schema, write: Writer): Writer {
  const { name, type } = schema;
  if (name !== null) return write;
  if (type === 'STRING') return (value) => (typeof value === 'string' ? quote(value) : write(value));
  if (type === 'INT64') return (value) => (Number.isSafeInteger(value) ? `${value as number}` : write(value));
  if (type === 'BOOLEAN') return (value) => (value === true ? 'true' : value === false ? 'false' : write(value));
  return write;
}

function logicalWriter(schema: Schema, options: WriterOptions): Writer | null {
  switch (schema.name ?? '') {
    case NAMES.DECIMAL:
      return (value) => {
        if (!Decimal.is(value)) throw new DataError(`Invalid type for Decimal, expected BigDecimal but was class ${javaClassName(value)}`);
        return options.decimalFormat === 'NUMERIC' ? value.toString() : `"${LogicalTypes.encodeDecimal(schema, value).toString('base64')}"`;
      };
    case NAMES.DATE:
      return (value) => String(LogicalTypes.encodeDate(schema, date('Date', value)));
    case NAMES.TIME:
      return (value) => String(LogicalTypes.encodeTime(schema, date('Time', value)));
    case NAMES.TIMESTAMP:
      return (value) => String(LogicalTypes.encodeTimestamp(schema, date('Timestamp', value)));
    default:
      return null;
  }
}

function date(kind: string, value: unknown): Date {
  if (!(value instanceof Date)) throw new DataError(`Invalid type for ${kind}, expected Date but was class ${javaClassName(value)}`);
  return value;
}

function typeWriter(schema: Schema, options: WriterOptions): Writer {
  switch (schema.type) {
    case 'INT8':
      return integerWriter(schema, -128, 127);
    case 'INT16':
      return integerWriter(schema, -32768, 32767);
    case 'INT32':
      return integerWriter(schema, -2147483648, 2147483647);
    case 'INT64':
      return (value) => {
        if (Number.isSafeInteger(value)) return `${value as number}`;
        if (typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX) return `${value}`;
        throw invalid(schema, value);
      };
    case 'FLOAT32':
      return (value) => (typeof value === 'number' ? finite(value, javaFloat(value)) : fail(schema, value));
    case 'FLOAT64':
      return (value) => (typeof value === 'number' ? finite(value, javaDouble(value)) : fail(schema, value));
    case 'BOOLEAN':
      return (value) => (typeof value === 'boolean' ? `${value}` : fail(schema, value));
    case 'STRING':
      return (value) => (typeof value === 'string' ? quote(value) : fail(schema, value));
    case 'BYTES':
      return (value) => {
        if (!(value instanceof Uint8Array)) throw new DataError(`Invalid type for bytes type: class ${javaClassName(value)}`);
        return base64(value);
      };
    case 'ARRAY':
      return arrayWriter(schema, options);
    case 'MAP':
      return mapWriter(schema, options);
    case 'STRUCT':
      return structWriter(schema, options);
  }
}

function integerWriter(schema: Schema, min: number, max: number): Writer {
  return (value) => {
    if (typeof value === 'bigint' && value >= min && value <= max) return `${value}`;
    return Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? `${value as number}` : fail(schema, value);
  };
}

function arrayWriter(schema: Schema, options: WriterOptions): Writer {
  // An array of which nothing is known (see Values) has no element schema.
  const item = createAnyWriter(schema.valueSchema as Schema | null, options);
  return (value) => {
    if (!Array.isArray(value)) throw invalid(schema, value);
    let text = '[';
    for (let i = 0; i < value.length; i++) text += i === 0 ? item(value[i]) : `,${item(value[i])}`;
    return `${text}]`;
  };
}

function mapWriter(schema: Schema, options: WriterOptions): Writer {
  const keySchema = schema.keySchema as Schema | null;
  const key = createAnyWriter(keySchema, options);
  const item = createAnyWriter(schema.valueSchema as Schema | null, options);
  const asObject = keySchema?.type === 'STRING';
  return (value) => {
    if (!isMapLike(value)) throw invalid(schema, value);
    const entries = [...(value instanceof Map ? value : Object.entries(value))] as [unknown, unknown][];
    if (asObject)
      return `{${entries.map(([name, member]) => `${typeof name === 'string' ? quote(name) : fail(keySchema, name)}:${item(member)}`).join(',')}}`;
    return `[${entries.map(([name, member]) => `[${key(name)},${item(member)}]`).join(',')}]`;
  };
}

function structWriter(schema: Schema, options: WriterOptions): Writer {
  const names = schema.fields.map((field) => field.name);
  const starts = schema.fields.map((field, i) => `${i === 0 ? '{' : ','}${quote(field.name)}:`);
  const writers = schema.fields.map((field) => createWriter(field.schema, options));
  // A field called `constructor` that is left out must not be read from the prototype.
  const inherited = names.some((name) => name in Object.prototype);
  if (names.length === 0) return (value) => (isStruct(value) ? '{}' : fail(schema, value));
  return (value) => {
    if (!isStruct(value)) throw invalid(schema, value);
    let text = '';
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      text += starts[i]! + writers[i]!(inherited && !Object.hasOwn(value, name) ? null : value[name]);
    }
    return `${text}}`;
  };
}

function createAnyWriter(schema: Schema | null, options: WriterOptions): Writer {
  return schema === null ? writeSchemaless : createWriter(schema, options);
}

/**
 * A value without a schema. A whole number is an INT64, any other a FLOAT64.
 * JSON.stringify writes what it writes as Jackson does; the rest takes the slower way.
 */
export function writeSchemaless(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return isPlainJson(value) ? jacksonEscapes(JSON.stringify(value)) : writeAny(value);
}

/** Whether JSON.stringify writes this value as Connect does, but for escapes. */
function isPlainJson(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isSafeInteger(value) || isPlainFraction(value);
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlainJson(value[i])) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const members = value as Record<string, unknown>;
  for (const name in members) if (!isPlainJson(members[name])) return false;
  return true;
}

/** Whether Java and JavaScript have the same text for it: no exponent, and not so large that it is whole. */
function isPlainFraction(value: number): boolean {
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e7;
}

function writeAny(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isSafeInteger(value) ? `${value}` : finite(value, javaDouble(value));
    case 'bigint':
    case 'boolean':
      return `${value}`;
    case 'undefined':
      return 'null';
    case 'object':
      return value === null ? 'null' : writeObject(value);
    case 'function':
    case 'symbol':
      throw unknownClass(value);
  }
}

function writeObject(value: object): string {
  if (value instanceof Uint8Array) return base64(value);
  if (Array.isArray(value)) return `[${value.map(writeAny).join(',')}]`;
  if (!isMapLike(value)) throw unknownClass(value);
  const entries = [...(value instanceof Map ? value : Object.entries(value))] as [unknown, unknown][];
  if (entries.every(([name]) => typeof name === 'string')) {
    return `{${entries.map(([name, member]) => `${quote(name as string)}:${writeAny(member)}`).join(',')}}`;
  }
  return `[${entries.map(([name, member]) => `[${writeAny(name)},${writeAny(member)}]`).join(',')}]`;
}

/** JSON has no NaN and no infinities: Jackson writes them as strings. */
function finite(value: number, text: string): string {
  return Number.isFinite(value) ? text : `"${text}"`;
}

function base64(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`;
}

function isMapLike(value: unknown): value is object {
  return value instanceof Map || isStruct(value);
}

function isStruct(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return !(Array.isArray(value) || value instanceof Map || value instanceof Uint8Array || value instanceof Date || Decimal.is(value));
}

function unknownClass(value: unknown): DataError {
  return new DataError(`Java class class ${javaClassName(value)} does not have corresponding schema type.`);
}

function invalid(schema: Schema, value: unknown): DataError {
  return new DataError(`Invalid type for ${schema.type}: class ${javaClassName(value)}`);
}

function fail(schema: Schema, value: unknown): never {
  throw invalid(schema, value);
}
