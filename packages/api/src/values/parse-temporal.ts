import { LogicalTypes } from '../data/logical-types.ts';
import type { SchemaAndValue } from '../schema.ts';

const number = '[ \\t]*(-?\\d+)';
const time = `${number}:${number}:${number}\\.${number}Z`;
const datePattern = new RegExp(`^${number}-${number}-${number}`);
const timePattern = new RegExp(`^${time}`);
const timestampPattern = new RegExp(`^${number}-${number}-${number}T${time}`);

/**
 * `HH:mm:ss.SSSZ`, `yyyy-MM-dd` or `yyyy-MM-ddTHH:mm:ss.SSSZ` as Time, Date or Timestamp in UTC; null for anything else. As in Java only the
 * length chooses the form, and fields out of range carry over: 2020-13-45 is 2021-02-14.
 */
export function parseTemporal(token: string): SchemaAndValue | null {
  const text = token.replaceAll('\\:', ':');
  switch (text.length) {
    case 13:
      return temporal(timePattern.exec(text), LogicalTypes.time, ([hour = 0, minute = 0, second = 0, ms = 0]) =>
        utc([1970, 1, 1], [hour, minute, second, ms]),
      );
    case 10:
      return temporal(datePattern.exec(text), LogicalTypes.date, ([year = 0, month = 0, day = 0]) => utc([year, month, day], [0, 0, 0, 0]));
    case 24:
      return temporal(timestampPattern.exec(text), LogicalTypes.timestamp, ([year = 0, month = 0, day = 0, ...rest]) =>
        utc([year, month, day], rest),
      );
    default:
      return null;
  }
}

function temporal(
  match: RegExpExecArray | null,
  schema: SchemaAndValue['schema'],
  toDate: (fields: number[]) => Date,
): SchemaAndValue | null {
  return match === null ? null : { schema, value: toDate(match.slice(1).map(Number)) };
}

function utc([year, month, day]: readonly [number, number, number], [hour = 0, minute = 0, second = 0, ms = 0]: readonly number[]): Date {
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, ms);
  return date;
}
