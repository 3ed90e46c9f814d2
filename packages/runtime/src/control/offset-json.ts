/*
 * JSON as Connect's internal converter (Jackson) writes and reads it: offsets must come back as they went, and the bytes of a
 * key are what it is looked up by.
 */
import { DataError, javaDouble } from '@sluice/api';

/**
 * The JSON text of a source partition or offset with Jackson's bytes: no blanks, control characters as `\u001F` (upper case), characters
 * beyond the basic plane as escaped surrogate pairs, bigints in full, fractions in Java's form (`1.0E10`), bytes in base64.
 *
 * Source: org.apache.kafka.connect.json.JsonConverter with schemas.enable=false
 */
export function stringifyOffsetJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return jacksonString(value);
  if (typeof value === 'number') return jacksonNumber(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') throw new DataError(`Offsets cannot hold a ${typeof value}`);
  if (Array.isArray(value)) return `[${value.map(stringifyOffsetJson).join(',')}]`;
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  const members = Object.entries(value).map(([key, member]) => `${jacksonString(key)}:${stringifyOffsetJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Reads JSON without rounding: a whole number beyond 2^53 becomes a bigint. Throws a SyntaxError. */
export function parseOffsetJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value;
    return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
  });
}

/**
 * One text for all forms of a partition that mean the same: members sorted. Connectors written for another language or
 * version put members in another order, and the position must be found again.
 */
export function canonicalOffsetJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalOffsetJson).join(',')}]`;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return stringifyOffsetJson(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, member]) => `${jacksonString(key)}:${canonicalOffsetJson(member)}`).join(',')}}`;
}

function jacksonString(text: string): string {
  // The first alternative keeps an escaped backslash together, so that `\\u001f` in the text is not taken for an escape.
  return JSON.stringify(text).replace(/\\\\|\\u[0-9a-f]{4}|[\ud800-\udbff][\udc00-\udfff]/g, (match) => {
    if (match === '\\\\') return match;
    return match[0] === '\\' ? `\\u${match.slice(2).toUpperCase()}` : match.split('').map(escapedUnit).join('');
  });
}

function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).toUpperCase()}`;
}

function jacksonNumber(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : String(value);
  if (!Number.isFinite(value)) return `"${value}"`;
  return javaDouble(value);
}

/**
 * A source partition or offset is a flat object: anything deeper could not be compared and is refused.
 *
 * Source: org.apache.kafka.connect.storage.OffsetUtils.validateFormat
 */
export function checkOffsetFormat(offset: unknown): void {
  if (offset === null) return;
  if (typeof offset !== 'object' || Array.isArray(offset)) throw new DataError('Offsets must be specified as a Map');
  for (const [field, value] of Object.entries(offset)) {
    if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
      throw new DataError(
        `Offsets may only contain primitive types as values, but field ${field} contains ${Array.isArray(value) ? 'ARRAY' : 'MAP'}`,
      );
    }
  }
}
