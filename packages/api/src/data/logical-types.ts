import { DataError } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { int64 } from './canonical-value.ts';
import { Decimal } from './decimal.ts';
import { SchemaBuilder } from './schema-builder.ts';
import type { TypedSchema } from './typed-schema.ts';

const NAMES = {
  DECIMAL: 'org.apache.kafka.connect.data.Decimal',
  DATE: 'org.apache.kafka.connect.data.Date',
  TIME: 'org.apache.kafka.connect.data.Time',
  TIMESTAMP: 'org.apache.kafka.connect.data.Timestamp',
} as const;

const DAY_MS = 86_400_000;

function dateBuilder(): SchemaBuilder {
  return SchemaBuilder.int32().name(NAMES.DATE).version(1);
}

function timeBuilder(): SchemaBuilder {
  return SchemaBuilder.int32().name(NAMES.TIME).version(1);
}

function timestampBuilder(): SchemaBuilder {
  return SchemaBuilder.int64().name(NAMES.TIMESTAMP).version(1);
}

function decimalBuilder(scale: number): SchemaBuilder {
  return SchemaBuilder.bytes().name(NAMES.DECIMAL).version(1).parameter('scale', String(scale));
}

/** The scale a Decimal schema sets. Throws a DataError where it says none. */
function decimalScale(schema: Schema): number {
  const text = schema.parameters?.['scale'];
  if (text === undefined) throw new DataError('Invalid Decimal schema: scale parameter not found.');
  if (!/^[+-]?\d{1,10}$/.test(text)) throw new DataError('Invalid scale parameter found in Decimal schema: ');
  return Number(text);
}

function check(schema: Schema, name: string, kind: string): void {
  if (schema.name !== name) throw new DataError(`Requested conversion of ${kind} object but the schema does not match.`);
}

function millisecondsOf(value: Date): number {
  const ms = value.getTime();
  if (Number.isNaN(ms)) throw new DataError('Invalid Date: it has no time value');
  return ms;
}

function encodeDecimal(schema: Schema, value: Decimal): Buffer {
  const scale = decimalScale(schema);
  if (value.scale !== scale) {
    throw new DataError(
      `Decimal value has mismatching scale for given Decimal schema. Schema has scale ${scale}, value has scale ${value.scale}.`,
    );
  }
  return value.toBytes();
}

function decodeDecimal(schema: Schema, bytes: Uint8Array): Decimal {
  return Decimal.fromBytes(bytes, decimalScale(schema));
}

function encodeDate(schema: Schema, value: Date): number {
  check(schema, NAMES.DATE, 'Date');
  const ms = millisecondsOf(value);
  if (ms % DAY_MS !== 0) throw new DataError('Kafka Connect Date type should not have any time fields set to non-zero values.');
  return ms / DAY_MS + 0;
}

function decodeDate(schema: Schema, days: number): Date {
  check(schema, NAMES.DATE, 'Date');
  return new Date(days * DAY_MS);
}

function encodeTime(schema: Schema, value: Date): number {
  check(schema, NAMES.TIME, 'Time');
  const ms = millisecondsOf(value);
  if (ms < 0 || ms > DAY_MS) throw new DataError('Kafka Connect Time type should not have any date fields set to non-zero values.');
  return ms;
}

function decodeTime(schema: Schema, ms: number): Date {
  check(schema, NAMES.TIME, 'Date');
  if (ms < 0 || ms > DAY_MS) throw new DataError('Time values must use number of milliseconds greater than 0 and less than 86400000');
  return new Date(ms);
}

function encodeTimestamp(schema: Schema, value: Date): number {
  check(schema, NAMES.TIMESTAMP, 'Timestamp');
  return millisecondsOf(value);
}

/** A bigint, and anything beyond the year 275760, has no `Date` and throws a DataError. */
function decodeTimestamp(schema: Schema, ms: number | bigint): Date {
  check(schema, NAMES.TIMESTAMP, 'Timestamp');
  const date = new Date(Number(ms));
  if (Number.isNaN(date.getTime())) throw new DataError(`Timestamp ${ms} is beyond what a Date can hold (±8640000000000000 ms)`);
  return date;
}

/** A logical value as its physical one: Decimal to bytes, Date and Time to an INT32, Timestamp to an INT64. Null for a schema without logical type. */
function encode(schema: Schema, value: unknown): Buffer | number | null {
  switch (schema.name) {
    case NAMES.DECIMAL:
      return encodeDecimal(schema, value as Decimal);
    case NAMES.DATE:
      return encodeDate(schema, value as Date);
    case NAMES.TIME:
      return encodeTime(schema, value as Date);
    case NAMES.TIMESTAMP:
      return encodeTimestamp(schema, value as Date);
    default:
      return null;
  }
}

/** The logical value of a physical one; the value itself where the schema names no logical type of Connect. */
function decode(schema: Schema, value: unknown): unknown {
  switch (schema.name) {
    case NAMES.DECIMAL:
      return decodeDecimal(schema, value as Uint8Array);
    case NAMES.DATE:
      return decodeDate(schema, value as number);
    case NAMES.TIME:
      return decodeTime(schema, value as number);
    case NAMES.TIMESTAMP:
      return decodeTimestamp(schema, int64(value as number | bigint));
    default:
      return value;
  }
}

const decimals = new Map<number, TypedSchema<Decimal>>();

/**
 * The logical types of Connect: what stands beside a `Decimal` and a `Date`, and their encodings. Errors are DataErrors with Connect's texts.
 *
 * Source: org.apache.kafka.connect.data.Decimal, Date, Time, Timestamp
 */
export const LogicalTypes = {
  NAMES,
  /** BYTES: the unscaled value. A value must have exactly this scale. */
  decimal(scale: number): TypedSchema<Decimal> {
    let found = decimals.get(scale);
    if (found === undefined) {
      found = decimalBuilder(scale).build() as TypedSchema<Decimal>;
      if (decimals.size < 100) decimals.set(scale, found);
    }
    return found;
  },
  /** INT32: days since the epoch, UTC. */
  date: dateBuilder().build() as TypedSchema<Date>,
  /** INT32: milliseconds of the day. */
  time: timeBuilder().build() as TypedSchema<Date>,
  /** INT64: milliseconds since the epoch. */
  timestamp: timestampBuilder().build() as TypedSchema<Date>,
  decimalBuilder,
  dateBuilder,
  timeBuilder,
  timestampBuilder,
  decimalScale,
  encodeDecimal,
  decodeDecimal,
  encodeDate,
  decodeDate,
  encodeTime,
  decodeTime,
  encodeTimestamp,
  decodeTimestamp,
  encode,
  decode,
} as const;
