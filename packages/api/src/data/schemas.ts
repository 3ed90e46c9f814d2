import type { SchemaType } from '../schema.ts';
import { internSchema } from './connect-schema.ts';
import type { Int64, TypedSchema } from './typed-schema.ts';

function primitive<V>(type: SchemaType): TypedSchema<V> {
  return internSchema({ type }) as TypedSchema<V>;
}

function optional<V>(type: SchemaType): TypedSchema<V | null> {
  return internSchema({ type, isOptional: true }) as TypedSchema<V | null>;
}

/** The plain schema of each primitive type, required and optional. Source: the constants of org.apache.kafka.connect.data.Schema */
export const Schemas = {
  INT8: primitive<number>('INT8'),
  INT16: primitive<number>('INT16'),
  INT32: primitive<number>('INT32'),
  INT64: primitive<Int64>('INT64'),
  FLOAT32: primitive<number>('FLOAT32'),
  FLOAT64: primitive<number>('FLOAT64'),
  BOOLEAN: primitive<boolean>('BOOLEAN'),
  STRING: primitive<string>('STRING'),
  BYTES: primitive<Uint8Array>('BYTES'),
  OPTIONAL_INT8: optional<number>('INT8'),
  OPTIONAL_INT16: optional<number>('INT16'),
  OPTIONAL_INT32: optional<number>('INT32'),
  OPTIONAL_INT64: optional<Int64>('INT64'),
  OPTIONAL_FLOAT32: optional<number>('FLOAT32'),
  OPTIONAL_FLOAT64: optional<number>('FLOAT64'),
  OPTIONAL_BOOLEAN: optional<boolean>('BOOLEAN'),
  OPTIONAL_STRING: optional<string>('STRING'),
  OPTIONAL_BYTES: optional<Uint8Array>('BYTES'),
} as const;
