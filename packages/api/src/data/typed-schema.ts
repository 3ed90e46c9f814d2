import type { Schema } from '../schema.ts';

/** A 64-bit integer: a `number` while that is exact, a `bigint` beyond 2^53. */
export type Int64 = number | bigint;

declare const valueOf: unique symbol;

/** A schema that the compiler knows the values of. At run time it is a {@link Schema} and nothing more. */
export interface TypedSchema<V> extends Schema {
  readonly [valueOf]?: V;
}

/** The type of a schema's values: `ValueOf<typeof orderSchema>`. `unknown` for a plain {@link Schema}. */
export type ValueOf<S> = S extends TypedSchema<infer V> ? V : unknown;
