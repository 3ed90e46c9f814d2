import { structCodec, type Codec } from './codec.ts';
import { apis, messages, requests, responses } from './generated/messages.ts';
import type { ApiName, MessageName, Messages, Requests, Responses } from './generated/types.ts';
import { errors, kafkaError } from './kafka-error.ts';
import { parseTable, type FieldSchema } from './schema.ts';
import { Reader } from './wire/reader.ts';
import { Writer } from './wire/writer.ts';

/**
 * What an encoder takes: every field may be left out and is then the default of Kafka's definition. int64 fields also
 * take a bigint.
 */
export type Input<T> = T extends Uint8Array
  ? Uint8Array
  : T extends number
    ? number | bigint
    : T extends string | boolean | bigint | null
      ? T
      : T extends readonly (infer E)[]
        ? readonly Input<E>[]
        : { readonly [K in keyof T]?: Input<T[K]> | undefined };

export interface RequestHeader {
  readonly correlationId: number;
  readonly clientId: string | null;
}

export interface DecodedHeader extends RequestHeader {
  readonly apiKey: number;
  /** null for an API that the tables do not have. */
  readonly api: ApiName | null;
  readonly version: number;
}

/** A request with its name, so that a switch over `api` knows the type of `body`. */
export type DecodedRequest = {
  [A in ApiName]: {
    readonly api: A;
    readonly version: number;
    readonly correlationId: number;
    readonly clientId: string | null;
    readonly body: Requests[A];
  };
}[ApiName];

const apiByKey: ReadonlyMap<number, ApiName> = new Map((Object.keys(apis) as ApiName[]).map((name) => [apis[name].key, name]));
const schemas = new Map<string, FieldSchema[]>();
const codecs = new Map<string, Codec>();
const writer = new Writer();

/** The name of an API's key, or null when the tables do not have it. */
export function apiOfKey(key: number): ApiName | null {
  return apiByKey.get(key) ?? null;
}

/**
 * A request with its header and its four bytes of size.
 * Throws ProtocolError for a value that its field cannot hold and for a field that the message does not have, and
 * KafkaError UNSUPPORTED_VERSION where the version lacks a field that was set and may not be ignored.
 */
export function encodeRequest<A extends ApiName>(api: A, version: number, header: RequestHeader, body: Input<Requests[A]>): Buffer {
  const codec = requestCodec(api, version);
  writer.begin();
  writer.int32(0);
  writer.int16(apis[api].key);
  writer.int16(version);
  writer.int32(header.correlationId);
  // The client id keeps its old form even in the flexible header.
  if (header.clientId === null) writer.int16(-1);
  else writer.string(header.clientId);
  if (version >= apis[api].flexibleFrom) writer.uvarint(0);
  codec.encode(writer, body);
  return finishFrame();
}

/** A response with its header and its four bytes of size; errors as in encodeRequest. */
export function encodeResponse<A extends ApiName>(api: A, version: number, correlationId: number, body: Input<Responses[A]>): Buffer {
  const codec = responseCodec(api, version);
  writer.begin();
  writer.int32(0);
  writer.int32(correlationId);
  if (hasTaggedResponseHeader(api, version)) writer.uvarint(0);
  codec.encode(writer, body);
  return finishFrame();
}

function finishFrame(): Buffer {
  const frame = writer.finish();
  frame.writeInt32BE(frame.length - 4, 0);
  return frame;
}

/** The header of a request's frame (without its size), also of APIs and versions that cannot be decoded. */
export function decodeRequestHeader(frame: Buffer): DecodedHeader {
  return readRequestHeader(new Reader(frame));
}

function readRequestHeader(reader: Reader): DecodedHeader {
  const apiKey = reader.int16();
  const version = reader.int16();
  const correlationId = reader.int32();
  const length = reader.int16();
  const clientId = length < 0 ? null : reader.string(length);
  return { apiKey, api: apiOfKey(apiKey), version, correlationId, clientId };
}

