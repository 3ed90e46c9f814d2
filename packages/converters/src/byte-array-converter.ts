import {
  type Converter,
  converter,
  DataError,
  defineConfig,
  type Encoded,
  javaClassName,
  type Schema,
  type SchemaAndValue,
  Schemas,
} from '@sluice/api';
import { headerConverterOf } from './header-converter.ts';

/** Source: org.apache.kafka.connect.converters.ByteArrayConverter */
const byteArray: Converter = {
  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Encoded {
    if (schema !== null && schema.type !== 'BYTES') throw new DataError(`Invalid schema type for ByteArrayConverter: ${schema.type}`);
    if (value === null || value === undefined) return null;
    if (value instanceof Uint8Array) return value;
    throw new DataError(`ByteArrayConverter is not compatible with objects of type class ${javaClassName(value)}`);
  },

  toConnectData(_topic: string, bytes: Buffer | null, start: number, end: number): SchemaAndValue {
    // A copy, because `bytes` is the whole fetch response and would be kept alive by one small value.
    return { schema: Schemas.OPTIONAL_BYTES, value: bytes === null ? null : Buffer.from(bytes.subarray(start, end)) };
  },
};

/**
 * Bytes as they are; what is read is an optional BYTES.
 *
 * Source: org.apache.kafka.connect.converters.ByteArrayConverter
 */
export const byteArrayConverter = converter({
  class: 'org.apache.kafka.connect.converters.ByteArrayConverter',
  config: defineConfig({}),
  create: () => byteArray,
  createHeader: () => headerConverterOf(byteArray),
});
