import type { ConfigType } from './config-def.ts';
import type { Password } from './password.ts';
import { type EnsureValid, inRange, nonEmptyList, nonEmptyString, type Range, validList, validString } from './validators.ts';

declare const configValue: unique symbol;

/** A member of a definition; `T` is the type of its parsed value. */
export interface ConfigEntry<T> {
  readonly [configValue]?: T;
}

/** A key as `string()`, `int()` and their siblings make it. */
export interface ConfigKey<T = unknown> extends ConfigEntry<T> {
  readonly kind: 'key';
  readonly type: ConfigType;
  readonly options: KeyOptions<never> & { readonly default?: unknown };
  readonly validators: readonly EnsureValid[];
}

/** All keys that begin so and have no entry of their own, as a map without the prefix. */
export interface PrefixKey extends ConfigEntry<Readonly<Record<string, string>>> {
  readonly kind: 'prefix';
}

/** The same keys again for each name in a list. */
export interface NamedKeys<T = unknown> extends ConfigEntry<ReadonlyMap<string, T>> {
  readonly kind: 'named';
  readonly list: string;
  readonly keys: ConfigKeys;
  readonly rest: boolean;
}

export type AnyConfigEntry = ConfigKey | PrefixKey | NamedKeys;
/** What `defineConfig` is given: names and their keys. A part that several definitions share is a plain object, spread in. */
export type ConfigKeys = Readonly<Record<string, AnyConfigEntry>>;
/** The parsed values of such keys. */
export type ConfigValues<K> = { readonly [P in keyof K]: K[P] extends ConfigEntry<infer V> ? V : never };

/** What a recommender sees: the values that could be parsed. */
export type SeenConfig = Readonly<Record<string, unknown>>;

export interface Recommend {
  /** The keys the answer depends on; they get this key as a dependent. */
  readonly from?: readonly string[];
  /** The values to offer. They are advice: another value is no error. */
  values?(config: SeenConfig): readonly unknown[];
  /** Whether the key matters with this configuration. Default: true. */
  visible?(config: SeenConfig): boolean;
}

/** What every key may say. A key without a default is required; `default: null` makes null a value. */
export interface KeyOptions<V> {
  /** Default: medium. */
  readonly importance?: 'high' | 'medium' | 'low';
  /** One sentence, with the unit. */
  readonly doc?: string;
  /** Keys of a group stand together; they get an order and a readable name. */
  readonly group?: string;
  /** Default: the position in the group, from 1; -1 without a group. */
  readonly order?: number;
  /** Default: medium in a group, else none. */
  readonly width?: 'none' | 'short' | 'medium' | 'long';
  /** Default: the name in words in a group, else the name. */
  readonly displayName?: string;
  /** Other names of the key, used where the key itself is not set. */
  readonly aliases?: readonly string[];
  /** Parsed, but neither documented nor shown. */
  readonly internal?: boolean;
  /** Keys whose recommenders look at this one. Default: those that name it in `recommend.from`. */
  readonly dependents?: readonly string[];
  readonly recommend?: Recommend;
  /** Says what is wrong with a value, or nothing. Not asked about null. */
  validate?(value: V): string | undefined;
  /** As Java's Validator: throws a ConfigError of its own. Is given null as well, also after a text that could not be parsed. */
  ensureValid?(name: string, value: V | null): void;
}

// NoInfer: what the caller expects back must not decide what the options say.
type Null<D> = Extract<NoInfer<D>, null>;

interface StringOptions<V> extends KeyOptions<NoInfer<V>> {
  readonly oneOf?: readonly V[];
  /** With `oneOf`: any case is accepted (the value stays as it was written). */
  readonly ignoreCase?: boolean;
  readonly nonEmpty?: boolean;
}

interface NumberOptions extends KeyOptions<number> {
  readonly range?: Range;
}

interface ListOptions<V> extends KeyOptions<readonly NoInfer<V>[]> {
  readonly oneOf?: readonly V[];
  readonly nonEmpty?: boolean;
}

function makeKey<T>(type: ConfigType, options: object, validators: readonly (EnsureValid | undefined)[] = []): ConfigKey<T> {
  return { kind: 'key', type, options, validators: validators.filter((validator) => validator !== undefined) };
}

