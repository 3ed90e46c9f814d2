import { int64 } from '../data/canonical-value.ts';
import { Decimal } from '../data/decimal.ts';
import { javaClassName } from '../data/java-class.ts';
import { javaDouble, javaToString } from '../data/java-text.ts';
import { LogicalTypes } from '../data/logical-types.ts';
import { isPlainObject } from '../data/validate-value.ts';
import { DataError } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { parseString } from './parse-string.ts';
import { valueText } from './value-text.ts';

const { NAMES } = LogicalTypes;
const DAY_MS = 86_400_000;

/**
 * A value as one of another schema, as far as that goes: numbers are cut and wrap as Java's casts, text is parsed. Throws a
 * {@link DataError}. `from` is the value's own schema, null where it has none.
 *
 * Source: org.apache.kafka.connect.data.Values#convertTo
 */
export function convertValue(to: Schema, from: Schema | null, value: unknown): unknown {
  if (value === null || value === undefined) {
    if (to.isOptional) return null;
    throw new DataError('Unable to convert a null value to a schema that requires a value');
  }
  switch (to.type) {
    case 'STRING':
      return valueText(from, value);
    case 'BOOLEAN':
      return toBoolean(from, value);
    case 'INT8':
      return Number(BigInt.asIntN(8, asLong(value, from)));
    case 'INT16':
      return Number(BigInt.asIntN(16, asLong(value, from)));
    case 'INT32':
      return toInt32(to, from, value);
    case 'INT64':
      return to.name === NAMES.TIMESTAMP ? toTimestamp(to, from, value) : int64(asLong(value, from));
    case 'FLOAT32':
      return Math.fround(asDouble(value, from));
    case 'FLOAT64':
      return asDouble(value, from);
    default:
      return toComposite(to, from, value);
  }
}

function toComposite(to: Schema, from: Schema | null, value: unknown): unknown {
  const given = typeof value === 'string' && to.type !== 'BYTES' && to.type !== 'STRUCT' ? parseString(value).value : value;
  switch (to.type) {
    case 'BYTES': {
      const bytes = toBytes(to, value);
      if (bytes !== null) return bytes;
      break;
    }
    case 'ARRAY':
      if (Array.isArray(given)) return given;
      break;
    case 'MAP':
      if (given instanceof Map || (isPlainObject(given) && from?.type !== 'STRUCT')) return given;
      break;
    default:
      if (isPlainObject(given)) return given;
  }
  throw cannot(value, from, String(to));
}

function toBytes(to: Schema, value: unknown): Uint8Array | Decimal | null {
  if (to.name === NAMES.DECIMAL) {
    if (value instanceof Uint8Array) return LogicalTypes.decodeDecimal(to, value);
    if (Decimal.is(value)) return value;
    if (typeof value === 'bigint') return new Decimal(value, 0);
    const text = typeof value === 'number' ? javaDouble(value) : value;
    return typeof text === 'string' ? Decimal.tryParse(text) : null;
  }
  if (value instanceof Uint8Array) return value;
  return Decimal.is(value) ? value.toBytes() : null;
}

function toBoolean(from: Schema | null, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    const parsed = parseString(value).value;
    if (typeof parsed === 'boolean') return parsed;
  }
  return asLong(value, from) !== 0n;
}

function toInt32(to: Schema, from: Schema | null, value: unknown): unknown {
  if (to.name !== NAMES.DATE && to.name !== NAMES.TIME) return Number(BigInt.asIntN(32, asLong(value, from)));
  const given = typeof value === 'string' ? parseString(value).value : value;
  if (given instanceof Date) {
    if (from === null || from.name === to.name) return given;
    if (from.name === NAMES.TIMESTAMP) {
      const ms = given.getTime();
      return to.name === NAMES.DATE ? new Date(Math.trunc(ms / DAY_MS) * DAY_MS) : new Date(((ms % DAY_MS) + DAY_MS) % DAY_MS);
    }
  }
  return LogicalTypes.decode(to, Number(BigInt.asIntN(32, asLong(given, from))));
}

function toTimestamp(to: Schema, from: Schema | null, value: unknown): unknown {
  const given = typeof value === 'string' ? parseString(value).value : value;
  if (given instanceof Date) {
    if (from === null || from.name === NAMES.TIMESTAMP) return given;
    if (from.name === NAMES.DATE) return new Date(LogicalTypes.encodeDate(from, given) * DAY_MS);
    if (from.name === NAMES.TIME) return new Date(LogicalTypes.encodeTime(from, given));
  }
  return LogicalTypes.decode(to, int64(asLong(given, from)));
}

/** Java's `longValue`: a fraction is cut, a double saturates, a decimal wraps; text is read as a decimal. */
export function asLong(value: unknown, from: Schema | null): bigint {
  if (typeof value === 'number') return longOfDouble(value);
  if (typeof value === 'bigint') return BigInt.asIntN(64, value);
  if (Decimal.is(value)) return longOfDecimal(value);
  if (typeof value === 'string') {
    const decimal = Decimal.tryParse(value);
    if (decimal !== null) return longOfDecimal(decimal);
  }
  if (value instanceof Date && from !== null) {
    const encoded = LogicalTypes.encode(from, value);
    if (typeof encoded === 'number') return BigInt(encoded);
  }
  throw cannot(value, from, from === null ? 'a number' : String(from));
}

export function asDouble(value: unknown, from: Schema | null): number {
  if (typeof value === 'number') return value;
  if (Decimal.is(value)) return value.toNumber();
  const decimal = typeof value === 'string' ? Decimal.tryParse(value) : null;
  return decimal === null ? Number(asLong(value, from)) : decimal.toNumber();
}

function longOfDouble(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(value));
}

function longOfDecimal(decimal: Decimal): bigint {
  // 10 ** 64 has no bits among the lowest 64; this also keeps `1e1000000000` from being written out.
  return decimal.scale <= -64 ? 0n : BigInt.asIntN(64, decimal.toBigInt());
}

function cannot(value: unknown, from: Schema | null, target: string): DataError {
  return new DataError(`Unable to convert ${javaToString(value, from)} (class ${javaClassName(value)}) to ${target}`);
}
