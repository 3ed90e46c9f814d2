import type { ConfigDef } from './config/config-def.ts';
import type { Headers } from './headers.ts';
import type { ConnectRecord } from './record.ts';
import type { Schema, SchemaAndValue } from './schema.ts';

/** What a converter writes: text (encoded as UTF-8 straight into the record batch), bytes, or null. */
export type Encoded = string | Uint8Array | null;

/**
 * Between Connect data and bytes; synchronous. A converter that has to wait (a schema not in its cache) does so in `prepareRead` or
 * `prepareWrite`, which the worker asks once for each batch.
 *
 * Source: org.apache.kafka.connect.storage.Converter
 */
export interface Converter {
  /** Throws {@link DataError} for what it cannot write. */
  fromConnectData(topic: string, schema: Schema | null, value: unknown, headers?: Headers): Encoded;
  /** Reads `bytes[start, end)`; `bytes` is null for a null key or value. Must not keep `bytes`: a BYTES value is a copy. Throws {@link DataError}. */
  toConnectData(topic: string, bytes: Buffer | null, start: number, end: number, headers?: Headers): SchemaAndValue;
  prepareRead?(topic: string, values: readonly Uint8Array[]): Promise<void> | undefined;
  prepareWrite?(topic: string, schemas: readonly (Schema | null)[]): Promise<void> | undefined;
  close?(): void;
}

/** Source: org.apache.kafka.connect.storage.HeaderConverter */
export interface HeaderConverter {
  fromConnectHeader(topic: string, key: string, schema: Schema | null, value: unknown): Encoded;
  toConnectHeader(topic: string, key: string, bytes: Buffer | null): SchemaAndValue;
  close?(): void;
}

/** Changes a record, or drops it by returning null. A plain synchronous function of the record. */
export interface Transformation {
  apply<R extends ConnectRecord>(record: R): R | null;
  close?(): void;
}

export interface Predicate {
  test(record: ConnectRecord): boolean;
  close?(): void;
}

/** Where a converter is used: `converter.type` in Java. */
export type ConverterType = 'key' | 'value' | 'header';

export interface ConverterSpec<C = unknown> {
  readonly kind: 'converter';
  readonly class: string;
  readonly aliases?: readonly string[];
  readonly config: ConfigDef<C>;
  create(config: C, context: { readonly type: ConverterType }): Converter;
  /** Where the converter can also be used for headers. */
  createHeader?(config: C): HeaderConverter;
}

export interface HeaderConverterSpec<C = unknown> {
  readonly kind: 'header_converter';
  readonly class: string;
  readonly aliases?: readonly string[];
  readonly config: ConfigDef<C>;
  create(config: C): HeaderConverter;
}

export interface TransformationSpec<C = unknown> {
  readonly kind: 'transformation';
  readonly class: string;
  readonly aliases?: readonly string[];
  readonly config: ConfigDef<C>;
  create(config: C): Transformation;
}

export interface PredicateSpec<C = unknown> {
  readonly kind: 'predicate';
  readonly class: string;
  readonly aliases?: readonly string[];
  readonly config: ConfigDef<C>;
  create(config: C): Predicate;
}
