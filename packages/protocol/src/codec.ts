import { fieldDefault, isDefault } from './defaults.ts';
import { errors, KafkaError } from './kafka-error.ts';
import { primitiveOf, type Primitive } from './primitives.ts';
import { ProtocolError } from './protocol-error.ts';
import { includes, type FieldSchema } from './schema.ts';
import type { Reader } from './wire/reader.ts';
import type { Writer } from './wire/writer.ts';

export type Decode = (reader: Reader) => unknown;
export type Encode = (writer: Writer, value: unknown) => void;
export interface Codec {
  readonly decode: Decode;
  readonly encode: Encode;
  /** The least bytes that a value takes: bounds the count of an array by the bytes that are left. */
  readonly minBytes: number;
}
type Struct = Record<string, unknown>;

/** Composes the codec of a message (or of a struct in it) for one version, out of one closure for each field. */
export function structCodec(fields: readonly FieldSchema[], version: number, isFlexible: boolean, path: string): Codec {
  const plain: { field: FieldSchema; codec: Codec }[] = [];
  const tagged: { field: FieldSchema; codec: Codec }[] = [];
  const absent: FieldSchema[] = [];
  for (const field of fields) {
    if (!includes(field.versions, version)) absent.push(field);
    else (field.tag === undefined ? plain : tagged).push({ field, codec: fieldCodec(field, version, isFlexible, path) });
  }
  tagged.sort((a, b) => a.field.tag! - b.field.tag!);
  const minBytes = plain.reduce((sum, { codec }) => sum + codec.minBytes, isFlexible ? 1 : 0);
  return {
    decode: structDecoder(fields, plain, tagged, isFlexible),
    encode: structEncoder(fields, plain, tagged, absent, isFlexible, version, path),
    minBytes,
  };
}

interface PlacedField {
  readonly field: FieldSchema;
  readonly codec: Codec;
}

function structDecoder(
  fields: readonly FieldSchema[],
  plain: readonly PlacedField[],
  tagged: readonly PlacedField[],
  isFlexible: boolean,
): Decode {
  const names = plain.map(({ field }) => field.name);
  const decoders = plain.map(({ codec }) => codec.decode);
  const byTag = new Map(tagged.map((placed) => [placed.field.tag!, placed]));
  // Every object starts as a copy of this one: all of one message have one shape.
  const template: Struct = {};
  for (const field of fields) template[field.name] = fieldDefault(field);
  const isInPlain = new Set(names);
  // Defaults that are objects must not be shared between messages.
  const fresh = fields.filter((field) => !isInPlain.has(field.name) && (field.isArray || field.type === 'struct'));
  return (reader) => {
    const value = { ...template };
    for (let i = 0; i < fresh.length; i++) value[fresh[i]!.name] = fieldDefault(fresh[i]!);
    for (let i = 0; i < decoders.length; i++) value[names[i]!] = decoders[i]!(reader);
    if (isFlexible) readTaggedFields(reader, byTag, value);
    return value;
  };
}

/** count, then for each: tag, size, bytes. Tags that this version does not know are left out. */
function readTaggedFields(reader: Reader, byTag: ReadonlyMap<number, PlacedField>, value: Struct): void {
  const count = reader.uvarint();
  for (let i = 0; i < count; i++) {
    const tag = reader.uvarint();
    const size = reader.uvarint();
    const start = reader.take(size);
    const placed = byTag.get(tag);
    if (placed === undefined) continue;
    const { end, position } = reader;
    reader.position = start;
    reader.end = position;
    value[placed.field.name] = placed.codec.decode(reader);
    if (reader.position !== position)
      throw new ProtocolError(`Tagged field ${placed.field.name} has ${position - reader.position} bytes too many`);
    reader.end = end;
  }
}

function structEncoder(
  fields: readonly FieldSchema[],
  plain: readonly PlacedField[],
  tagged: readonly PlacedField[],
  absent: readonly FieldSchema[],
  isFlexible: boolean,
  version: number,
  path: string,
): Encode {
  const known = new Set(fields.map((field) => field.name));
  return (writer, input) => {
    if (typeof input !== 'object' || input === null) throw new ProtocolError(`${path} must be an object, not ${String(input)}`);
    const value = input as Struct;
    let seen = 0;
    for (let i = 0; i < plain.length; i++) {
      const { field, codec } = plain[i]!;
      const fieldValue = value[field.name];
      if (fieldValue !== undefined) seen++;
      codec.encode(writer, fieldValue);
    }
    for (let i = 0; i < absent.length; i++) {
      const field = absent[i]!;
      const fieldValue = value[field.name];
      if (fieldValue === undefined) continue;
      seen++;
      if (!field.isIgnorable && !isDefault(field, fieldValue, version)) throw notInVersion(path, field, version);
    }
    if (isFlexible) seen += writeTaggedFields(writer, tagged, value, version);
    // A misspelt field would be sent as the default of the right one.
    if (Object.keys(value).length !== seen) rejectUnknown(value, known, path);
  };
}

