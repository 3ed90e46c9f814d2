import type { Schema } from '../schema.ts';
import { Decimal } from './decimal.ts';
import { ownValue } from './struct.ts';

/**
 * A double as Java's `Double.toString`: `1.0`, `1.0E10`, `NaN`. The digits are the shortest that tell the number from its neighbours, as of
 * JDK 19; older ones write a digit more for a few numbers (2.0E23 was 1.9999999999999998E23).
 */
export function javaDouble(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return String(value);
  return scientific(shortest(value));
}

/** A float as Java's `Float.toString`: the fewest digits that tell it from its neighbours, so 0.1f is `0.1`. */
export function javaFloat(value: number): string {
  const float = Math.fround(value);
  if (!Number.isFinite(float) || float === 0) return javaDouble(float);
  const text = shortestFloat(float);
  const size = Math.abs(float);
  if (size < 1e-3 || size >= 1e7) return scientific(text);
  const plain = String(Number(text));
  return plain.includes('.') ? plain : `${plain}.0`;
}

function shortestFloat(float: number): string {
  // Below the normal range one digit may be enough, but Java chooses the nearest of two digits: 1.4E-45.
  const fewest = Math.abs(float) < 1.17549435e-38 ? 2 : 1;
  for (let digits = fewest; digits < 9; digits++) {
    const text = float.toExponential(digits - 1);
    if (Math.fround(Number(text)) === float) return evenOfTie(float, text, digits);
  }
  return float.toExponential(8);
}

/** Halfway between two texts of that many digits JavaScript goes up; Java takes the even digit. */
function evenOfTie(float: number, text: string, digits: number): string {
  const more = float.toExponential(digits);
  if (!/5e/.test(more) || Number(more) !== float || /[02468]e/.test(text)) return text;
  const down = more.replace(/\.?5e/, 'e');
  return Math.fround(Number(down)) === float ? down : text;
}

/** JavaScript's shortest digits. Below the normal range one digit may be enough, but Java chooses the nearest of two digits: 4.9E-324. */
function shortest(value: number): string {
  const text = value.toExponential();
  return /^-?\de/.test(text) && Math.abs(value) < 2.2250738585072014e-308 ? value.toExponential(1) : text;
}

function scientific(text: string): string {
  const [mantissa = '', exponent = ''] = text.split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.startsWith('+') ? exponent.slice(1) : exponent}`;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `java.util.Date#toString` in UTC: `Thu Jan 01 00:00:00 UTC 1970`. */
function javaDate(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${two(date.getUTCDate())} ${time} UTC ${date.getUTCFullYear()}`;
}

/**
 * A value as Java's `String.valueOf` writes it: `{a=1, b=2}`, `[1, 2]`, `Struct{a=1,b=x}` without its null fields, `null`. The schema says
 * which numbers are floating point (`1.0`); without one a whole number is an integer. Bytes, for which Java writes an identity that says
 * nothing, are base64.
 */
export function javaToString(value: unknown, schema: Schema | null = null): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return numberText(value, schema);
    case 'object':
      return value === null ? 'null' : objectText(value, schema);
    case 'undefined':
      return 'null';
    default:
      return String(value);
  }
}

function numberText(value: number, schema: Schema | null): string {
  if (schema?.type === 'FLOAT64') return javaDouble(value);
  if (schema?.type === 'FLOAT32') return javaFloat(value);
  // A schemaless -0 cannot be an integer; beyond 2^53 a schemaless number came from a double.
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : javaDouble(value);
}

function objectText(value: object, schema: Schema | null): string {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (value instanceof Date) return javaDate(value);
  if (Decimal.is(value)) return value.toString();
  if (Array.isArray(value)) {
    const inner = schema?.type === 'ARRAY' ? schema.valueSchema : null;
    return `[${value.map((item: unknown) => javaToString(item, inner)).join(', ')}]`;
  }
  if (schema?.type === 'STRUCT') {
    const fields = schema.fields.filter((field) => ownValue(value, field.name) !== null);
    return `Struct{${fields.map((field) => `${field.name}=${javaToString(ownValue(value, field.name), field.schema)}`).join(',')}}`;
  }
  const [keys, items] = schema?.type === 'MAP' ? [schema.keySchema, schema.valueSchema] : [null, null];
  const entries: readonly (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, item]) => `${javaToString(key, keys)}=${javaToString(item, items)}`).join(', ')}}`;
}
