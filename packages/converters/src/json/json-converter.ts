import {
  boolean,
  type ConfigOf,
  type Converter,
  converter,
  DataError,
  defineConfig,
  type Encoded,
  int,
  type Schema,
  type SchemaAndValue,
  string,
} from '@sluice/api';
import { isUtf8 } from 'node:buffer';
import { utf8Text } from '../buffer-slices.ts';
import { headerConverterOf } from '../header-converter.ts';
import { splitEnvelope } from './json-envelope.ts';
import { parseExact } from './json-parser.ts';
import { createReader, NumbersTooCoarse, type Reader } from './json-reader.ts';
import { readJsonSchema, writeJsonSchema } from './json-schema.ts';
import { isJsonObject } from './json-text.ts';
import { createWriter, type Writer, writeSchemaless } from './json-writer.ts';
import { SchemaCache } from './schema-cache.ts';

const config = defineConfig({
  'schemas.enable': boolean({
    default: true,
    importance: 'high',
    group: 'Schemas',
    displayName: 'Enable Schemas',
    doc: 'Whether a schema goes with every key and value, as {"schema": …, "payload": …}.',
  }),
  'schemas.cache.size': int({
    default: 1000,
    importance: 'high',
    group: 'Schemas',
    displayName: 'Schema Cache Size',
    doc: 'How many schemas are remembered in each direction.',
  }),
  'schema.content': string({
    default: null,
    importance: 'high',
    group: 'Schemas',
    displayName: 'Schema Content',
    doc: 'The JSON of one schema for all messages, which then are read as payloads without an envelope. Only with schemas.enable, and only for reading.',
  }),
  'decimal.format': string({
    default: 'BASE64',
    oneOf: ['BASE64', 'NUMERIC'],
    ignoreCase: true,
    importance: 'low',
    group: 'Serialization',
    displayName: 'Decimal Format',
    doc: 'How decimals are written: as the BASE64 of their bytes or as a NUMERIC value. Any case. Both are read.',
  }),
  'replace.null.with.default': boolean({
    default: true,
    importance: 'low',
    group: 'Serialization',
    displayName: 'Replace null with default',
    doc: 'Whether a null whose schema has a default is replaced by that default.',
  }),
});

export interface JsonConverterConfig extends ConfigOf<typeof config> {}

const NULL: SchemaAndValue = Object.freeze({ schema: null, value: null });
const readFailure = 'Converting byte[] to Kafka Connect data failed due to serialization error: ';
const writeFailure = 'Converting Kafka Connect data to byte[] failed due to serialization error: ';
const notAnEnvelope =
  'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ' +
  'If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.';
