import { KafkaConfigError } from '../errors.ts';
import type { Validator } from './setting.ts';

/** A number of at least `min`, and at most `max` where that is given. Source: ConfigDef.Range */
export function range(min: number, max?: number, type: 'integer' | 'double' = 'integer'): Validator {
  const show = (value: number): string => (type === 'double' && Number.isInteger(value) ? `${value}.0` : String(value));
  return (key, value) => {
    if (value === null) throw KafkaConfigError.invalid(key, null, 'Value must be non-null');
    const number = value as number;
    if (number < min) throw KafkaConfigError.invalid(key, show(number), `Value must be at least ${show(min)}`);
    if (max !== undefined && number > max) throw KafkaConfigError.invalid(key, show(number), `Value must be no more than ${show(max)}`);
  };
}

/** One of the words, as they are spelled. Source: ConfigDef.ValidString */
export function oneOf(...words: readonly string[]): Validator {
  return (key, value) => {
    if (!words.includes(value as string)) throw KafkaConfigError.invalid(key, value, `String must be one of: ${words.join(', ')}`);
  };
}

/** One of the words in any case. `words` are in the order in which Java shows them. Source: ConfigDef.CaseInsensitiveValidString */
export function oneOfIgnoringCase(...words: readonly string[]): Validator {
  return (key, value) => {
    if (value === null || !words.includes((value as string).toUpperCase())) {
      throw KafkaConfigError.invalid(key, value, `String must be one of (case insensitive): ${words.join(', ')}`);
    }
  };
}

/** Null or some text. Source: ConfigDef.NonEmptyString */
export const nonEmptyString: Validator = (key, value) => {
  if (value === '') throw KafkaConfigError.invalid(key, value, 'String must be non-empty');
};

/** A list without empty items, which Java's definition of every client list asks for. Source: ConfigDef.ValidList */
export function listOf(options: { nonEmpty?: boolean } = {}): Validator {
  return (key, value) => {
    const items = value as readonly string[] | null;
    if (items === null) return;
    if (options.nonEmpty === true && items.length === 0) {
      throw new KafkaConfigError(`Configuration '${key}' must not be empty. Valid values include: any non-empty value`, key);
    }
    if (items.includes('')) throw new KafkaConfigError(`Configuration '${key}' values must not be empty.`, key);
  };
}

/** 1 to 9, or -1 for the library's default. Source: CompressionType.GZIP.levelValidator */
export const gzipLevel: Validator = (key, value) => {
  const level = value as number;
  if (level !== -1 && (level < 1 || level > 9)) throw KafkaConfigError.invalid(key, level, 'Value must be between 1 and 9 or equal to -1');
};

const duration = /^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d{1,9})?S)?)?$/i;

/** `earliest`, `latest`, `none` or `by_duration:PnDTnHnMn.nS`. Source: AutoOffsetResetStrategy.Validator (KIP-1106) */
export const offsetReset: Validator = (key, value) => {
  const text = String(value);
  if (['earliest', 'latest', 'none'].includes(text) || (text.startsWith('by_duration:') && duration.test(text.slice(12)))) return;
  const reason = `Invalid value \`${text}\` for configuration ${key}. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.`;
  throw KafkaConfigError.invalid(key, text, reason);
};
