import { KafkaConfigError } from '../errors.ts';
import { Secret } from '../secret.ts';

/** The types of Kafka's own config definitions. Source: org.apache.kafka.common.config.ConfigDef.Type */
export type SettingType = 'BOOLEAN' | 'STRING' | 'PASSWORD' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS';

/** Looks at a parsed value and throws a `KafkaConfigError` where it is not allowed. */
export type Validator = (key: string, value: unknown) => void;

/** One property: its type, default and validator. `T` is what the parsed value is in TypeScript. */
export interface Setting<T> {
  readonly type: SettingType;
  /** `undefined`: the property must be given. */
  readonly default: T | undefined;
  readonly validate: Validator | undefined;
  /** Has a meaning only inside a JVM (a class, a JMX reporter, a JCE provider): accepted and without effect here. */
  readonly javaOnly: boolean;
}

interface Options<T> {
  default?: T;
  validate?: Validator;
  javaOnly?: boolean;
}

function setting<T>(type: SettingType, options: Options<T>): Setting<T> {
  return { type, default: options.default, validate: options.validate, javaOnly: options.javaOnly ?? false };
}

export const bool = (value: boolean, options: Options<boolean> = {}): Setting<boolean> =>
  setting('BOOLEAN', { default: value, ...options });
export const string = (value: string, options: Options<string> = {}): Setting<string> => setting('STRING', { default: value, ...options });
export const optionalString = (options: Options<string | null> = {}): Setting<string | null> =>
  setting('STRING', { default: null, ...options });
export const password = (options: Options<Secret | null> = {}): Setting<Secret | null> =>
  setting('PASSWORD', { default: null, ...options });
export const int = (value: number, options: Options<number> = {}): Setting<number> => setting('INT', { default: value, ...options });
export const optionalInt = (options: Options<number | null> = {}): Setting<number | null> => setting('INT', { default: null, ...options });
export const short = (value: number, options: Options<number> = {}): Setting<number> => setting('SHORT', { default: value, ...options });
/** A 64-bit number. Values beyond 2^53 are rounded: Connect's `max.block.ms=9223372036854775807` means "for ever" all the same. */
export const long = (value: number, options: Options<number> = {}): Setting<number> => setting('LONG', { default: value, ...options });
export const double = (value: number, options: Options<number> = {}): Setting<number> => setting('DOUBLE', { default: value, ...options });
export const list = (value: readonly string[] | undefined, options: Options<readonly string[]> = {}): Setting<readonly string[]> =>
  setting('LIST', value === undefined ? options : { default: value, ...options });
export const javaClass = (): Setting<string | null> => setting<string | null>('CLASS', { default: null, javaOnly: true });

const bounds = {
  INT: { min: -2_147_483_648n, max: 2_147_483_647n },
  SHORT: { min: -32_768n, max: 32_767n },
  LONG: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
} as const;

/**
 * Reads the text of a property as its type. The text is trimmed first, as Java does.
 *
 * Source: org.apache.kafka.common.config.ConfigDef.parseType
 */
export function parseSetting(key: string, type: SettingType, text: string): unknown {
  const trimmed = text.trim();
  switch (type) {
    case 'STRING':
    case 'CLASS':
      return trimmed;
    case 'PASSWORD':
      return new Secret(trimmed);
    case 'BOOLEAN': {
      const lower = trimmed.toLowerCase();
      if (lower === 'true') return true;
      if (lower === 'false') return false;
      throw KafkaConfigError.invalid(key, text, 'Expected value to be either true or false');
    }
    case 'LIST':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/);
    case 'DOUBLE': {
      if (!/^[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?)$/.test(trimmed)) throw notNumber(key, text, type);
      return Number(trimmed.replace(/(?<=[\d.])[fFdD]$/, '').replace(/^[+-]?NaN$/, 'NaN'));
    }
    default: {
      if (!/^[+-]?\d+$/.test(trimmed)) throw notNumber(key, text, type);
      const value = BigInt(trimmed.replace(/^\+/, ''));
      if (value < bounds[type].min || value > bounds[type].max) throw notNumber(key, text, type);
      return Number(value);
    }
  }
}

function notNumber(key: string, text: string, type: SettingType): KafkaConfigError {
  return KafkaConfigError.invalid(key, text, `Not a number of type ${type}`);
}
