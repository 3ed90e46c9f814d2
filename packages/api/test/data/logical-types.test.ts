import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataError, Decimal, LogicalTypes, Schemas, SchemaBuilder } from '../../src/index.ts';

const DAY = 86_400_000;

describe('logical types', () => {
  it('have Connect’s names, versions and physical types', () => {
    const { date, time, timestamp } = LogicalTypes;
    assert.deepEqual(
      [date, time, timestamp, LogicalTypes.decimal(2)].map(({ name, type, version }) => [name?.split('.').at(-1), type, version]),
      [
        ['Date', 'INT32', 1],
        ['Time', 'INT32', 1],
        ['Timestamp', 'INT64', 1],
        ['Decimal', 'BYTES', 1],
      ],
    );
    assert.deepEqual(LogicalTypes.decimal(2).parameters, { scale: '2' });
    assert.equal(LogicalTypes.decimal(-3).parameters?.['scale'], '-3');
  });

  it('encode and decode', () => {
    const { date, time, timestamp } = LogicalTypes;
    assert.equal(LogicalTypes.encode(date, new Date(-DAY)), -1);
    assert.deepEqual(LogicalTypes.decode(date, -1), new Date(-DAY));
    assert.equal(LogicalTypes.encode(time, new Date(DAY)), DAY);
    assert.deepEqual(LogicalTypes.decode(time, 1), new Date(1));
    assert.equal(LogicalTypes.encode(timestamp, new Date(-1)), -1);
    assert.deepEqual(LogicalTypes.decode(timestamp, 5n), new Date(5));
    assert.deepEqual(LogicalTypes.encode(LogicalTypes.decimal(2), Decimal.parse('12.34')), Buffer.from('BNI=', 'base64'));
    assert.equal(String(LogicalTypes.decode(LogicalTypes.decimal(2), Buffer.from('BNI=', 'base64'))), '12.34');
    assert.equal(LogicalTypes.encode(Schemas.INT32, 1), null);
    assert.equal(LogicalTypes.decode(Schemas.INT32, 1), 1);
  });

  const errors: readonly (readonly [string, () => unknown])[] = [
    [
      'Decimal value has mismatching scale for given Decimal schema. Schema has scale 2, value has scale 3.',
      () => LogicalTypes.encodeDecimal(LogicalTypes.decimal(2), Decimal.parse('1.234')),
    ],
    ['Invalid Decimal schema: scale parameter not found.', () => LogicalTypes.encodeDecimal(Schemas.BYTES, Decimal.parse('1'))],
    [
      'Invalid scale parameter found in Decimal schema: ',
      () => LogicalTypes.decimalScale(SchemaBuilder.bytes().parameter('scale', 'x').build()),
    ],
    [
      'Kafka Connect Date type should not have any time fields set to non-zero values.',
      () => LogicalTypes.encodeDate(LogicalTypes.date, new Date(1)),
    ],
    ['Requested conversion of Date object but the schema does not match.', () => LogicalTypes.encodeDate(Schemas.INT32, new Date(0))],
    [
      'Kafka Connect Time type should not have any date fields set to non-zero values.',
      () => LogicalTypes.encodeTime(LogicalTypes.time, new Date(DAY + 1)),
    ],
    [
      'Time values must use number of milliseconds greater than 0 and less than 86400000',
      () => LogicalTypes.decodeTime(LogicalTypes.time, DAY + 1),
    ],
    ['Requested conversion of Date object but the schema does not match.', () => LogicalTypes.decodeTime(Schemas.INT32, 1)],
    [
      'Requested conversion of Timestamp object but the schema does not match.',
      () => LogicalTypes.encodeTimestamp(Schemas.INT64, new Date(0)),
    ],
  ];
  for (const [message, action] of errors) it(message, () => assert.throws(action, new DataError(message)));
});
