import type { Schema, SchemaType } from '../schema.ts';
import type { Decimal } from './decimal.ts';
import { LogicalTypes } from './logical-types.ts';
import { SchemaBuilder } from './schema-builder.ts';
import type { Int64, TypedSchema, ValueOf } from './typed-schema.ts';

/** What a schema says beside its type. */
export interface SchemaOptions<V = unknown> {
  /** Whether null is a value. Default: false. */
  readonly optional?: boolean;
  readonly default?: V;
  readonly name?: string;
  readonly version?: number;
  readonly doc?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

type Of<V, O> = TypedSchema<O extends { readonly optional: true } ? V | null : V>;
type Fields = Readonly<Record<string, Schema>>;
type Flat<T> = { [K in keyof T]: T[K] };
type MayBeLeftOut<F extends Fields> = {
  [K in keyof F]: null extends ValueOf<F[K]> ? (unknown extends ValueOf<F[K]> ? never : K) : never;
}[keyof F];
/** A struct's value: fields that may be null may also be left out. */
export type StructOf<F extends Fields> = Flat<
  { [K in Exclude<keyof F, MayBeLeftOut<F>>]: ValueOf<F[K]> } & { [K in MayBeLeftOut<F>]?: ValueOf<F[K]> }
>;
type MapOf<K, V> = [K] extends [string] ? Record<string, V> : Map<K, V>;

function build(builder: SchemaBuilder, options: SchemaOptions | undefined): Schema {
  if (options === undefined) return builder.build();
  if (options.name !== undefined) builder.name(options.name);
  if (options.version !== undefined) builder.version(options.version);
  if (options.doc !== undefined) builder.doc(options.doc);
  if (options.parameters !== undefined) builder.parameters(options.parameters);
  if (options.optional === true) builder.optional();
  if (options.default !== undefined) builder.defaultValue(options.default);
  return builder.build();
}

function primitive<V>(type: SchemaType): <const O extends SchemaOptions<V> = object>(options?: O) => Of<V, O> {
  return <const O extends SchemaOptions<V> = object>(options?: O) => build(new SchemaBuilder(type), options) as Of<V, O>;
}

function logical<V>(
  base: () => SchemaBuilder,
): <const O extends Omit<SchemaOptions<V>, 'name' | 'version'> = object>(options?: O) => Of<V, O> {
  return <const O extends Omit<SchemaOptions<V>, 'name' | 'version'> = object>(options?: O) => build(base(), options) as Of<V, O>;
}

/**
 * Schemas in short, with the type of their values:
 * `const order = schema.struct({ id: schema.int64(), note: schema.string({ optional: true }) }, { name: 'order' })`, and then
 * `type Order = ValueOf<typeof order>`.
 */
export const schema = {
  int8: primitive<number>('INT8'),
  int16: primitive<number>('INT16'),
  int32: primitive<number>('INT32'),
  int64: primitive<Int64>('INT64'),
  float32: primitive<number>('FLOAT32'),
  float64: primitive<number>('FLOAT64'),
  boolean: primitive<boolean>('BOOLEAN'),
  string: primitive<string>('STRING'),
  bytes: primitive<Uint8Array>('BYTES'),
  date: logical<Date>(LogicalTypes.dateBuilder),
  time: logical<Date>(LogicalTypes.timeBuilder),
  timestamp: logical<Date>(LogicalTypes.timestampBuilder),

  decimal<const O extends Omit<SchemaOptions<Decimal>, 'name' | 'version'> = object>(scale: number, options?: O): Of<Decimal, O> {
    return build(LogicalTypes.decimalBuilder(scale), options) as Of<Decimal, O>;
  },

  array<S extends Schema, const O extends SchemaOptions = object>(items: S, options?: O): Of<ValueOf<S>[], O> {
    return build(SchemaBuilder.array(items), options) as Of<ValueOf<S>[], O>;
  },

  /** Its value is a plain object where the keys are strings, else a `Map`. */
  map<K extends Schema, S extends Schema, const O extends SchemaOptions = object>(
    keys: K,
    values: S,
    options?: O,
  ): Of<MapOf<ValueOf<K>, ValueOf<S>>, O> {
    return build(SchemaBuilder.map(keys, values), options) as Of<MapOf<ValueOf<K>, ValueOf<S>>, O>;
  },

  /** Fields in the order written. Names that are whole numbers come first, as JavaScript orders them: use {@link SchemaBuilder} where that matters. */
  struct<const F extends Fields, const O extends SchemaOptions = object>(fields: F, options?: O): Of<StructOf<F>, O> {
    const builder = SchemaBuilder.struct();
    for (const [name, field] of Object.entries(fields)) builder.field(name, field);
    return build(builder, options) as Of<StructOf<F>, O>;
  },

  /** The same schema for values that may be null. */
  optional<S extends Schema>(inner: S): TypedSchema<ValueOf<S> | null> {
    return (inner.isOptional ? inner : copyOf(inner).defaultValue(inner.defaultValue).optional().build()) as TypedSchema<ValueOf<S> | null>;
  },
} as const;

/** A builder with all that `inner` has, required and without its default, to be changed further. */
export function copyOf(inner: Schema): SchemaBuilder {
  const builder = new SchemaBuilder(inner.type, {
    keySchema: inner.type === 'MAP' ? inner.keySchema : null,
    valueSchema: inner.type === 'MAP' || inner.type === 'ARRAY' ? inner.valueSchema : null,
  });
  if (inner.type === 'STRUCT') for (const field of inner.fields) builder.field(field.name, field.schema);
  if (inner.name !== null) builder.name(inner.name);
  if (inner.version !== null) builder.version(inner.version);
  if (inner.doc !== null) builder.doc(inner.doc);
  if (inner.parameters !== null) builder.parameters(inner.parameters);
  return builder;
}
