import type { ConfigKeyInfo, ConfigType, Importance, ParseOptions, RawConfig, Width } from './config-def.ts';
import type { ConfigKey, ConfigKeys, Recommend } from './config-keys.ts';
import { configText, messageText, parseType } from './parse-type.ts';
import { ConfigError } from '../errors.ts';
import type { EnsureValid } from './validators.ts';

/** A key with everything filled in. */
export interface KeyDefinition {
  readonly name: string;
  readonly type: ConfigType;
  readonly isRequired: boolean;
  /** Parsed; null for a required key. */
  readonly defaultValue: unknown;
  readonly defaultText: string | null;
  readonly importance: Importance;
  readonly doc: string;
  readonly group: string | null;
  readonly order: number;
  readonly width: Width;
  readonly displayName: string;
  readonly dependents: readonly string[];
  readonly aliases: readonly string[];
  readonly isInternal: boolean;
  readonly ensureValid: EnsureValid;
  readonly recommend: Recommend | null;
}

/** The keys (not the prefixes and named groups) of a definition, in its order. Throws a ConfigError for a default that is not valid. */
export function defineKeys(keys: ConfigKeys, recommends: Readonly<Record<string, Recommend | undefined>> = {}): KeyDefinition[] {
  const positions = new Map<string, number>();
  const defined: KeyDefinition[] = [];
  for (const [name, key] of Object.entries(keys)) {
    if (key.kind !== 'key') continue;
    const group = key.options.group ?? null;
    const position = group === null ? -1 : (positions.get(group) ?? 0) + 1;
    if (group !== null) positions.set(group, position);
    defined.push(defineKey(name, key, { position, recommend: recommends[name] ?? key.options.recommend ?? null }));
  }
  return withDependents(defined);
}

/** Raw text, or the default, as the key's type. Throws a ConfigError; validators are not asked. */
export function parseKey(key: KeyDefinition, raw: RawConfig, options?: ParseOptions): unknown {
  const text = rawValue(key, raw);
  if (text !== undefined) return parseType(key.name, text, key.type, options);
  if (key.isRequired) throw missing(key.name);
  return key.defaultValue;
}

/** What is configured for a key, by its name or else the first alias that is set; undefined where nothing is. */
export function rawValue(key: KeyDefinition, raw: RawConfig): string | null | undefined {
  if (Object.hasOwn(raw, key.name)) return raw[key.name];
  for (const alias of key.aliases) if (Object.hasOwn(raw, alias)) return raw[alias];
  return undefined;
}

export function keyInfo(key: KeyDefinition): ConfigKeyInfo {
  return {
    name: key.name,
    type: key.type,
    required: key.isRequired,
    default_value: key.defaultText,
    importance: key.importance,
    documentation: key.doc,
    group: key.group,
    width: key.width,
    display_name: key.displayName,
    dependents: key.dependents,
    order: key.order,
  };
}

function missing(name: string): ConfigError {
  return new ConfigError(`Missing required configuration "${name}" which has no default value.`, { key: name });
}

function defineKey(
  name: string,
  key: ConfigKey,
  given: { readonly position: number; readonly recommend: Recommend | null },
): KeyDefinition {
  const { options, type } = key;
  const isRequired = options.default === undefined;
  const isGrouped = options.group !== undefined;
  const ensureValid = combined(key);
  const defaultValue = isRequired ? null : parseType(name, options.default, type);
  if (!isRequired) ensureValid(name, defaultValue);
  return {
    name,
    type,
    isRequired,
    defaultValue,
    defaultText: typeof options.default === 'bigint' ? String(options.default) : configText(defaultValue, type),
    importance: (options.importance ?? 'medium').toUpperCase() as Importance,
    doc: options.doc ?? '',
    group: options.group ?? null,
    order: options.order ?? given.position,
    width: (options.width ?? (isGrouped ? 'medium' : 'none')).toUpperCase() as Width,
    displayName: options.displayName ?? (isGrouped ? words(name) : name),
    dependents: options.dependents ?? [],
    aliases: options.aliases ?? [],
    isInternal: options.internal ?? false,
    ensureValid,
    recommend: given.recommend,
  };
}

/** All validators of a key as one; the first error counts. */
function combined(key: ConfigKey): EnsureValid {
  const { validators, options, type } = key;
  return (name, value) => {
    for (const ensureValid of validators) ensureValid(name, value);
    if (value !== null && options.validate !== undefined) {
      const reason = options.validate(value as never);
      if (reason !== undefined) throw ConfigError.invalid(name, messageText(value, type === 'LIST' ? undefined : type), reason);
    }
    options.ensureValid?.(name, value as never);
  };
}

/** `batch.size` → `Batch size`. */
function words(name: string): string {
  const text = name.split(/[._-]+/).join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Adds to each key the keys that look at it and were not named by hand. */
function withDependents(keys: readonly KeyDefinition[]): KeyDefinition[] {
  return keys.map((key) => {
    const looking = keys.filter((other) => other.recommend?.from?.includes(key.name) && !key.dependents.includes(other.name));
    return looking.length === 0 ? key : { ...key, dependents: [...key.dependents, ...looking.map((other) => other.name)] };
  });
}
