import { Decimal, javaDouble, javaFloat, LogicalTypes, type Schema, structOf } from '@sluice/api';

/** The form in which json-vectors.json writes values down. */
export type Described = null | string | boolean | number | readonly Described[] | { readonly [name: string]: Described };

const { NAMES } = LogicalTypes;
const floats: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

function number(node: Described): number {
  return floats[node as string] ?? Number(node);
}

function int64(node: Described): number | bigint {
  const value = BigInt(node as string);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function entries(node: Described): [Described, Described][] {
  return node as unknown as [Described, Described][];
}

/** The value of a schema that is written down; without a schema every value says what it is. */
export function build(schema: Schema | null, node: Described | undefined): unknown {
  if (node === null || node === undefined) return null;
  if (schema === null) return buildSchemaless(node);
  const members = node as Readonly<Record<string, Described>>;
  if (schema.name === NAMES.DECIMAL) return new Decimal(BigInt(members['unscaled'] as string), members['scale'] as number);
  if (schema.name === NAMES.DATE || schema.name === NAMES.TIME || schema.name === NAMES.TIMESTAMP) return new Date(node as number);
  switch (schema.type) {
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return int64(node);
    case 'FLOAT32':
    case 'FLOAT64':
      return number(node);
    case 'BYTES':
      return Buffer.from(node as string, 'base64');
    case 'ARRAY':
      return (node as readonly Described[]).map((item) => build(schema.valueSchema, item));
    case 'MAP': {
      const built = entries(node).map(([key, value]) => [build(schema.keySchema, key), build(schema.valueSchema, value)] as const);
      return schema.keySchema.type === 'STRING' ? structOf(built as [string, unknown][]) : new Map(built);
    }
    case 'STRUCT':
      return structOf(
        schema.fields
          .filter((field) => Object.hasOwn(members, field.name))
          .map((field) => [field.name, build(field.schema, members[field.name])]),
      );
    case 'BOOLEAN':
    case 'STRING':
      return node;
  }
}

function buildSchemaless(node: Described): unknown {
  if (typeof node !== 'object' || node === null) return node;
  const tagged = node as Readonly<Record<string, Described>>;
  const [[tag, value]] = Object.entries(tagged) as [[string, Described]];
  switch (tag) {
    case 'long':
      return int64(value);
    case 'double':
      return number(value);
    case 'bytes':
      return Buffer.from(value as string, 'base64');
    case 'date':
      return new Date(value as number);
    case 'decimal':
      return Decimal.parse(value as string);
    case 'list':
      return (value as readonly Described[]).map(buildSchemaless);
    default: {
      const built = entries(value).map(([key, item]) => [buildSchemaless(key), buildSchemaless(item)] as const);
      return built.every(([key]) => typeof key === 'string') ? structOf(built as [string, unknown][]) : new Map(built);
    }
  }
}

/** Writes a value down as the Java program in JsonVectors.java does. */
export function describeValue(schema: Schema | null, value: unknown): Described {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return { long: String(value) };
  if (typeof value === 'number') return describeNumber(schema, value);
  if (value instanceof Date) return { date: value.getTime() };
  if (value instanceof Decimal) return { decimal: value.toString() };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { list: value.map((item) => describeValue(schema?.valueSchema ?? null, item)) };
  if (schema?.type === 'STRUCT') {
    const struct = value as Readonly<Record<string, unknown>>;
    return { struct: structOf(schema.fields.map((field) => [field.name, describeValue(field.schema, struct[field.name])])) };
  }
  const members = [...(value instanceof Map ? value : Object.entries(value))] as [unknown, unknown][];
  return {
    map: members.map(([key, item]) => [describeValue(schema?.keySchema ?? null, key), describeValue(schema?.valueSchema ?? null, item)]),
  };
}

function describeNumber(schema: Schema | null, value: number): Described {
  if (schema?.type === 'FLOAT32') return { double: javaFloat(value) };
  if (schema?.type === 'FLOAT64') return { double: javaDouble(value) };
  return Number.isSafeInteger(value) ? { long: String(value) } : { double: javaDouble(value) };
}
