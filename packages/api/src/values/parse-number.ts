import { int64 } from '../data/canonical-value.ts';
import { Decimal } from '../data/decimal.ts';
import { LogicalTypes } from '../data/logical-types.ts';
import { Schemas } from '../data/schemas.ts';
import type { SchemaAndValue } from '../schema.ts';

/**
 * A number as the smallest type that holds it: INT8 to INT64 for a whole value, however it is written; else FLOAT32 where it is finite there
 * (even if inexact), then FLOAT64, then Decimal. Whole numbers without exponent that exceed INT64 are Decimals. Null for what is no number.
 */
export function parseNumber(token: string): SchemaAndValue | null {
  const decimal = Decimal.tryParse(asciiDigits(token));
  if (decimal === null) return null;
  const whole = exactInteger(decimal);
  if (whole !== null) {
    if (BigInt.asIntN(8, whole) === whole) return { schema: Schemas.INT8, value: Number(whole) };
    if (BigInt.asIntN(16, whole) === whole) return { schema: Schemas.INT16, value: Number(whole) };
    if (BigInt.asIntN(32, whole) === whole) return { schema: Schemas.INT32, value: Number(whole) };
    return { schema: Schemas.INT64, value: int64(whole) };
  }
  if (decimal.scale !== 0) {
    const double = decimal.toNumber();
    const float = Math.fround(double);
    if (Number.isFinite(float)) return { schema: Schemas.FLOAT32, value: float };
    if (Number.isFinite(double)) return { schema: Schemas.FLOAT64, value: double };
  }
  return { schema: LogicalTypes.decimal(decimal.scale), value: decimal };
}

/** The value of a decimal without fraction within 64 bits, else null. Decides by length first: `1e1000000000` is never written out. */
function exactInteger(decimal: Decimal): bigint | null {
  if (decimal.unscaled === 0n) return 0n;
  if (decimal.precision - decimal.scale > 19 || decimal.scale >= decimal.precision + 1) return null;
  const whole = decimal.toBigInt();
  if (BigInt.asIntN(64, whole) !== whole) return null;
  return decimal.compareTo(new Decimal(whole, 0)) === 0 ? whole : null;
}

/** Java reads the decimal digits of every script. */
function asciiDigits(token: string): string {
  return token.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    if (code > 0xffff) return digit;
    const low = code & 0xf;
    // Blocks of ten digits begin at …0 or at …6.
    return String(/\p{Nd}/u.test(String.fromCharCode(code - low)) ? low : low - 6);
  });
}