/**
 * Reads a request's frame (without its size). Bytes fields are views of the frame.
 * Throws KafkaError UNSUPPORTED_VERSION for an API or version that the tables do not have: decodeRequestHeader tells
 * what to answer, which for ApiVersions is a response of version 0 with that code.
 */
export function decodeRequest(frame: Buffer): DecodedRequest {
  const reader = new Reader(frame);
  const { api, apiKey, version, correlationId, clientId } = readRequestHeader(reader);
  if (api === null) throw kafkaError('UNSUPPORTED_VERSION', `API key ${apiKey} is not known`);
  const codec = requestCodec(api, version);
  if (version >= apis[api].flexibleFrom) skipTaggedFields(reader);
  const body = codec.decode(reader);
  return { api, version, correlationId, clientId, body } as DecodedRequest;
}

/** Reads a response's frame (without its size). Bytes fields are views of the frame. */
export function decodeResponse<A extends ApiName>(
  api: A,
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly body: Responses[A] } {
  const reader = new Reader(frame);
  const correlationId = reader.int32();
  if (hasTaggedResponseHeader(api, version)) skipTaggedFields(reader);
  // A broker that does not know the version asked for says so in version 0 (KIP-511).
  const isVersionRefused = api === 'ApiVersions' && reader.remaining >= 2 && frame.readInt16BE(4) === errors.UNSUPPORTED_VERSION.code;
  const codec = responseCodec(api, isVersionRefused ? 0 : version);
  return { correlationId, body: codec.decode(reader) as Responses[A] };
}

/** The correlation id of a response's frame, to find what it answers. */
export function correlationIdOf(frame: Buffer): number {
  return new Reader(frame).int32();
}

/** A message that travels in the bytes of another, after two bytes of version (Java: MessageUtil.toVersionPrefixedByteBuffer). */
export function encodeMessage<M extends MessageName>(name: M, version: number, body: Input<Messages[M]>): Buffer {
  const codec = messageCodec(name, version);
  writer.begin();
  writer.int16(version);
  codec.encode(writer, body);
  return writer.finish();
}

/** Reads what encodeMessage writes. A newer version is read as the newest known one, as Java's ConsumerProtocol does. */
export function decodeMessage<M extends MessageName>(name: M, buffer: Buffer): { readonly version: number; readonly body: Messages[M] } {
  const reader = new Reader(buffer);
  const version = reader.int16();
  const codec = messageCodec(name, Math.min(version, messages[name].maxVersion));
  return { version, body: codec.decode(reader) as Messages[M] };
}

/** Answers to ApiVersions never have one: the client does not know yet what the broker speaks. */
function hasTaggedResponseHeader(api: ApiName, version: number): boolean {
  return api !== 'ApiVersions' && version >= apis[api].flexibleFrom;
}

function skipTaggedFields(reader: Reader): void {
  const count = reader.uvarint();
  for (let i = 0; i < count; i++) {
    reader.uvarint();
    reader.take(reader.uvarint());
  }
}

function requestCodec(api: ApiName, version: number): Codec {
  return codecOf(`${api}Request`, requests[api], version, apis[api]);
}

function responseCodec(api: ApiName, version: number): Codec {
  return codecOf(`${api}Response`, responses[api], version, apis[api]);
}

function messageCodec(name: MessageName, version: number): Codec {
  return codecOf(name, messages[name].fields, version, { ...messages[name], flexibleFrom: Infinity });
}

function codecOf(
  name: string,
  table: string,
  version: number,
  range: { minVersion: number; maxVersion: number; flexibleFrom: number },
): Codec {
  const key = name + version;
  const made = codecs.get(key);
  if (made !== undefined) return made;
  if (!Number.isInteger(version) || version < range.minVersion || version > range.maxVersion) {
    throw kafkaError('UNSUPPORTED_VERSION', `${name} has versions ${range.minVersion} to ${range.maxVersion}, not ${version}`);
  }
  let schema = schemas.get(name);
  if (schema === undefined) {
    schema = parseTable(table);
    schemas.set(name, schema);
  }
  const codec = structCodec(schema, version, version >= range.flexibleFrom, name);
  codecs.set(key, codec);
  return codec;
}
