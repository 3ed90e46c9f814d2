import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Decimal } from '../../src/index.ts';

describe('Decimal', () => {
  // [text, toString, scale, toPlainString, precision, bytes]: as BigDecimal gives them.
  const vectors: readonly (readonly [string, string, number, string, number, string])[] = [
    ['0', '0', 0, '0', 1, '00'],
    ['-0', '0', 0, '0', 1, '00'],
    ['0.00', '0.00', 2, '0.00', 1, '00'],
    ['12.30', '12.30', 2, '12.30', 4, '04ce'],
    ['1E+3', '1E+3', -3, '1000', 1, '01'],
    ['1E-10', '1E-10', 10, '0.0000000001', 1, '01'],
    ['.5', '0.5', 1, '0.5', 1, '05'],
    ['5.', '5', 0, '5', 1, '05'],
    ['-1.23E5', '-1.23E+5', -3, '-123000', 3, '85'],
    ['123456.789e-20', '1.23456789E-15', 23, '0.00000000000000123456789', 9, '075bcd15'],
    ['0E3', '0E+3', -3, '0', 1, '00'],
    ['0E-8', '0E-8', 8, '0.00000000', 1, '00'],
    ['0.000001', '0.000001', 6, '0.000001', 1, '01'],
    ['0.0000001', '1E-7', 7, '0.0000001', 1, '01'],
    ['+7', '7', 0, '7', 1, '07'],
    ['-128', '-128', 0, '-128', 3, '80'],
    ['128', '128', 0, '128', 3, '0080'],
    ['-32769', '-32769', 0, '-32769', 5, 'ff7fff'],
    ['-220989391425923811.0411238', '-220989391425923811.0411238', 7, '-220989391425923811.0411238', 25, 'fe2c09692e1cfc355b461a'],
  ];
  for (const [text, string, scale, plain, precision, hex] of vectors) {
    it(`reads ${text}`, () => {
      const decimal = Decimal.parse(text);
      assert.deepEqual(
        [decimal.toString(), decimal.scale, decimal.toPlainString(), decimal.precision, decimal.toBytes().toString('hex')],
        [string, scale, plain, precision, hex],
      );
    });
  }

  it('refuses what is no decimal number', () => {
    for (const text of ['', '-', '.', '1e', 'e5', 'abc', '1_0', '1.2.3', ' 1', 'NaN', '1e99999999999', '0x1']) {
      assert.equal(Decimal.tryParse(text), null, text);
    }
    assert.throws(() => Decimal.parse('abc'), new RangeError('Not a decimal number: abc'));
    assert.throws(() => Decimal.from(NaN), RangeError);
  });

  it('keeps its value through text and bytes', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: -50, max: 50 }), (unscaled, scale) => {
        const decimal = new Decimal(unscaled, scale);
        assert.ok(Decimal.parse(decimal.toString()).equals(decimal));
        assert.ok(Decimal.fromBytes(decimal.toBytes(), scale).equals(decimal));
      }),
    );
  });

  it('compares by value, equals also by scale', () => {
    const order = ['-1e50', '-12.5', '-12.49', '0', '1e-20', '9', '10', '1e50'].map((text) => Decimal.parse(text));
    for (const [i, a] of order.entries()) for (const [j, b] of order.entries()) assert.equal(Math.sign(a.compareTo(b)), Math.sign(i - j));
    assert.equal(Decimal.parse('1.0').compareTo(Decimal.parse('1')), 0);
    assert.equal(Decimal.parse('1.0').equals(Decimal.parse('1')), false);
  });

  it('changes the scale only without loss', () => {
    assert.equal(Decimal.parse('1.50').withScale(1).toString(), '1.5');
    assert.equal(Decimal.parse('1.5').withScale(3).toString(), '1.500');
    assert.throws(() => Decimal.parse('1.55').withScale(1), new RangeError('Rounding necessary'));
    assert.throws(() => Decimal.parse('1e-1000000000').withScale(0), new RangeError('Rounding necessary'));
  });

  it('is text in a template and JSON, and refuses arithmetic', () => {
    const decimal = Decimal.parse('12.30');
    assert.equal(`${decimal as unknown as string}`, '12.30');
    assert.equal(JSON.stringify({ decimal }), '{"decimal":"12.30"}');
    assert.throws(() => (decimal as unknown as number) * 2, TypeError);
    assert.throws(() => (decimal as unknown as string) + '', TypeError);
    assert.equal(decimal.toNumber(), 12.3);
    assert.equal(Decimal.parse('-12.9').toBigInt(), -12n);
  });
});
