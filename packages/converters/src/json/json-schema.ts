import { DataError, type Schema, SchemaBuilder, SchemaBuilderError } from '@sluice/api';
import { isJsonObject, quote } from './json-text.ts';

const typeNames = {
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BOOLEAN: 'boolean',
  STRING: 'string',
  BYTES: 'bytes',
  ARRAY: 'array',
  MAP: 'map',
  STRUCT: 'struct',
} as const;

/** Writes a default value of a schema as JSON text. */
export type DefaultWriter = (schema: Schema, value: unknown) => string;
/** Reads a default value of a schema from parsed JSON. */
export type DefaultReader = (schema: Schema, node: unknown) => unknown;

/**
 * The text of a schema inside an envelope: `type`, its parts, `optional`, `name`, `version`, `doc`, `parameters`, `default`, and for a
 * struct's field `field` at the end.
 *
 * Source: org.apache.kafka.connect.json.JsonConverter#asJsonSchema
 */
export function writeJsonSchema(schema: Schema | null, writeDefault: DefaultWriter): string {
  return schema === null ? 'null' : `{${members(schema, writeDefault)}}`;
}

function members(schema: Schema, writeDefault: DefaultWriter): string {
  let text = `"type":"${typeNames[schema.type]}"`;
  if (schema.type === 'ARRAY') text += `,"items":${writeJsonSchema(schema.valueSchema, writeDefault)}`;
  if (schema.type === 'MAP') {
    text += `,"keys":${writeJsonSchema(schema.keySchema, writeDefault)},"values":${writeJsonSchema(schema.valueSchema, writeDefault)}`;
  }
  if (schema.type === 'STRUCT') {
    const fields = schema.fields.map((field) => `{${members(field.schema, writeDefault)},"field":${quote(field.name)}}`);
    text += `,"fields":[${fields.join(',')}]`;
  }
  text += `,"optional":${schema.isOptional}`;
  if (schema.name !== null) text += `,"name":${quote(schema.name)}`;
  if (schema.version !== null) text += `,"version":${schema.version}`;
  if (schema.doc !== null) text += `,"doc":${quote(schema.doc)}`;
  if (schema.parameters !== null) {
    const parameters = Object.entries(schema.parameters).map(([name, value]) => `${quote(name)}:${quote(value)}`);
    text += `,"parameters":{${parameters.join(',')}}`;
  }
  if (schema.defaultValue !== undefined) text += `,"default":${writeDefault(schema, schema.defaultValue)}`;
  return text;
}

/**
 * The schema an envelope's `schema` member describes; null for JSON null. Throws a DataError with Connect's text.
 *
 * Source: org.apache.kafka.connect.json.JsonConverter#asConnectSchema
 */
export function readJsonSchema(node: unknown, readDefault: DefaultReader): Schema | null {
  if (node === null || node === undefined) return null;
  const type = isJsonObject(node) ? own(node, 'type') : undefined;
  if (!isJsonObject(node) || typeof type !== 'string') throw new DataError("Schema must contain 'type' field");
  const builder = builderOf(type, node, readDefault);
  if (own(node, 'optional') === true) builder.optional();
  const name = own(node, 'name');
  if (typeof name === 'string') builder.name(name);
  const version = own(node, 'version');
  if (typeof version === 'number') builder.version(version);
  const doc = own(node, 'doc');
  if (typeof doc === 'string') builder.doc(doc);
  const parameters = own(node, 'parameters');
  if (isJsonObject(parameters)) {
    for (const [key, value] of Object.entries(parameters)) {
      if (typeof value !== 'string') throw new DataError('Schema parameters must have string values.');
      builder.parameter(key, value);
    }
  }
  const defaultNode = own(node, 'default');
  if (defaultNode !== undefined) {
    const schema = builder.build();
    const value = readDefault(schema, defaultNode);
    if (value === null && !schema.isOptional) throw new SchemaBuilderError('Invalid default value');
    builder.defaultValue(value);
  }
  return builder.build();
}

function builderOf(type: string, node: Record<string, unknown>, readDefault: DefaultReader): SchemaBuilder {
  switch (type) {
    case 'int8':
      return SchemaBuilder.int8();
    case 'int16':
      return SchemaBuilder.int16();
    case 'int32':
      return SchemaBuilder.int32();
    case 'int64':
      return SchemaBuilder.int64();
    case 'float':
      return SchemaBuilder.float32();
    case 'double':
      return SchemaBuilder.float64();
    case 'boolean':
      return SchemaBuilder.boolean();
    case 'string':
      return SchemaBuilder.string();
    case 'bytes':
      return SchemaBuilder.bytes();
    case 'array':
      return SchemaBuilder.array(part(node, 'items', 'Array schema did not specify the element type', readDefault));
    case 'map':
      return SchemaBuilder.map(
        part(node, 'keys', 'Map schema did not specify the key type', readDefault),
        part(node, 'values', 'Map schema did not specify the value type', readDefault),
      );
    case 'struct':
      return structBuilder(node, readDefault);
    default:
      throw new DataError(`Unknown schema type: ${type}`);
  }
}

function part(node: Record<string, unknown>, name: string, missing: string, readDefault: DefaultReader): Schema {
  const schema = readJsonSchema(own(node, name), readDefault);
  if (schema === null) throw new DataError(missing);
  return schema;
}

function structBuilder(node: Record<string, unknown>, readDefault: DefaultReader): SchemaBuilder {
  const fields = own(node, 'fields');
  if (!Array.isArray(fields)) throw new DataError('Struct schema\'s "fields" argument is not an array.');
  const builder = SchemaBuilder.struct();
  for (const field of fields as readonly unknown[]) {
    const name = isJsonObject(field) ? own(field, 'field') : undefined;
    if (typeof name !== 'string') throw new DataError("Struct schema's field name not specified properly");
    const schema = readJsonSchema(field, readDefault);
    if (schema !== null) builder.field(name, schema);
  }
  return builder;
}

function own(node: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(node, name) ? node[name] : undefined;
}