// A whole number of 16 digits may be beyond 2^53, where JSON.parse rounds. Inside strings it may hit for nothing, which only costs time.
const longNumber = /(?:^|[:,[\s-])\d{16}/;

interface WritePlan {
  readonly prefix: string;
  readonly suffix: string;
  readonly write: Writer;
}

/** How payloads of one schema are read. */
interface ReadPlan {
  readonly schema: Schema | null;
  readonly read: Reader | null;
  /** Made when a payload first needs it; from then on every payload of the schema is parsed exactly. */
  readExact: Reader | null;
}

/** The bytes up to the payload of an envelope, as a record of this topic had them last. */
interface EnvelopeHead {
  readonly bytes: Buffer;
  readonly plan: ReadPlan;
}

/** Source: org.apache.kafka.connect.json.JsonConverter */
class JsonConverter implements Converter {
  readonly #schemasEnabled: boolean;
  readonly #options: { readonly decimalFormat: 'BASE64' | 'NUMERIC'; readonly replaceNullWithDefault: boolean };
  readonly #writePlans: SchemaCache<Schema, WritePlan>;
  readonly #readPlans: SchemaCache<string, ReadPlan>;
  readonly #heads: SchemaCache<string, EnvelopeHead>;
  readonly #fixedPlan: ReadPlan | null;
  #lastSchema: Schema | null = null;
  #lastWritePlan: WritePlan | null = null;
  #lastTopic: string | null = null;
  #lastHead: EnvelopeHead | null = null;

  constructor(settings: JsonConverterConfig) {
    this.#schemasEnabled = settings['schemas.enable'];
    this.#options = {
      decimalFormat: settings['decimal.format'].toUpperCase() === 'NUMERIC' ? 'NUMERIC' : 'BASE64',
      replaceNullWithDefault: settings['replace.null.with.default'],
    };
    const cacheSize = settings['schemas.cache.size'];
    this.#writePlans = new SchemaCache(cacheSize);
    this.#readPlans = new SchemaCache(cacheSize);
    this.#heads = new SchemaCache(cacheSize);
    const content = settings['schema.content'];
    this.#fixedPlan = this.#schemasEnabled && content !== null && content !== '' ? this.#planOfContent(content) : null;
  }

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Encoded {
    try {
      if (schema === null) {
        if (value === null || value === undefined) return null;
        const text = writeSchemaless(value);
        return this.#schemasEnabled ? `{"schema":null,"payload":${text}}` : text;
      }
      const plan = schema === this.#lastSchema ? this.#lastWritePlan! : this.#writePlan(schema);
      return plan.prefix + plan.write(value) + plan.suffix;
    } catch (error) {
      throw error instanceof DataError ? error : new DataError(writeFailure, { cause: error });
    }
  }

  toConnectData(topic: string, bytes: Buffer | null, start: number, end: number): SchemaAndValue {
    if (bytes === null) return NULL;
    try {
      if (!this.#schemasEnabled) return { schema: null, value: parse(textOf(bytes, start, end)) ?? null };
      if (this.#fixedPlan !== null) return this.#readPayload(this.#fixedPlan, textOf(bytes, start, end), false);
      return this.#readEnvelope(topic, bytes, start, end);
    } catch (error) {
      throw error instanceof DataError ? error : new DataError(readFailure, { cause: error });
    }
  }

  #writePlan(schema: Schema): WritePlan {
    let plan = this.#writePlans.get(schema);
    if (plan === undefined) {
      const write = createWriter(schema, this.#options);
      const prefix = this.#schemasEnabled
        ? `{"schema":${writeJsonSchema(schema, (inner, value) => createWriter(inner, this.#options)(value))},"payload":`
        : '';
      plan = { prefix, suffix: this.#schemasEnabled ? '}' : '', write };
      this.#writePlans.set(schema, plan);
    }
    this.#lastSchema = schema;
    this.#lastWritePlan = plan;
    return plan;
  }

  #readEnvelope(topic: string, bytes: Buffer, start: number, end: number): SchemaAndValue {
    const head = topic === this.#lastTopic ? this.#lastHead : (this.#heads.get(topic) ?? null);
    this.#lastTopic = topic;
    this.#lastHead = head;
    const last = lastBrace(bytes, start, end);
    if (head !== null && last !== -1) {
      const payloadStart = start + head.bytes.length;
      if (payloadStart < last && head.bytes.compare(bytes, start, payloadStart) === 0) {
        const read = this.#tryPayload(head.plan, textOf(bytes, payloadStart, last));
        if (read !== null) return read;
      }
    }
    const text = textOf(bytes, start, end);
    const parts = last === -1 ? null : splitEnvelope(text);
    if (parts !== null) {
      const plan = this.#planOfText(parts.schema);
      const read = plan === null ? null : this.#tryPayload(plan, text.slice(parts.payloadStart, text.lastIndexOf('}')));
      if (read !== null) {
        this.#lastHead = { bytes: Buffer.from(text.slice(0, parts.payloadStart)), plan: plan! };
        this.#heads.set(topic, this.#lastHead);
        return read;
      }
    }
    return this.#readWhole(text);
  }

  /** An envelope that is not laid out as most are: the payload first, further members, text behind it. */
  #readWhole(text: string): SchemaAndValue {
    const envelope = parseExact(text, { fractions: true });
    if (
      !isJsonObject(envelope) ||
      Object.keys(envelope).length !== 2 ||
      !Object.hasOwn(envelope, 'schema') ||
      !Object.hasOwn(envelope, 'payload')
    ) {
      throw new DataError(notAnEnvelope);
    }
    const schema = this.#schemaOf(envelope['schema']);
    if (schema !== null) return { schema, value: this.#reader(schema, true)(envelope['payload']) };
    // Only for schemaless payloads: their fractions are plain numbers.
    const plain = parseExact(text, { fractions: false }) as Record<string, unknown>;
    return { schema: null, value: plain['payload'] ?? null };
  }

  /** Reads the payload where its text is one JSON value; null where it is not, so that the envelope is not what it seemed. */
  #tryPayload(plan: ReadPlan, text: string): SchemaAndValue | null {
    try {
      return this.#readPayload(plan, text, true);
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }

  #readPayload(plan: ReadPlan, text: string, isWhole: boolean): SchemaAndValue {
    if (plan.read === null) return { schema: null, value: parse(text, isWhole) ?? null };
    if (plan.readExact === null && !longNumber.test(text)) {
      try {
        return { schema: plan.schema, value: plan.read(parse(text, isWhole)) };
      } catch (error) {
        if (!(error instanceof NumbersTooCoarse)) throw error;
        plan.readExact = this.#reader(plan.schema!, true);
      }
    }
    const read = plan.readExact ?? this.#reader(plan.schema!, true);
    return { schema: plan.schema, value: read(parseExact(text, { fractions: true, whole: isWhole })) };
  }

  #planOfText(schemaText: string): ReadPlan | null {
    const known = this.#readPlans.get(schemaText);
    if (known !== undefined) return known;
    let node: unknown;
    try {
      node = parseExact(schemaText, { fractions: true, whole: true });
    } catch {
      // The whole text is parsed next and says where the mistake is.
      return null;
    }
    const plan = this.#plan(this.#schemaOf(node));
    this.#readPlans.set(schemaText, plan);
    return plan;
  }

  #planOfContent(content: string): ReadPlan {
    try {
      return this.#plan(this.#schemaOf(parseExact(content, { fractions: true })));
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw new DataError('Failed to parse schema in converter config due to serialization error: ', { cause: error });
    }
  }

  #plan(schema: Schema | null): ReadPlan {
    return { schema, read: schema === null ? null : this.#reader(schema, false), readExact: null };
  }

  #reader(schema: Schema, exact: boolean): Reader {
    return createReader(schema, { replaceNullWithDefault: this.#options.replaceNullWithDefault, exact });
  }

  #schemaOf(node: unknown): Schema | null {
    return readJsonSchema(node, (inner, value) => this.#reader(inner, true)(value));
  }
}

