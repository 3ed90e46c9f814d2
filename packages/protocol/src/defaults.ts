import { includes, type FieldSchema } from './schema.ts';

/** Kafka's UUID of zeros: no topic id. */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA';

// It has no bytes that could be changed, so it may be shared.
const emptyBytes = Buffer.alloc(0);

/** The value of a field that is not there. Arrays and structs are new each time. */
export function fieldDefault(field: FieldSchema): unknown {
  const { type, defaultText } = field;
  if (defaultText === 'null') return null;
  if (field.isArray) return [];
  if (type === 'struct') {
    const value: Record<string, unknown> = {};
    for (const inner of field.fields) value[inner.name] = fieldDefault(inner);
    return value;
  }
  if (type === 'bool') return defaultText === 'true';
  if (type === 'string') return defaultText ?? '';
  if (type === 'uuid') return zeroUuid;
  if (type === 'bytes') return emptyBytes;
  if (type === 'records') return null;
  const number = Number(defaultText ?? '0');
  return type === 'long' && !Number.isSafeInteger(number) ? BigInt(defaultText ?? '0') : number;
}

/** Whether a value is what a reader would fill in for a field that is not there. */
export function isDefault(field: FieldSchema, value: unknown, version: number): boolean {
  const { type, defaultText } = field;
  if (value === null) return defaultText === 'null' || type === 'records';
  if (field.isArray || type === 'bytes') return defaultText !== 'null' && (value as ArrayLike<unknown>).length === 0;
  if (type === 'struct') {
    return defaultText !== 'null' && field.fields.every((inner) => isInnerDefault(inner, value as Record<string, unknown>, version));
  }
  if (typeof value === 'bigint') return value === BigInt(defaultText ?? '0');
  return type !== 'records' && value === fieldDefault(field);
}

function isInnerDefault(field: FieldSchema, struct: Record<string, unknown>, version: number): boolean {
  const value = struct[field.name];
  return value === undefined || !includes(field.versions, version) || isDefault(field, value, version);
}
