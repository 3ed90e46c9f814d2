/**
 * The type of a value as Kafka Connect names it.
 *
 * Source: org.apache.kafka.connect.data.Schema.Type
 */
export type SchemaType =
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FLOAT32'
  | 'FLOAT64'
  | 'BOOLEAN'
  | 'STRING'
  | 'BYTES'
  | 'ARRAY'
  | 'MAP'
  | 'STRUCT';

/** A named member of a STRUCT schema. `index` is its position, from 0. */
export interface Field {
  readonly name: string;
  readonly index: number;
  readonly schema: Schema;
}

/**
 * An immutable description of a value. Schemas are interned: two schemas that are equal in every
 * attribute are the same object, so `===` is equality and a `WeakMap` keyed by schema works.
 *
 * The accessors `fields`, `field()`, `keySchema` and `valueSchema` throw a {@link DataError} with Connect's
 * text when the type has no such part.
 *
 * Source: org.apache.kafka.connect.data.ConnectSchema
 */
export interface Schema {
  readonly type: SchemaType;
  readonly isOptional: boolean;
  /** The default, or `undefined` where there is none. */
  readonly defaultValue: unknown;
  readonly name: string | null;
  readonly version: number | null;
  readonly doc: string | null;
  readonly parameters: Readonly<Record<string, string>> | null;
  readonly fields: readonly Field[];
  readonly keySchema: Schema;
  readonly valueSchema: Schema;
  field(name: string): Field | null;
  /** `Schema{name:TYPE}` or `Schema{TYPE}`, as Connect writes it into messages. */
  toString(): string;
}

/** A value beside the schema that gives it its type; `schema` is null for schemaless data. */
export interface SchemaAndValue {
  readonly schema: Schema | null;
  readonly value: unknown;
}
