import { javaSetOrder } from '../data/java-hash.ts';
import { ConfigError } from '../errors.ts';
import type { ConfigType } from './config-def.ts';
import { messageText } from './parse-type.ts';

/** Throws a {@link ConfigError} where the value is not valid. Is given null for a key that is null or could not be parsed. */
export type EnsureValid = (name: string, value: unknown) => void;

/** At least the first, no more than the second; `[1]` has no upper end. */
export type Range = readonly [min: number, max?: number];

/** Source: ConfigDef.Range */
export function inRange(range: Range, options: { readonly type: ConfigType; readonly nullable: boolean }): EnsureValid {
  const [min, max = Infinity] = range;
  return (name, value) => {
    if (value === null && options.nullable) return;
    if (typeof value !== 'number') throw ConfigError.invalid(name, value, 'Value must be non-null');
    const shown = messageText(value, options.type);
    if (value < min) throw ConfigError.invalid(name, shown, `Value must be at least ${messageText(min, options.type)}`);
    if (value > max) throw ConfigError.invalid(name, shown, `Value must be no more than ${messageText(max, options.type)}`);
  };
}

/** Source: ConfigDef.ValidString and CaseInsensitiveValidString, whose message has the words in the order of a Java HashSet. */
export function validString(oneOf: readonly string[], options: { readonly ignoreCase: boolean; readonly nullable: boolean }): EnsureValid {
  const allowed = new Set<unknown>(options.ignoreCase ? oneOf.map((item) => item.toUpperCase()) : oneOf);
  const reason = options.ignoreCase
    ? `String must be one of (case insensitive): ${javaSetOrder(oneOf.map((item) => item.toUpperCase())).join(', ')}`
    : `String must be one of: ${oneOf.join(', ')}`;
  return (name, value) => {
    if (value === null && options.nullable) return;
    const looked = options.ignoreCase && typeof value === 'string' ? value.toUpperCase() : value;
    if (!allowed.has(looked)) throw ConfigError.invalid(name, messageText(value), reason);
  };
}

/** Names the first item that is not allowed. Source: ConfigDef.ValidList */
export function validList(oneOf: readonly string[]): EnsureValid {
  const ensureItem = validString(oneOf, { ignoreCase: false, nullable: false });
  return (name, value) => {
    for (const item of (value as readonly string[] | null) ?? []) ensureItem(name, item);
  };
}

/** Source: ConfigDef.NonEmptyString */
export const nonEmptyString: EnsureValid = (name, value) => {
  if (value === '') throw ConfigError.invalid(name, value, 'String must be non-empty');
};

/** Source: org.apache.kafka.connect.transforms.util.NonEmptyListValidator */
export const nonEmptyList: EnsureValid = (name, value) => {
  if (value === null || (value as readonly unknown[]).length === 0) throw ConfigError.invalid(name, messageText(value), 'Empty list');
};

/** Source: ConfigDef.NonEmptyStringWithoutControlChars */
export const nonEmptyStringWithoutControlChars: EnsureValid = (name, value) => {
  if (value === null) return;
  const text = value as string;
  if (text === '') throw ConfigError.invalid(name, text, 'String may not be empty');
  const codes = Array.from(text, (char) => char.charCodeAt(0)).filter((code) => code <= 0x1f || (code >= 0x7f && code <= 0x9f));
  if (codes.length === 0) return;
  throw ConfigError.invalid(name, text, `String may not contain control sequences but had the following ASCII chars: ${codes.join(', ')}`);
};

/** Source: ConfigDef.NonNullValidator */
export const nonNull: EnsureValid = (name, value) => {
  if (value === null) throw ConfigError.invalid(name, value, 'entry must be non null');
};

/** Source: ConfigDef.ListSize */
export function listSize(max: number): EnsureValid {
  return (name, value) => {
    if (value !== null && (value as readonly unknown[]).length > max) {
      throw ConfigError.invalid(name, messageText(value), `exceeds maximum list size of [${max}].`);
    }
  };
}

/** Kafka's validators that no option of a key stands for; give them as `ensureValid`. */
export const validators = { nonEmptyStringWithoutControlChars, nonNull, listSize, nonEmptyString, nonEmptyList } as const;
