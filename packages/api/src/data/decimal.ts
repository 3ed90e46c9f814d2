const brand = Symbol.for('sluice.decimal');
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/;

/**
 * An exact decimal number, `unscaled * 10 ** -scale`: the value of Connect's logical type Decimal. Immutable. `12.3` and `12.30` differ in
 * scale and are not `equals`. Arithmetic on it throws, because it would round silently: take `unscaled` and `scale`, or `toNumber()`.
 *
 * Source: java.math.BigDecimal
 */
export class Decimal {
  readonly unscaled: bigint;
  readonly scale: number;

  constructor(unscaled: bigint, scale: number) {
    if (!Number.isInteger(scale) || scale < -2147483648 || scale > 2147483647)
      throw new RangeError(`The scale of a Decimal must be a 32-bit integer, but it was ${scale}`);
    this.unscaled = unscaled;
    this.scale = scale;
  }

  get [brand](): true {
    return true;
  }

  /** Whether this is a Decimal, also one made by another copy of this package. */
  static is(value: unknown): value is Decimal {
    return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return Decimal.is(value);
  }

  /** Reads what BigDecimal reads: `12.30` (scale 2), `1E+3` (scale -3), `.5`, `5.`. Throws a RangeError for anything else. */
  static parse(text: string): Decimal {
    const found = Decimal.tryParse(text);
    if (found === null) throw new RangeError(`Not a decimal number: ${text.length > 100 ? `${text.slice(0, 100)}…` : text}`);
    return found;
  }

  /** As {@link Decimal.parse}, but null where the text is no decimal number. */
  static tryParse(text: string): Decimal | null {
    const match = pattern.exec(text);
    if (match === null) return null;
    const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
    if (whole === '' && fraction === '') return null;
    const scale = fraction.length - Number(exponent);
    if (scale < -2147483647 || scale > 2147483647) return null;
    const digits = BigInt(whole + fraction);
    return new Decimal(sign === '-' ? -digits : digits, scale === 0 ? 0 : scale);
  }

  /** The decimal of a number's shortest text (`0.1` is 0.1, not the binary fraction), of a bigint, or of text. */
  static from(value: string | number | bigint): Decimal {
    if (typeof value === 'bigint') return new Decimal(value, 0);
    if (typeof value === 'string') return Decimal.parse(value);
    if (!Number.isFinite(value)) throw new RangeError(`Not a decimal number: ${value}`);
    return Decimal.parse(String(value));
  }

  /** From the big-endian two's complement bytes of the unscaled value. */
  static fromBytes(bytes: Uint8Array, scale: number): Decimal {
    if (bytes.length === 0) throw new RangeError('A Decimal needs at least one byte');
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
    return new Decimal(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)), scale);
  }

  /** The unscaled value as big-endian two's complement in the fewest bytes, as BigInteger.toByteArray. */
  toBytes(): Buffer {
    const { unscaled } = this;
    if (unscaled >= -128n && unscaled <= 127n) return Buffer.from([Number(unscaled) & 0xff]);
    // One sign bit more than the magnitude needs; for a negative number the magnitude is that of ~n.
    const bits = (unscaled < 0n ? ~unscaled : unscaled).toString(2).length + 1;
    const length = Math.ceil(bits / 8);
    return Buffer.from(
      BigInt.asUintN(length * 8, unscaled)
        .toString(16)
        .padStart(length * 2, '0'),
      'hex',
    );
  }

  /** The number of digits of the unscaled value; 1 for zero. */
  get precision(): number {
    return digitsOf(this.unscaled).length;
  }

  /** The same value with another scale. Throws a RangeError where digits would be lost. */
  withScale(scale: number): Decimal {
    if (scale === this.scale) return this;
    if (this.unscaled === 0n) return new Decimal(0n, scale);
    if (scale > this.scale) return new Decimal(this.unscaled * 10n ** BigInt(scale - this.scale), scale);
    // Beyond its own digits a value can only lose some: say so before computing an enormous power.
    const divisor = this.scale - scale >= this.precision ? 0n : 10n ** BigInt(this.scale - scale);
    if (divisor === 0n || this.unscaled % divisor !== 0n) throw new RangeError('Rounding necessary');
    return new Decimal(this.unscaled / divisor, scale);
  }

  /** The whole part, towards zero. */
  toBigInt(): bigint {
    if (this.scale <= 0) return this.unscaled * 10n ** BigInt(-this.scale);
    return this.scale >= this.precision ? 0n : this.unscaled / 10n ** BigInt(this.scale);
  }

  /** The nearest double. */
  toNumber(): number {
    return Number(`${this.unscaled}e${-this.scale}`);
  }

  /** Same value and same scale. */
  equals(other: unknown): boolean {
    return Decimal.is(other) && other.unscaled === this.unscaled && other.scale === this.scale;
  }

  /** By value: negative, 0 or positive as this is less than, equal to or greater than `other`. */
  compareTo(other: Decimal): number {
    const sign = signOf(this.unscaled);
    if (sign !== signOf(other.unscaled) || sign === 0) return sign - signOf(other.unscaled);
    // Where the leading digits stand differently the answer needs no common scale.
    const magnitude = this.precision - this.scale - (other.precision - other.scale);
    if (magnitude !== 0) return magnitude > 0 ? sign : -sign;
    const scale = Math.max(this.scale, other.scale);
    return signOf(this.withScale(scale).unscaled - other.withScale(scale).unscaled);
  }

  /** BigDecimal's text: `12.30`, `1E+3`, `1E-10`. */
  toString(): string {
    const { unscaled, scale } = this;
    if (scale === 0) return unscaled.toString();
    const sign = unscaled < 0n ? '-' : '';
    const digits = digitsOf(unscaled);
    const exponent = digits.length - 1 - scale;
    if (scale > 0 && exponent >= -6) return sign + pointed(digits, scale);
    const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
    return exponent === 0 ? sign + mantissa : `${sign}${mantissa}E${exponent > 0 ? '+' : ''}${exponent}`;
  }

  /** Without an exponent: `1000`. A great negative scale makes a long text. */
  toPlainString(): string {
    const sign = this.unscaled < 0n ? '-' : '';
    const digits = digitsOf(this.unscaled);
    if (this.scale > 0) return sign + pointed(digits, this.scale);
    return this.unscaled === 0n ? '0' : sign + digits + '0'.repeat(-this.scale);
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError('A Decimal is exact and cannot be computed with as a number: use toNumber(), or unscaled and scale');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Decimal ${this.toString()}`;
  }
}

function digitsOf(value: bigint): string {
  return (value < 0n ? -value : value).toString();
}

function signOf(value: bigint): -1 | 0 | 1 {
  return value > 0n ? 1 : value < 0n ? -1 : 0;
}

function pointed(digits: string, scale: number): string {
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}
