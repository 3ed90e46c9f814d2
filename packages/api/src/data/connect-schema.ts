import { DataError } from '../errors.ts';
import type { Field, Schema, SchemaType } from '../schema.ts';
import { intern, schemaId } from './intern.ts';

/** Everything a schema says of itself. Left out: required, no default, no name and so on. */
export interface SchemaAttributes {
  readonly type: SchemaType;
  readonly isOptional?: boolean;
  readonly defaultValue?: unknown;
  readonly name?: string | null;
  readonly version?: number | null;
  readonly doc?: string | null;
  readonly parameters?: Readonly<Record<string, string>> | null;
  readonly fields?: readonly (readonly [name: string, schema: Schema])[];
  /** Null only where {@link Values} inferred a map or list of which no member has a type. */
  readonly keySchema?: Schema | null;
  readonly valueSchema?: Schema | null;
}

const brand = Symbol.for('sluice.schema');

class ConnectSchema implements Schema {
  readonly type: SchemaType;
  readonly isOptional: boolean;
  readonly defaultValue: unknown;
  readonly name: string | null;
  readonly version: number | null;
  readonly doc: string | null;
  readonly parameters: Readonly<Record<string, string>> | null;
  readonly #fields: readonly Field[];
  readonly #fieldsByName: ReadonlyMap<string, Field> | null;
  readonly #keySchema: Schema | null;
  readonly #valueSchema: Schema | null;

  constructor(attributes: SchemaAttributes) {
    this.type = attributes.type;
    this.isOptional = attributes.isOptional ?? false;
    this.defaultValue = attributes.defaultValue;
    this.name = attributes.name ?? null;
    this.version = attributes.version ?? null;
    this.doc = attributes.doc ?? null;
    this.parameters = copyParameters(attributes.parameters);
    this.#fields = Object.freeze((attributes.fields ?? []).map(([name, schema], index) => Object.freeze({ name, index, schema })));
    this.#fieldsByName = attributes.type === 'STRUCT' ? new Map(this.#fields.map((field) => [field.name, field])) : null;
    this.#keySchema = attributes.keySchema ?? null;
    this.#valueSchema = attributes.valueSchema ?? null;
    Object.freeze(this);
  }

  get [brand](): true {
    return true;
  }

  get fields(): readonly Field[] {
    if (this.type !== 'STRUCT') throw new DataError('Cannot list fields on non-struct type');
    return this.#fields;
  }

  field(name: string): Field | null {
    if (this.#fieldsByName === null) throw new DataError('Cannot look up fields on non-struct type');
    return this.#fieldsByName.get(name) ?? null;
  }

  get keySchema(): Schema {
    if (this.type !== 'MAP') throw new DataError('Cannot look up key schema on non-map type');
    return this.#keySchema as Schema;
  }

  get valueSchema(): Schema {
    if (this.type !== 'MAP' && this.type !== 'ARRAY') throw new DataError('Cannot look up value schema on non-array and non-map type');
    return this.#valueSchema as Schema;
  }

  toString(): string {
    return this.name === null ? `Schema{${this.type}}` : `Schema{${this.name}:${this.type}}`;
  }
}

/** The one schema with these attributes. The builder and the converters check them; this does not. */
export function internSchema(attributes: SchemaAttributes): Schema {
  return intern(keyOf(attributes), () => new ConnectSchema(attributes));
}

/** Whether this is a schema, also one made by another copy of this package. */
export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true;
}

function copyParameters(parameters: Readonly<Record<string, string>> | null | undefined): Readonly<Record<string, string>> | null {
  if (parameters === null || parameters === undefined) return null;
  const entries = Object.entries(parameters);
  return entries.length === 0 ? null : Object.freeze(Object.fromEntries(entries));
}

/** Text that is equal for equal attributes only. Inner schemas are interned already, so their number stands for them. */
function keyOf(schema: SchemaAttributes): string {
  const parameters = Object.entries(schema.parameters ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    schema.type,
    schema.isOptional === true ? 1 : 0,
    schema.name ?? null,
    schema.version ?? null,
    schema.doc ?? null,
    parameters.length === 0 ? 0 : parameters,
    schema.defaultValue === undefined ? 0 : valueKey(schema.defaultValue),
    (schema.fields ?? []).map(([name, inner]) => [name, schemaId(inner)]),
    schema.keySchema ? schemaId(schema.keySchema) : 0,
    schema.valueSchema ? schemaId(schema.valueSchema) : 0,
  ]);
}

function valueKey(value: unknown): unknown {
  if (typeof value === 'number') return ['n', Object.is(value, -0) ? '-0' : String(value)];
  if (typeof value === 'bigint') return ['i', String(value)];
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value;
  if (value instanceof Date) return ['d', value.getTime()];
  if (value instanceof Uint8Array) return ['b', Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')];
  if (Array.isArray(value)) return ['a', ...value.map(valueKey)];
  if (value instanceof Map) return ['m', ...[...value].map(([key, item]) => [valueKey(key), valueKey(item)])];
  if ('unscaled' in value && 'scale' in value) return ['D', String(value.unscaled), value.scale];
  return ['s', ...Object.entries(value).map(([key, item]) => [key, valueKey(item)])];
}
