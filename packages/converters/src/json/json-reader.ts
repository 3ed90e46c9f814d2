import { DataError, Decimal, LogicalTypes, type Schema } from '@sluice/api';
import { isJsonObject, nodeType, NumberText } from './json-text.ts';

export interface ReaderOptions {
  readonly replaceNullWithDefault: boolean;
  /** The values come from the exact parser with `fractions: true`. Otherwise a Decimal that is a number throws {@link NumbersTooCoarse}. */
  readonly exact: boolean;
}

/** Makes the Connect value of a parsed JSON value; `undefined` is a member that is missing. */
export type Reader = (node: unknown) => unknown;

/** JSON.parse has dropped what a Decimal needs, for 12.30 and 12.3 are one number: the text must be parsed exactly. Never leaves the converter. */
export class NumbersTooCoarse extends Error {}

const { NAMES } = LogicalTypes;

/**
 * The reader of a schema, made once and used for every record. As in Java a value of another type is coerced and not refused: text read as a
 * number is 0, a number read as text is null.
 *
 * Source: org.apache.kafka.connect.json.JsonConverter#convertToConnect
 */
export function createReader(schema: Schema, options: ReaderOptions): Reader {
  const read = logicalReader(schema, options) ?? typeReader(schema, options);
  const replaces = options.replaceNullWithDefault && schema.defaultValue !== undefined && schema.defaultValue !== null;
  const { defaultValue, isOptional, type } = schema;
  return withShortcut(schema, (node) => {
    if (node !== null && node !== undefined) return read(node);
    if (replaces) return defaultValue;
    if (isOptional) return null;
    throw new DataError(`Invalid null value for required ${type} field`);
  });
}

/** The values that nearly all records have need one comparison and no further call. */
function withShortcut(schema: Schema, read: Reader): Reader {
  const { name, type } = schema;
  if (name !== null) return read;
  if (type === 'STRING') return (node) => (typeof node === 'string' ? node : read(node));
  if (type === 'INT32') return (node) => (typeof node === 'number' ? node | 0 : read(node));
  if (type === 'INT64') return (node) => (Number.isSafeInteger(node) ? (node as number) + 0 : read(node));
  if (type === 'FLOAT64') return (node) => (typeof node === 'number' ? node : read(node));
  if (type === 'BOOLEAN') return (node) => (typeof node === 'boolean' ? node : read(node));
  return read;
}

function logicalReader(schema: Schema, options: ReaderOptions): Reader | null {
  switch (schema.name ?? '') {
    case NAMES.DECIMAL:
      return decimalReader(schema, options);
    case NAMES.DATE:
      return (node) => LogicalTypes.decodeDate(schema, int32Of(node, 'Date'));
    case NAMES.TIME:
      return (node) => LogicalTypes.decodeTime(schema, int32Of(node, 'Time'));
    case NAMES.TIMESTAMP:
      return (node) => {
        if (typeof node !== 'bigint' && !Number.isInteger(node)) {
          throw new DataError(`Invalid type for Timestamp, underlying representation should be integral but was ${nodeType(node)}`);
        }
        return LogicalTypes.decodeTimestamp(schema, node as number | bigint);
      };
    default:
      return null;
  }
}

function int32Of(node: unknown, kind: string): number {
  if (typeof node !== 'number' || (node | 0) !== node) {
    throw new DataError(`Invalid type for ${kind}, underlying representation should be integer but was ${nodeType(node)}`);
  }
  return node;
}

function decimalReader(schema: Schema, options: ReaderOptions): Reader {
  return (node) => {
    if (typeof node === 'string') {
      try {
        return LogicalTypes.decodeDecimal(schema, base64Bytes(node));
      } catch (error) {
        throw new DataError('Invalid bytes for Decimal field', { cause: error });
      }
    }
    if (typeof node === 'number' && !options.exact) throw new NumbersTooCoarse();
    if (typeof node === 'number' || typeof node === 'bigint') return new Decimal(BigInt(node), 0);
    if (node instanceof NumberText) return Decimal.parse(node.text);
    throw new DataError(`Invalid type for Decimal, underlying representation should be numeric or bytes but was ${nodeType(node)}`);
  };
}

function typeReader(schema: Schema, options: ReaderOptions): Reader {
  switch (schema.type) {
    case 'INT8':
      return (node) => (toInt32(node) << 24) >> 24;
    case 'INT16':
      return (node) => (toInt32(node) << 16) >> 16;
    case 'INT32':
      return toInt32;
    case 'INT64':
      return toInt64;
    case 'FLOAT32':
      return (node) => Math.fround(toDouble(node));
    case 'FLOAT64':
      return toDouble;
    case 'BOOLEAN':
      return (node) => node === true;
    case 'STRING':
      return (node) => (typeof node === 'string' ? node : null);
    case 'BYTES':
      return readBytes;
    case 'ARRAY':
      return arrayReader(schema, options);
    case 'MAP':
      return mapReader(schema, options);
    case 'STRUCT':
      return structReader(schema, options);
  }
}