/** JSON.parse where it loses nothing, the exact parser elsewhere; undefined for blank text. */
function parse(text: string, isWhole = false): unknown {
  if (!longNumber.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // What JSON.parse refuses may still be valid here: leading zeros, text behind the value.
    }
  }
  return parseExact(text, { fractions: false, whole: isWhole });
}

function textOf(bytes: Buffer, start: number, end: number): string {
  const text = utf8Text(bytes, start, end);
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) throw new SyntaxError('Invalid UTF-8');
  return text;
}

/** Index of the brace that ends the text, blanks behind it not counted; -1 where it ends otherwise. */
function lastBrace(bytes: Buffer, start: number, end: number): number {
  let last = end - 1;
  while (last >= start && bytes[last]! <= 0x20) last--;
  return bytes[last] === 0x7d && last >= start ? last : -1;
}

/**
 * JSON, with the schema beside each value (`schemas.enable`, the default) or without. Writes the bytes Java's converter writes.
 *
 * Source: org.apache.kafka.connect.json.JsonConverter
 */
export const jsonConverter = converter({
  class: 'org.apache.kafka.connect.json.JsonConverter',
  config,
  create: (settings: JsonConverterConfig) => new JsonConverter(settings),
  createHeader: (settings: JsonConverterConfig) => headerConverterOf(new JsonConverter(settings)),
});
