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

/** Source: org.apache.kafka.connect.converters.BooleanConverter */
const boolean: Converter = {
  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Encoded {
    if (schema !== null && schema.type !== 'BOOLEAN') throw new DataError(`Invalid schema type for BooleanConverter: ${schema.type}`);
    if (value === null || value === undefined) return null;
    if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
    throw new DataError(`BooleanConverter is not compatible with objects of type class ${javaClassName(value)}`);
  },

  toConnectData(_topic: string, bytes: Buffer | null, start: number, end: number): SchemaAndValue {
    if (bytes === null) return { schema: Schemas.OPTIONAL_BOOLEAN, value: null };
    const byte = bytes[start];
    if (end - start === 1 && (byte === 0 || byte === 1)) return { schema: Schemas.OPTIONAL_BOOLEAN, value: byte === 1 };
    const found = end - start === 1 ? `0x${byte!.toString(16).padStart(2, '0')}` : `${end - start} bytes`;
    throw new DataError('Failed to deserialize boolean: ', {
      cause: new DataError(`expected one byte that is 0x00 or 0x01, but got ${found}`),
    });
  },
};

/**
 * One byte, 0x00 or 0x01; what is read is an optional BOOLEAN.
 *
 * Source: org.apache.kafka.connect.converters.BooleanConverter
 */
export const booleanConverter = converter({
  class: 'org.apache.kafka.connect.converters.BooleanConverter',
  config: defineConfig({}),
  create: () => boolean,
  createHeader: () => headerConverterOf(boolean),
});