function writeTaggedFields(writer: Writer, tagged: readonly PlacedField[], value: Struct, version: number): number {
  let seen = 0;
  let set = 0;
  for (const { field } of tagged) {
    const fieldValue = value[field.name];
    if (fieldValue === undefined) continue;
    seen++;
    if (!isDefault(field, fieldValue, version)) set++;
  }
  writer.uvarint(set);
  if (set === 0) return seen;
  for (const { field, codec } of tagged) {
    const fieldValue = value[field.name];
    if (fieldValue === undefined || isDefault(field, fieldValue, version)) continue;
    writer.uvarint(field.tag!);
    const written = writer.length;
    codec.encode(writer, fieldValue);
    writer.prefixLength(writer.length - written);
  }
  return seen;
}

function rejectUnknown(value: Struct, known: ReadonlySet<string>, path: string): void {
  for (const name of Object.keys(value)) {
    if (!known.has(name)) throw new ProtocolError(`${path} has no field ${name}`);
  }
}

function notInVersion(path: string, field: FieldSchema, version: number): KafkaError {
  return new KafkaError(errors.UNSUPPORTED_VERSION, `Attempted to write a non-default ${field.name} at version ${version} of ${path}`);
}

function fieldCodec(field: FieldSchema, version: number, isFlexible: boolean, parent: string): Codec {
  const path = `${parent}.${field.name}`;
  const isNullable = includes(field.nullable, version);
  const primitive = field.type === 'struct' ? null : primitiveOf(field.type, isFlexible);
  // The default stands in for an omitted field; a null among defaults is legal only where null is.
  const missing = fieldDefault(field);
  if (field.isArray) {
    const element = primitive === null ? structCodec(field.fields, version, isFlexible, path) : elementCodec(primitive, path);
    return withDefault(arrayCodec(element, isFlexible, isNullable, path), missing);
  }
  if (primitive === null) {
    const struct = structCodec(field.fields, version, isFlexible, path);
    return withDefault(isNullable ? nullableStruct(struct) : struct, missing);
  }
  return withDefault(isNullable ? nullablePrimitive(primitive, path) : elementCodec(primitive, path), missing);
}

function withDefault(codec: Codec, missing: unknown): Codec {
  const { encode } = codec;
  return { ...codec, encode: (writer, value) => encode(writer, value === undefined ? missing : value) };
}

function elementCodec(primitive: Primitive, path: string): Codec {
  const { read, check } = primitive;
  return {
    decode: (reader) => {
      const value = read(reader);
      if (value === null) throw new ProtocolError(`${path} is null`);
      return value;
    },
    encode: (writer, value) => {
      if (!check(value)) throw new ProtocolError(`${path} must be ${primitive.expected}, not ${describe(value)}`);
      primitive.write(writer, value);
    },
    minBytes: primitive.minBytes,
  };
}

function nullablePrimitive(primitive: Primitive, path: string): Codec {
  const { encode, minBytes } = elementCodec(primitive, path);
  const { writeNull } = primitive;
  if (writeNull === undefined) throw new Error(`${path}: this type cannot be null`);
  return {
    decode: primitive.read,
    encode: (writer, value) => (value === null ? writeNull(writer) : encode(writer, value)),
    minBytes,
  };
}

/** int8: -1 for null, 1 before a struct. */
function nullableStruct(struct: Codec): Codec {
  return {
    decode: (reader) => (reader.int8() < 0 ? null : struct.decode(reader)),
    encode: (writer, value) => {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) struct.encode(writer, value);
    },
    minBytes: 1,
  };
}

/** int32 count, -1 for null; in flexible versions an unsigned varint of count + 1, 0 for null. */
function arrayCodec(element: Codec, isFlexible: boolean, isNullable: boolean, path: string): Codec {
  const { decode, encode } = element;
  const elementBytes = Math.max(1, element.minBytes);
  return {
    decode: (reader) => {
      const count = isFlexible ? reader.uvarint() - 1 : reader.int32();
      if (count < 0) {
        if (isNullable) return null;
        throw new ProtocolError(`${path} is null`);
      }
      if (count * elementBytes > reader.remaining) throw new ProtocolError(`${path} has ${count} elements in ${reader.remaining} bytes`);
      const values: unknown[] = [];
      for (let i = 0; i < count; i++) values.push(decode(reader));
      return values;
    },
    encode: (writer, value) => {
      if (value === null && isNullable) {
        if (isFlexible) writer.uvarint(0);
        else writer.int32(-1);
        return;
      }
      if (!Array.isArray(value)) throw new ProtocolError(`${path} must be an array, not ${describe(value)}`);
      if (isFlexible) writer.uvarint(value.length + 1);
      else writer.int32(value.length);
      for (let i = 0; i < value.length; i++) encode(writer, value[i]);
    },
    minBytes: isFlexible ? 1 : 4,
  };
}

function describe(value: unknown): string {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return `${typeof value} of length ${value.length}`;
  return typeof value === 'object' && value !== null ? 'object' : String(value);
}