/** Text, trimmed. With `oneOf` only those, and the type is their union. */
export function string<const V extends string = string, const D extends NoInfer<V> | null = never>(
  options: StringOptions<V> & { readonly default?: D } = {},
): ConfigKey<NoInfer<V> | Null<D>> {
  return makeKey('STRING', options, [
    options.oneOf && validString(options.oneOf, { ignoreCase: options.ignoreCase ?? false, nullable: options.default === null }),
    options.nonEmpty === true ? nonEmptyString : undefined,
  ]);
}

/** A whole number of 32 bits. */
export function int<const D extends number | null = never>(
  options: NumberOptions & { readonly default?: D } = {},
): ConfigKey<number | Null<D>> {
  return numberKey('INT', options);
}

/** A whole number of 16 bits. */
export function short<const D extends number | null = never>(
  options: NumberOptions & { readonly default?: D } = {},
): ConfigKey<number | Null<D>> {
  return numberKey('SHORT', options);
}

/**
 * A whole number of 64 bits, usually milliseconds or bytes. The typed value is a number, so beyond 2^53 the nearest double;
 * REST shows all digits. `Number.MAX_SAFE_INTEGER`, or 2n ** 63n - 1n for Java's Long.MAX_VALUE, is a good "no limit".
 */
export function long<const D extends number | bigint | null = never>(
  options: NumberOptions & { readonly default?: D } = {},
): ConfigKey<number | Null<D>> {
  return numberKey('LONG', options);
}

/** A double. */
export function double<const D extends number | null = never>(
  options: NumberOptions & { readonly default?: D } = {},
): ConfigKey<number | Null<D>> {
  return numberKey('DOUBLE', options);
}

function numberKey<T>(type: 'INT' | 'SHORT' | 'LONG' | 'DOUBLE', options: NumberOptions & { readonly default?: unknown }): ConfigKey<T> {
  return makeKey(type, options, [options.range && inRange(options.range, { type, nullable: options.default === null })]);
}

/** `true` or `false`, in any case. */
export function boolean<const D extends boolean | null = never>(
  options: KeyOptions<boolean> & { readonly default?: D } = {},
): ConfigKey<boolean | Null<D>> {
  return makeKey('BOOLEAN', options);
}

/** A secret: the value is a {@link Password}, which shows itself as `[hidden]`. */
export function password<const D extends string | null = never>(
  options: KeyOptions<Password> & { readonly default?: D } = {},
): ConfigKey<Password | Null<D>> {
  return makeKey('PASSWORD', options);
}

/** Items between commas. */
export function list<const V extends string = string, const D extends readonly NoInfer<V>[] | null = never>(
  options: ListOptions<V> & { readonly default?: D } = {},
): ConfigKey<readonly NoInfer<V>[] | Null<D>> {
  return makeKey('LIST', options, [options.oneOf && validList(options.oneOf), options.nonEmpty === true ? nonEmptyList : undefined]);
}

/** The class name or alias of a plugin. */
export function cls<const D extends string | null = never>(
  options: KeyOptions<string> & { readonly default?: D } = {},
): ConfigKey<string | Null<D>> {
  return makeKey('CLASS', options);
}

/** Under a name that ends in `*`, `'connection.*': prefix()`: all keys that begin so and have no entry of their own, without the prefix. */
export function prefix(): PrefixKey {
  return { kind: 'prefix' };
}

/**
 * Under a name that ends in `*`: the same keys for each name in the list key `listKey`, as a map in the list's order.
 * `'topic.creation.*': named('topic.creation.groups', { partitions: int() })` reads `topic.creation.<group>.partitions`.
 * With `rest`, the other keys of a group are its member `'*'`.
 */
export function named<const K extends ConfigKeys>(listKey: string, keys: K): NamedKeys<ConfigValues<K>>;
export function named<const K extends ConfigKeys>(
  listKey: string,
  keys: K,
  options: { readonly rest: true },
): NamedKeys<ConfigValues<K> & { readonly '*': Readonly<Record<string, string>> }>;
export function named(listKey: string, keys: ConfigKeys, options?: { readonly rest: true }): NamedKeys {
  return { kind: 'named', list: listKey, keys, rest: options?.rest ?? false };
}
