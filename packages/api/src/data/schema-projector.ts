import { DataError } from '../errors.ts';
import type { Schema, SchemaType } from '../schema.ts';
import { ownValue, structOf } from './struct.ts';

const numericOrder: readonly SchemaType[] = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64'];

/**
 * A value of one version of a schema as one of another: numbers are widened, new fields get their defaults, fields that are gone are left
 * out. Throws a {@link DataError} with Connect's texts where the two do not fit.
 *
 * Source: org.apache.kafka.connect.data.SchemaProjector#project
 */
export function project(source: Schema, value: unknown, target: Schema): unknown {
  checkMaybeCompatible(source, target);
  if (source.isOptional && !target.isOptional) {
    if (target.defaultValue === undefined)
      throw new DataError('Writer schema is optional, however, target schema does not provide a default value.');
    return value === null || value === undefined ? target.defaultValue : projectRequired(source, value, target);
  }
  return value === null || value === undefined ? null : projectRequired(source, value, target);
}

function projectRequired(source: Schema, value: unknown, target: Schema): unknown {
  switch (target.type) {
    case 'STRUCT':
      return projectStruct(source, value as object, target);
    case 'ARRAY':
      return (value as readonly unknown[]).map((item) => project(source.valueSchema, item, target.valueSchema));
    case 'MAP':
      return projectMap(source, value as object, target);
    case 'FLOAT32':
    case 'FLOAT64':
      return typeof value === 'bigint' ? Number(value) : value;
    default:
      return value;
  }
}

function projectMap(source: Schema, value: object, target: Schema): unknown {
  const entries: readonly (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  const projected = entries.map(
    ([key, item]) => [project(source.keySchema, key, target.keySchema), project(source.valueSchema, item, target.valueSchema)] as const,
  );
  return value instanceof Map ? new Map(projected) : structOf(projected as (readonly [string, unknown])[]);
}

function projectStruct(source: Schema, value: object, target: Schema): unknown {
  return structOf(
    target.fields.map((field) => [field.name, projectField(source, value, { name: field.name, schema: field.schema })] as const),
  );
}

function projectField(source: Schema, value: object, target: { readonly name: string; readonly schema: Schema }): unknown {
  const from = source.field(target.name);
  if (from === null) {
    if (target.schema.isOptional) return target.schema.defaultValue ?? null;
    if (target.schema.defaultValue !== undefined) return target.schema.defaultValue;
    throw new DataError(`Required field \`${target.name}\` is missing from source schema: ${String(source)}`);
  }
  try {
    const item = ownValue(value, target.name) ?? from.schema.defaultValue ?? null;
    return project(from.schema, item, target.schema);
  } catch (error) {
    if (error instanceof DataError) throw new DataError(`Error projecting ${target.name}`, { cause: error });
    throw error;
  }
}

function checkMaybeCompatible(source: Schema, target: Schema): void {
  if (source.type !== target.type && !isPromotable(source.type, target.type)) {
    throw new DataError(`Schema type mismatch. source type: ${source.type} and target type: ${target.type}`);
  }
  if (source.name !== target.name) throw new DataError(`Schema name mismatch. source name: ${source.name} and target name: ${target.name}`);
  if (!sameParameters(source.parameters, target.parameters)) {
    throw new DataError(
      `Schema parameters not equal. source parameters: ${shown(source.parameters)} and target parameters: ${shown(target.parameters)}`,
    );
  }
}

function isPromotable(source: SchemaType, target: SchemaType): boolean {
  const from = numericOrder.indexOf(source);
  return from >= 0 && from <= numericOrder.indexOf(target);
}

type Parameters = Schema['parameters'];

function sameParameters(a: Parameters, b: Parameters): boolean {
  if (a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function shown(parameters: Parameters): string {
  if (parameters === null) return 'null';
  return `{${Object.entries(parameters)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')}}`;
}

export const SchemaProjector = { project } as const;
