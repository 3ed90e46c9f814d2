import { ProtocolError } from './protocol-error.ts';
import type { FieldType } from './schema.ts';
import type { Reader } from './wire/reader.ts';
import type { Writer } from './wire/writer.ts';

/** How one of Kafka's primitive types is read, checked and written. */
export interface Primitive {
  /** What it wants, for an error's text. */
  readonly expected: string;
  /** null only in types that have a null. */
  readonly read: (reader: Reader) => unknown;
  readonly check: (value: unknown) => boolean;
  write(writer: Writer, value: unknown): void;
  readonly writeNull?: (writer: Writer) => void;
  readonly minBytes: number;
}

interface Integer {
  expected: string;
  check: (value: unknown) => boolean;
}

function integer(min: number, max: number): Integer {
  return {
    expected: `an integer from ${min} to ${max}`,
    check: (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
  };
}

const int64: Integer = {
  expected: 'a safe integer, or a bigint of 64 bits',
  check: (value) => Number.isSafeInteger(value) || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value),
};

type FixedType = Exclude<FieldType, 'string' | 'bytes' | 'records' | 'struct'>;

const fixed: Record<FixedType, Primitive> = {
  bool: {
    expected: 'a boolean',
    read: (reader) => reader.bool(),
    check: (value) => typeof value === 'boolean',
    write: (writer, value: boolean) => writer.int8(value ? 1 : 0),
    minBytes: 1,
  },
  int8: { ...integer(-0x80, 0x7f), read: (reader) => reader.int8(), write: (writer, value: number) => writer.int8(value), minBytes: 1 },
  int16: {
    ...integer(-0x8000, 0x7fff),
    read: (reader) => reader.int16(),
    write: (writer, value: number) => writer.int16(value),
    minBytes: 2,
  },
  uint16: { ...integer(0, 0xffff), read: (reader) => reader.uint16(), write: (writer, value: number) => writer.int16(value), minBytes: 2 },
  int32: {
    ...integer(-0x8000_0000, 0x7fff_ffff),
    read: (reader) => reader.int32(),
    write: (writer, value: number) => writer.int32(value),
    minBytes: 4,
  },
  uint32: {
    ...integer(0, 0xffff_ffff),
    read: (reader) => reader.uint32(),
    write: (writer, value: number) => writer.int32(value),
    minBytes: 4,
  },
  int64: { ...int64, read: (reader) => reader.int64(), write: (writer, value: number | bigint) => writer.int64(value), minBytes: 8 },
  long: { ...int64, read: (reader) => reader.long(), write: (writer, value: number | bigint) => writer.int64(value), minBytes: 8 },
  float64: {
    expected: 'a number',
    read: (reader) => reader.float64(),
    check: (value) => typeof value === 'number',
    write: (writer, value: number) => writer.float64(value),
    minBytes: 8,
  },
  uuid: {
    expected: 'a UUID of 22 base64url characters',
    read: (reader) => reader.uuid(),
    check: (value) => typeof value === 'string',
    write: (writer, value: string) => writer.uuid(value),
    minBytes: 16,
  },
};

/** int16 length, -1 for null. */
const string: Primitive = {
  expected: 'a string',
  read: (reader) => {
    const length = reader.int16();
    return length < 0 ? null : reader.string(length);
  },
  check: (value) => typeof value === 'string',
  write: (writer, value: string) => writer.string(value),
  writeNull: (writer) => writer.int16(-1),
  minBytes: 2,
};

/** Unsigned varint of length + 1, 0 for null. */
const compactString: Primitive = {
  ...string,
  read: (reader) => {
    const length = reader.uvarint() - 1;
    if (length > 0x7fff) throw new ProtocolError(`A string of ${length} bytes is longer than the protocol carries`);
    return length < 0 ? null : reader.string(length);
  },
  write: (writer, value: string) => writer.compactString(value),
  writeNull: (writer) => writer.uvarint(0),
  minBytes: 1,
};

/** int32 length, -1 for null. */
const bytes: Primitive = {
  expected: 'bytes',
  read: (reader) => {
    const length = reader.int32();
    return length < 0 ? null : reader.bytes(length);
  },
  check: (value) => value instanceof Uint8Array,
  write: (writer, value: Uint8Array) => {
    writer.int32(value.length);
    writer.bytes(value);
  },
  writeNull: (writer) => writer.int32(-1),
  minBytes: 4,
};

/** Unsigned varint of length + 1, 0 for null. */
const compactBytes: Primitive = {
  ...bytes,
  read: (reader) => {
    const length = reader.uvarint() - 1;
    return length < 0 ? null : reader.bytes(length);
  },
  write: (writer, value: Uint8Array) => {
    writer.uvarint(value.length + 1);
    writer.bytes(value);
  },
  writeNull: (writer) => writer.uvarint(0),
  minBytes: 1,
};

export function primitiveOf(type: Exclude<FieldType, 'struct'>, isFlexible: boolean): Primitive {
  if (type === 'string') return isFlexible ? compactString : string;
  if (type === 'bytes' || type === 'records') return isFlexible ? compactBytes : bytes;
  return fixed[type];
}
