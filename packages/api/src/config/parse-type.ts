import { javaDouble } from '../data/java-text.ts';
import { ConfigError } from '../errors.ts';
import type { ConfigType, ParseOptions } from './config-def.ts';
import { Password } from './password.ts';

const integerTypes = {
  INT: { bits: 32n, words: 'a 32-bit integer' },
  SHORT: { bits: 16n, words: 'a 16-bit integer (short)' },
  LONG: { bits: 64n, words: 'a 64-bit integer (long)' },
} as const;

const doublePattern = /^([+-]?)(?:(NaN)|(Infinity)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?)$/;

/**
 * A raw value as its type; null stays null. Throws a {@link ConfigError} that shows the value untrimmed.
 *
 * Source: org.apache.kafka.common.config.ConfigDef#parseType
 */
export function parseType(name: string, value: unknown, type: ConfigType, options?: ParseOptions): unknown {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? javaTrim(value) : null;
  switch (type) {
    case 'BOOLEAN':
      return parseBoolean(name, value, text);
    case 'STRING':
      if (text !== null) return text;
      throw ConfigError.invalid(name, messageText(value), `Expected value to be a string, but it was a ${boxedClass(value)}`);
    case 'PASSWORD':
      if (Password.is(value)) return value;
      if (text !== null) return new Password(text);
      throw ConfigError.invalid(name, messageText(value), `Expected value to be a string, but it was a ${boxedClass(value)}`);
    case 'INT':
    case 'SHORT':
    case 'LONG':
      return parseInteger(name, value, text, type);
    case 'DOUBLE':
      return parseDouble(name, value, text);
    case 'LIST':
      if (Array.isArray(value)) return Object.freeze([...(value as string[])]);
      if (text !== null) return parseList(text);
      throw ConfigError.invalid(name, messageText(value), 'Expected a comma separated list.');
    case 'CLASS':
      if (text === null) throw ConfigError.invalid(name, messageText(value), 'Expected a Class instance or class name.');
      if (text === '' || options?.resolveClass?.(text) === false)
        throw ConfigError.invalid(name, value, `Class ${messageText(value)} could not be found.`);
      return text;
  }
}

/** Java's `trim`: everything up to the space character goes, other Unicode blanks stay. */
export function javaTrim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  return text.slice(start, end);
}

/** Items between commas, with the white space around commas removed; empty items are kept, an empty text has none. */
export function parseList(text: string): readonly string[] {
  const trimmed = javaTrim(text);
  return Object.freeze(trimmed === '' ? [] : trimmed.split(/[ \t\n\v\f\r]*,[ \t\n\v\f\r]*/));
}

/** Java's `Integer.parseInt` and its siblings: an optional sign and digits, in range; null for anything else. */
export function parseJavaInteger(text: string, type: 'INT' | 'SHORT' | 'LONG'): bigint | null {
  if (!/^[+-]?\d+$/.test(text)) return null;
  const number = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(Number(integerTypes[type].bits), number) === number ? number : null;
}

/** Java's `Double.parseDouble`, without its hexadecimal form; null for what it does not read. */
export function parseJavaDouble(text: string): number | null {
  const match = doublePattern.exec(text);
  if (match === null) return null;
  const [, sign, nan, infinity, digits] = match;
  const size = nan !== undefined ? NaN : infinity !== undefined ? Infinity : Number(digits);
  return sign === '-' ? -size : size;
}

/** A parsed value as REST shows it. Source: org.apache.kafka.common.config.ConfigDef#convertToString */
export function configText(value: unknown, type: ConfigType): string | null {
  if (value === null || value === undefined) return null;
  if (type === 'LIST') return (value as readonly unknown[]).join(',');
  if (type === 'DOUBLE' && typeof value === 'number') return javaDouble(value);
  return typeof value === 'number' && type === 'LONG' ? String(toLong(value)) : `${value as string}`;
}

/** A value as it stands in a message: a list is `[a, b]`, a password `[hidden]`. */
export function messageText(value: unknown, type?: ConfigType): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  return type === undefined ? `${value as string}` : (configText(value, type) ?? 'null');
}

function parseBoolean(name: string, value: unknown, text: string | null): boolean {
  if (typeof value === 'boolean') return value;
  const word = text?.toLowerCase();
  if (word === 'true') return true;
  if (word === 'false') return false;
  throw ConfigError.invalid(name, messageText(value), 'Expected value to be either true or false');
}

function parseInteger(name: string, value: unknown, text: string | null, type: 'INT' | 'SHORT' | 'LONG'): number {
  if (text !== null) {
    const number = parseJavaInteger(text, type);
    if (number === null) throw ConfigError.invalid(name, value, `Not a number of type ${type}`);
    return Number(number);
  }
  const { bits, words } = integerTypes[type];
  const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  const whole = isWhole ? toLong(value as number | bigint) : null;
  if (whole !== null && BigInt.asIntN(Number(bits), whole) === whole) return Number(whole);
  throw ConfigError.invalid(name, messageText(value), `Expected value to be ${words}, but it was a ${boxedClass(value)}`);
}

function parseDouble(name: string, value: unknown, text: string | null): number {
  if (typeof value === 'number') return value;
  if (text === null)
    throw ConfigError.invalid(name, messageText(value), `Expected value to be a double, but it was a ${boxedClass(value)}`);
  const number = parseJavaDouble(text);
  if (number === null) throw ConfigError.invalid(name, value, 'Not a number of type DOUBLE');
  return number;
}

/** Long.MAX_VALUE is no double: its nearest one, 2^63, stands for it. */
function toLong(value: number | bigint): bigint {
  if (typeof value === 'bigint') return value;
  return value === 2 ** 63 ? 2n ** 63n - 1n : BigInt(value);
}

function boxedClass(value: unknown): string {
  switch (typeof value) {
    case 'boolean':
      return 'java.lang.Boolean';
    case 'bigint':
      return 'java.lang.Long';
    case 'number':
      return !Number.isInteger(value) ? 'java.lang.Double' : Math.abs(value) < 2 ** 31 ? 'java.lang.Integer' : 'java.lang.Long';
    case 'string':
      return 'java.lang.String';
    default:
      return Array.isArray(value) ? 'java.util.ArrayList' : 'java.util.LinkedHashMap';
  }
}
