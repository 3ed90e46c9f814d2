import { DataError, SchemaBuilderError } from '../errors.ts';
import type { Schema, SchemaType } from '../schema.ts';
import { canonicalValue } from './canonical-value.ts';
import { internSchema, type SchemaAttributes } from './connect-schema.ts';
import { validateValue } from './validate-value.ts';

type Attribute = 'optional' | 'default' | 'name' | 'version' | 'doc';

/**
 * Builds a schema step by step, as in Java: `SchemaBuilder.struct().name('x').field('a', Schemas.STRING).optional().build()`.
 * Each attribute can be set once. `schema.struct({...})` is shorter and knows the type of its values.
 *
 * Throws {@link SchemaBuilderError} with Connect's texts. Source: org.apache.kafka.connect.data.SchemaBuilder
 */
export class SchemaBuilder {
  readonly #type: SchemaType;
  readonly #set: { [A in Attribute]?: unknown } = {};
  readonly #fields: (readonly [string, Schema])[] = [];
  readonly #keySchema: Schema | null;
  readonly #valueSchema: Schema | null;
  #parameters: Record<string, string> | null = null;

  constructor(type: SchemaType, inner: { readonly keySchema?: Schema | null; readonly valueSchema?: Schema | null } = {}) {
    if (type === null || type === undefined) throw new SchemaBuilderError('type cannot be null');
    this.#type = type;
    this.#keySchema = inner.keySchema ?? null;
    this.#valueSchema = inner.valueSchema ?? null;
  }

  static type(type: SchemaType): SchemaBuilder {
    return new SchemaBuilder(type);
  }
  static int8(): SchemaBuilder {
    return new SchemaBuilder('INT8');
  }
  static int16(): SchemaBuilder {
    return new SchemaBuilder('INT16');
  }
  static int32(): SchemaBuilder {
    return new SchemaBuilder('INT32');
  }
  static int64(): SchemaBuilder {
    return new SchemaBuilder('INT64');
  }
  static float32(): SchemaBuilder {
    return new SchemaBuilder('FLOAT32');
  }
  static float64(): SchemaBuilder {
    return new SchemaBuilder('FLOAT64');
  }
  static boolean(): SchemaBuilder {
    return new SchemaBuilder('BOOLEAN');
  }
  static string(): SchemaBuilder {
    return new SchemaBuilder('STRING');
  }
  static bytes(): SchemaBuilder {
    return new SchemaBuilder('BYTES');
  }
  static struct(): SchemaBuilder {
    return new SchemaBuilder('STRUCT');
  }

  static array(valueSchema: Schema): SchemaBuilder {
    if (valueSchema === null || valueSchema === undefined) throw new SchemaBuilderError('valueSchema cannot be null.');
    return new SchemaBuilder('ARRAY', { valueSchema });
  }

  static map(keySchema: Schema, valueSchema: Schema): SchemaBuilder {
    if (keySchema === null || keySchema === undefined) throw new SchemaBuilderError('keySchema cannot be null.');
    if (valueSchema === null || valueSchema === undefined) throw new SchemaBuilderError('valueSchema cannot be null.');
    return new SchemaBuilder('MAP', { keySchema, valueSchema });
  }

  /** A list of which nothing is known: its `valueSchema` is null at run time. For the inference in {@link Values}. */
  static arrayOfNull(): SchemaBuilder {
    return new SchemaBuilder('ARRAY');
  }

  /** A map of which nothing, or only the key, is known: see {@link SchemaBuilder.arrayOfNull}. */
  static mapOfNull(keySchema: Schema | null = null): SchemaBuilder {
    return new SchemaBuilder('MAP', { keySchema });
  }

  optional(): this {
    return this.#once('optional', true);
  }

  required(): this {
    return this.#once('optional', false);
  }

  /** Null means no default. The value must be valid for the schema as it is built so far. */
  defaultValue(value: unknown): this {
    if (value === null || value === undefined) return this;
    if (this.#set.default !== undefined && this.#set.default !== value) throw alreadySet('default');
    const schema = this.#build();
    try {
      validateValue(schema, value);
    } catch (error) {
      if (error instanceof DataError) throw new SchemaBuilderError('Invalid default value', { cause: error });
      throw error;
    }
    return this.#once('default', canonicalValue(schema, value));
  }

  name(name: string): this {
    return this.#once('name', name);
  }

  version(version: number): this {
    return this.#once('version', version);
  }

  doc(doc: string): this {
    return this.#once('doc', doc);
  }

  parameter(name: string, value: string): this {
    this.#parameters = { ...this.#parameters, [name]: value };
    return this;
  }

  parameters(parameters: Readonly<Record<string, string>>): this {
    if (Object.keys(parameters).length > 0) this.#parameters = { ...this.#parameters, ...parameters };
    return this;
  }

  field(name: string, schema: Schema): this {
    if (this.#type !== 'STRUCT') throw new SchemaBuilderError(`Cannot create fields on type ${this.#type}`);
    if (name === null || name === undefined || name === '') throw new SchemaBuilderError('fieldName cannot be null.');
    if (schema === null || schema === undefined) throw new SchemaBuilderError(`fieldSchema for field ${name} cannot be null.`);
    if (this.#fields.some(([known]) => known === name))
      throw new SchemaBuilderError(`Cannot create field because of field name duplication ${name}`);
    this.#fields.push([name, schema]);
    return this;
  }

  build(): Schema {
    return this.#build();
  }

  #build(): Schema {
    return internSchema({
      type: this.#type,
      isOptional: this.#set.optional === true,
      defaultValue: this.#set.default,
      name: (this.#set.name as string | undefined) ?? null,
      version: (this.#set.version as number | undefined) ?? null,
      doc: (this.#set.doc as string | undefined) ?? null,
      parameters: this.#parameters,
      fields: this.#fields,
      keySchema: this.#keySchema,
      valueSchema: this.#valueSchema,
    } satisfies SchemaAttributes);
  }

  #once(attribute: Attribute, value: unknown): this {
    const before = this.#set[attribute];
    if (before !== undefined && before !== value) throw alreadySet(attribute);
    this.#set[attribute] = value;
    return this;
  }
}

function alreadySet(attribute: Attribute): SchemaBuilderError {
  return new SchemaBuilderError(`Invalid SchemaBuilder call: ${attribute} has already been set.`);
}
