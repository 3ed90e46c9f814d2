import { structOf } from '../data/struct.ts';
import { SchemaBuilder } from '../data/schema-builder.ts';
import { Schemas } from '../data/schemas.ts';
import { DataError } from '../errors.ts';
import type { Schema, SchemaAndValue, SchemaType } from '../schema.ts';
import { parseNumber } from './parse-number.ts';
import { parseTemporal } from './parse-temporal.ts';
import { isBlank, trim, ValueTokens } from './value-tokens.ts';

const numericOrder: readonly SchemaType[] = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64'];

/**
 * The value that a header's text stands for, with the schema that fits it; never fails, because what is nothing else is a string.
 *
 * Source: org.apache.kafka.connect.data.Values#parseString
 */
export function parseString(text: string | null): SchemaAndValue {
  if (text === null) return { schema: null, value: null };
  if (text === '') return { schema: Schemas.STRING, value: '' };
  return parseValue(new ValueTokens(text), false) ?? { schema: null, value: null };
}

/** Null stands for the null literal. Throws a DataError for an embedded value that has no form. */
function parseValue(tokens: ValueTokens, isEmbedded: boolean): SchemaAndValue | null {
  if (!tokens.hasNext()) return null;
  if (isEmbedded && tokens.take('"')) return parseQuoted(tokens);
  if (takeLiteral(tokens, 'null', isEmbedded)) return null;
  if (takeLiteral(tokens, 'true', isEmbedded)) return { schema: Schemas.BOOLEAN, value: true };
  if (takeLiteral(tokens, 'false', isEmbedded)) return { schema: Schemas.BOOLEAN, value: false };
  const start = tokens.mark();
  try {
    if (tokens.take('[')) return parseArray(tokens);
    if (tokens.take('{')) return parseMap(tokens);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    tokens.rewind(start);
  }
  return parseScalar(tokens, isEmbedded);
}

/** At the top a literal must be all there is: `true}` is a string. */
function takeLiteral(tokens: ValueTokens, literal: string, isEmbedded: boolean): boolean {
  const start = tokens.mark();
  if (tokens.take(literal) && (isEmbedded || !tokens.hasNext())) return true;
  tokens.rewind(start);
  return false;
}

function parseQuoted(tokens: ValueTokens): SchemaAndValue {
  let content = '';
  while (tokens.hasNext() && !tokens.take('"')) content += tokens.next();
  return (content === '' ? null : temporalIn(content)) ?? { schema: Schemas.STRING, value: content };
}

function temporalIn(text: string): SchemaAndValue | null {
  const parsed = parseString(text);
  return parsed.value instanceof Date ? parsed : null;
}

function parseArray(tokens: ValueTokens): SchemaAndValue {
  const items: unknown[] = [];
  let itemSchema: CommonSchema = null;
  while (tokens.hasNext()) {
    if (tokens.take(']')) {
      if (itemSchema === null || itemSchema === 'none') return { schema: SchemaBuilder.arrayOfNull().build(), value: items };
      const schema = itemSchema;
      return { schema: SchemaBuilder.array(schema).build(), value: items.map((item) => aligned(schema, item)) };
    }
    if (tokens.take(',')) throw new DataError(`Unable to parse an empty array element: ${tokens.text}`);
    const item = parseValue(tokens, true);
    itemSchema = commonSchema(itemSchema, item);
    items.push(item?.value ?? null);
    const position = tokens.mark();
    if (tokens.take(']')) tokens.rewind(position);
    else if (!tokens.take(',')) throw new DataError("Array elements missing ',' delimiter");
  }
  throw new DataError(`Array is missing terminating ']': ${tokens.text}`);
}

function parseMap(tokens: ValueTokens): SchemaAndValue {
  const entries = new Map<unknown, unknown>();
  let keySchema: CommonSchema = null;
  let valueSchema: CommonSchema = null;
  while (tokens.hasNext()) {
    if (tokens.take('}')) return alignedMap(entries, known(keySchema), known(valueSchema));
    if (tokens.take(',')) throw new DataError(`Unable to parse a map entry with no key or value: ${tokens.text}`);
    const key = parseValue(tokens, true);
    if (key === null || key.value === null) throw new DataError(`Map entry may not have a null key: ${tokens.text}`);
    if (!tokens.take(':')) throw new DataError(`Map entry is missing ':' at ${tokens.mark()} in ${tokens.text}`);
    const value = parseValue(tokens, true);
    entries.set(key.value, value?.value ?? null);
    tokens.take(',');
    keySchema = commonSchema(keySchema, key);
    valueSchema = commonSchema(valueSchema, value);
  }
  throw new DataError(`Map is missing terminating '}': ${tokens.text}`);
}

function alignedMap(entries: ReadonlyMap<unknown, unknown>, keySchema: Schema | null, valueSchema: Schema | null): SchemaAndValue {
  if (keySchema === null) {
    const isText = [...entries.keys()].every((key) => typeof key === 'string');
    return { schema: SchemaBuilder.mapOfNull().build(), value: isText ? structOf(entries as Map<string, unknown>) : entries };
  }
  const members = [...entries].map(
    ([key, value]) => [aligned(keySchema, key), valueSchema === null ? value : aligned(valueSchema, value)] as const,
  );
  const schema = valueSchema === null ? SchemaBuilder.mapOfNull(keySchema).build() : SchemaBuilder.map(keySchema, valueSchema).build();
  return { schema, value: keySchema.type === 'STRING' ? structOf(members as (readonly [string, unknown])[]) : new Map(members) };
}

function parseScalar(tokens: ValueTokens, isEmbedded: boolean): SchemaAndValue {
  const raw = tokens.next();
  if (isBlank(raw)) return { schema: Schemas.STRING, value: raw };
  const token = trim(raw);
  const startsWithDigit = /^\p{Nd}/u.test(token);
  if (startsWithDigit) {
    // A time is cut at its colons into five tokens.
    const position = tokens.mark();
    const remainder = tokens.nextText(4);
    const temporal = remainder === null ? null : parseTemporal(token + remainder);
    if (temporal !== null) return temporal;
    tokens.rewind(position);
    const date = parseTemporal(token);
    if (date !== null) return date;
  }
  if (startsWithDigit || token.startsWith('+') || token.startsWith('-')) {
    const number = parseNumber(token);
    if (number !== null) return number;
  }
  if (isEmbedded) throw new DataError('Failed to parse embedded value');
  return { schema: Schemas.STRING, value: tokens.text };
}

/** Null while no member had a schema; 'none' once two members have nothing in common. */
type CommonSchema = Schema | 'none' | null;

/** The schema for both: the wider of two numeric types. A null value says nothing. */
function commonSchema(previous: CommonSchema, latest: SchemaAndValue | null): CommonSchema {
  if (previous === 'none' || latest === null || latest.schema === null) return previous;
  if (previous === null || previous.type === latest.schema.type) return latest.schema;
  const [before, now] = [numericOrder.indexOf(previous.type), numericOrder.indexOf(latest.schema.type)];
  if (before < 0 || now < 0) return 'none';
  return before > now ? previous : latest.schema;
}

function known(schema: CommonSchema): Schema | null {
  return schema === 'none' ? null : schema;
}

/** A member as one of the common schema, which it has already or is narrower than. Null fits none: `[1,null]` is a string, as in Java. */
function aligned(schema: Schema, value: unknown): unknown {
  if (value === null) throw new DataError('Unable to convert a null value to a schema that requires a value');
  if (schema.type === 'FLOAT32') return Math.fround(Number(value));
  return schema.type === 'FLOAT64' ? Number(value) : value;
}
