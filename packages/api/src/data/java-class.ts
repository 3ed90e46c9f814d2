import { Decimal } from './decimal.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The Java class a value without a schema would have, as it stands in Connect's messages: `java.lang.String`, `[B` for bytes. A whole
 * number is a `java.lang.Long`, any other a `java.lang.Double`; a plain object is a map.
 */
export function javaClassName(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'java.lang.String';
    case 'boolean':
      return 'java.lang.Boolean';
    case 'number':
      return Number.isInteger(value) ? 'java.lang.Long' : 'java.lang.Double';
    case 'bigint':
      return value >= INT64_MIN && value <= INT64_MAX ? 'java.lang.Long' : 'java.math.BigInteger';
    case 'object':
      break;
    default:
      return typeof value;
  }
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return '[B';
  if (Array.isArray(value)) return 'java.util.ArrayList';
  if (value instanceof Date) return 'java.util.Date';
  if (Decimal.is(value)) return 'java.math.BigDecimal';
  return 'java.util.HashMap';
}