/** The low 32 bits of the whole part, as BigDecimal#intValue; 0 for what is no number. */
function toInt32(node: unknown): number {
  if (typeof node === 'number') return node | 0;
  if (typeof node === 'bigint') return Number(BigInt.asIntN(32, node));
  return node instanceof NumberText ? Number(BigInt.asIntN(32, wholePart(node))) : 0;
}

/** The low 64 bits of the whole part, as BigDecimal#longValue; 0 for what is no number. */
function toInt64(node: unknown): number | bigint {
  if (typeof node === 'number') {
    const whole = Math.trunc(node) + 0;
    if (Number.isSafeInteger(whole)) return whole;
    return Number.isFinite(whole) ? canonical(BigInt.asIntN(64, BigInt(whole))) : 0;
  }
  if (typeof node === 'bigint') return canonical(BigInt.asIntN(64, node));
  return node instanceof NumberText ? canonical(BigInt.asIntN(64, wholePart(node))) : 0;
}

/** An INT64 is a number while that is exact. */
function canonical(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function wholePart(node: NumberText): bigint {
  const decimal = Decimal.parse(node.text);
  // Beyond this many zeros the low 64 bits are all zero, and the power would only cost time.
  return decimal.scale < -64 ? 0n : decimal.toBigInt();
}

function toDouble(node: unknown): number {
  if (typeof node === 'number') return node;
  if (typeof node === 'bigint') return Number(node);
  if (node instanceof NumberText) return Number(node.text);
  // Connect writes them as text but reads such text as 0; here they come back as they were.
  if (node === 'NaN') return Number.NaN;
  if (node === 'Infinity') return Number.POSITIVE_INFINITY;
  return node === '-Infinity' ? Number.NEGATIVE_INFINITY : 0;
}

function readBytes(node: unknown): Uint8Array | null {
  if (typeof node !== 'string') return null;
  try {
    return base64Bytes(node);
  } catch (error) {
    throw new DataError('Invalid bytes field', { cause: error });
  }
}

/** Strict where Buffer is lenient: padding is needed, and nothing but the base64 alphabet is allowed. */
function base64Bytes(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (text.length !== Math.ceil(bytes.length / 3) * 4 || /[-_\s]/.test(text)) throw new SyntaxError('not base64 with padding');
  return bytes;
}

function arrayReader(schema: Schema, options: ReaderOptions): Reader {
  const item = createReader(schema.valueSchema, options);
  return (node) => {
    // As Jackson iterates: an object has its members' values, anything else has none.
    const items: readonly unknown[] = Array.isArray(node) ? node : isJsonObject(node) ? Object.values(node) : [];
    return items.map((each) => item(each ?? null));
  };
}

function mapReader(schema: Schema, options: ReaderOptions): Reader {
  const key = createReader(schema.keySchema, options);
  const item = createReader(schema.valueSchema, options);
  if (schema.keySchema.type === 'STRING') {
    return (node) => {
      if (!isJsonObject(node))
        throw new DataError(`Maps with string fields should be encoded as JSON objects, but found ${nodeType(node)}`);
      const map: Record<string, unknown> = {};
      for (const name of Object.keys(node)) setMember(map, name, item(node[name]));
      return map;
    };
  }
  return (node) => {
    if (!Array.isArray(node))
      throw new DataError(`Maps with non-string fields should be encoded as JSON array of tuples, but found ${nodeType(node)}`);
    const map = new Map<unknown, unknown>();
    for (const entry of node as readonly unknown[]) {
      if (!Array.isArray(entry)) throw new DataError(`Found invalid map entry instead of array tuple: ${nodeType(entry)}`);
      if (entry.length !== 2) throw new DataError(`Found invalid map entry, expected length 2 but found :${entry.length}`);
      map.set(key(entry[0]), item(entry[1]));
    }
    return map;
  };
}

function structReader(schema: Schema, options: ReaderOptions): Reader {
  const names = schema.fields.map((field) => field.name);
  const readers = schema.fields.map((field) => createReader(field.schema, options));
  const nullable = schema.fields.map((field) => field.schema.isOptional);
  // A field called `constructor` that is missing must not be read from the prototype.
  const inherited = names.map((name) => name in Object.prototype);
  return (node) => {
    if (!isJsonObject(node)) throw new DataError(`Structs should be encoded as JSON objects, but found ${nodeType(node)}`);
    const struct: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const value = readers[i]!(inherited[i]! && !Object.hasOwn(node, name) ? undefined : node[name]);
      if (value === null && !nullable[i]!) {
        throw new DataError(`Invalid value: null used for required field: "${name}", schema type: ${schema.fields[i]!.schema.type}`);
      }
      if (inherited[i]!) setMember(struct, name, value);
      else struct[name] = value;
    }
    return struct;
  };
}

function setMember(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  else object[name] = value;
}
