import type { Decimal } from '../data/decimal.ts';
import { LogicalTypes } from '../data/logical-types.ts';
import { SchemaBuilder } from '../data/schema-builder.ts';
import { Schemas } from '../data/schemas.ts';
import type { Int64 } from '../data/typed-schema.ts';
import type { Schema } from '../schema.ts';
import { convertValue } from './convert-value.ts';
import { inferSchema } from './infer-schema.ts';
import { parseString } from './parse-string.ts';
import { dateText, valueText } from './value-text.ts';

const anyList = SchemaBuilder.arrayOfNull().optional().build();
const anyMap = SchemaBuilder.mapOfNull().optional().build();
const optionalDate = LogicalTypes.dateBuilder().optional().build();
const optionalTime = LogicalTypes.timeBuilder().optional().build();
const optionalTimestamp = LogicalTypes.timestampBuilder().optional().build();

/**
 * Text forms of values, and conversion from one type to another. Each `convertTo…` takes the value's schema (null where it has none), gives
 * null for null, and throws a DataError for what cannot be converted.
 *
 * Source: org.apache.kafka.connect.data.Values
 */
export const Values = {
  parseString,
  inferSchema,
  dateText,
  /** A value as one of the schema `to`. */
  convertTo: convertValue,
  convertToString: (schema: Schema | null, value: unknown): string | null => (isNull(value) ? null : valueText(schema, value)),
  convertToBoolean: (schema: Schema | null, value: unknown) => convertValue(Schemas.OPTIONAL_BOOLEAN, schema, value) as boolean | null,
  convertToByte: (schema: Schema | null, value: unknown) => convertValue(Schemas.OPTIONAL_INT8, schema, value) as number | null,
  convertToShort: (schema: Schema | null, value: unknown) => convertValue(Schemas.OPTIONAL_INT16, schema, value) as number | null,
  convertToInteger: (schema: Schema | null, value: unknown) => convertValue(Schemas.OPTIONAL_INT32, schema, value) as number | null,
  convertToLong: (schema: Schema | null, value: unknown) => convertValue(Schemas.OPTIONAL_INT64, schema, value) as Int64 | null,
  convertToFloat: (schema: Schema | null, value: unknown) => convertValue(Schemas.OPTIONAL_FLOAT32, schema, value) as number | null,
  convertToDouble: (schema: Schema | null, value: unknown) => convertValue(Schemas.OPTIONAL_FLOAT64, schema, value) as number | null,
  convertToList: (schema: Schema | null, value: unknown) => convertValue(anyList, schema, value) as unknown[] | null,
  convertToMap: (schema: Schema | null, value: unknown) =>
    convertValue(anyMap, schema, value) as Record<string, unknown> | Map<unknown, unknown> | null,
  convertToDate: (schema: Schema | null, value: unknown) => convertValue(optionalDate, schema, value) as Date | null,
  convertToTime: (schema: Schema | null, value: unknown) => convertValue(optionalTime, schema, value) as Date | null,
  convertToTimestamp: (schema: Schema | null, value: unknown) => convertValue(optionalTimestamp, schema, value) as Date | null,
  /** `scale` is that of unscaled bytes; text and numbers have their own. */
  convertToDecimal: (schema: Schema | null, value: unknown, scale: number = 0) =>
    convertValue(LogicalTypes.decimalBuilder(scale).optional().build(), schema, value) as Decimal | null,
} as const;

function isNull(value: unknown): boolean {
  return value === null || value === undefined;
}
