import {
  type Converter,
  converter,
  type ConverterSpec,
  DataError,
  defineConfig,
  type Encoded,
  javaClassName,
  type Schema,
  type SchemaAndValue,
  Schemas,
} from '@sluice/api';
import { headerConverterOf } from './header-converter.ts';

/** What one type of number is in bytes. */
interface NumberFormat {
  /** As Kafka's messages call it. */
  readonly name: 'short' | 'integer' | 'long' | 'float' | 'double';
  readonly schema: Schema;
  readonly size: number;
  accepts(value: unknown): boolean;
  write(buffer: Buffer, value: never): void;
  read(bytes: Buffer, start: number): number | bigint;
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

function isIntegerWithin(min: number, max: number): (value: unknown) => boolean {
  return (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function isInt64(value: unknown): boolean {
  return typeof value === 'bigint' ? value >= INT64_MIN && value <= INT64_MAX : Number.isSafeInteger(value);
}

function readInt64(bytes: Buffer, start: number): number | bigint {
  // In two halves, because a bigint for each record is slow; beyond 2^53 it is needed.
  const number = bytes.readInt32BE(start) * 0x1_0000_0000 + bytes.readUInt32BE(start + 4);
  return Number.isSafeInteger(number) ? number : bytes.readBigInt64BE(start);
}

/** Source: org.apache.kafka.connect.converters.NumberConverter */
class NumberConverter implements Converter {
  readonly #format: NumberFormat;

  constructor(format: NumberFormat) {
    this.#format = format;
  }

  fromConnectData(_topic: string, _schema: Schema | null, value: unknown): Encoded {
    if (value === null || value === undefined) return null;
    const { name, size } = this.#format;
    if (!this.#format.accepts(value)) throw new DataError(`Failed to serialize to ${name} (was class ${javaClassName(value)}): `);
    const buffer = Buffer.allocUnsafe(size);
    this.#format.write(buffer, value as never);
    return buffer;
  }

  toConnectData(_topic: string, bytes: Buffer | null, start: number, end: number): SchemaAndValue {
    const { name, schema, size } = this.#format;
    if (bytes === null) return { schema, value: null };
    if (end - start !== size) {
      throw new DataError(`Failed to deserialize ${name}: `, {
        cause: new DataError(`Size of data received is not ${size}: it is ${end - start}`),
      });
    }
    return { schema, value: this.#format.read(bytes, start) };
  }
}

function numberConverter(className: string, format: NumberFormat): ConverterSpec<object> {
  const instance = new NumberConverter(format);
  return converter({
    class: `org.apache.kafka.connect.converters.${className}`,
    config: defineConfig({}),
    create: () => instance,
    createHeader: () => headerConverterOf(instance),
  });
}

/** INT16 in two bytes, big-endian. Source: org.apache.kafka.connect.converters.ShortConverter */
export const shortConverter = numberConverter('ShortConverter', {
  name: 'short',
  schema: Schemas.OPTIONAL_INT16,
  size: 2,
  accepts: isIntegerWithin(-32768, 32767),
  write: (buffer, value) => buffer.writeInt16BE(value),
  read: (bytes, start) => bytes.readInt16BE(start),
});

/** INT32 in four bytes, big-endian. Source: org.apache.kafka.connect.converters.IntegerConverter */
export const integerConverter = numberConverter('IntegerConverter', {
  name: 'integer',
  schema: Schemas.OPTIONAL_INT32,
  size: 4,
  accepts: isIntegerWithin(-2147483648, 2147483647),
  write: (buffer, value) => buffer.writeInt32BE(value),
  read: (bytes, start) => bytes.readInt32BE(start),
});

/** INT64 in eight bytes, big-endian. Source: org.apache.kafka.connect.converters.LongConverter */
export const longConverter = numberConverter('LongConverter', {
  name: 'long',
  schema: Schemas.OPTIONAL_INT64,
  size: 8,
  accepts: isInt64,
  write: (buffer, value) => buffer.writeBigInt64BE(BigInt(value)),
  read: readInt64,
});

/** FLOAT32 in four bytes, big-endian. Source: org.apache.kafka.connect.converters.FloatConverter */
export const floatConverter = numberConverter('FloatConverter', {
  name: 'float',
  schema: Schemas.OPTIONAL_FLOAT32,
  size: 4,
  accepts: (value) => typeof value === 'number',
  write: (buffer, value) => buffer.writeFloatBE(value),
  read: (bytes, start) => bytes.readFloatBE(start),
});

/** FLOAT64 in eight bytes, big-endian. Source: org.apache.kafka.connect.converters.DoubleConverter */
export const doubleConverter = numberConverter('DoubleConverter', {
  name: 'double',
  schema: Schemas.OPTIONAL_FLOAT64,
  size: 8,
  accepts: (value) => typeof value === 'number',
  write: (buffer, value) => buffer.writeDoubleBE(value),
  read: (bytes, start) => bytes.readDoubleBE(start),
});
