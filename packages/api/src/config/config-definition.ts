import { structOf } from '../data/struct.ts';
import { ConfigError } from '../errors.ts';
import type { ConfigDef, ConfigKeyInfo, ConfigValueInfo, ParseOptions, RawConfig } from './config-def.ts';
import type { SeenConfig } from './config-keys.ts';
import { formatValues } from './format-values.ts';
import { type KeyDefinition, keyInfo, parseKey, rawValue } from './key-definition.ts';
import { configText, messageText, parseList } from './parse-type.ts';

export type Report = (key: string, reason: string | Error) => void;
export type Rule = (config: SeenConfig, report: Report) => void;

/** The same keys for each name in a list. */
export interface NamedGroup {
  readonly prefix: string;
  readonly list: string;
  readonly keys: readonly KeyDefinition[];
  readonly rest: boolean;
}

/** What a definition is made of. */
export interface DefinitionParts {
  readonly keys: readonly KeyDefinition[];
  readonly prefixes: readonly string[];
  readonly named: readonly NamedGroup[];
  readonly rules: readonly Rule[];
}

interface ValueState {
  value: string | null;
  errors: string[];
  recommended: string[];
  visible: boolean;
}

const partsOf = Symbol.for('sluice.config-definition');

/** The parts of a definition, also of one that another copy of this package made. */
export function definitionParts(definition: ConfigDef<unknown>): DefinitionParts {
  const parts = (definition as { [partsOf]?: DefinitionParts })[partsOf];
  if (parts === undefined) throw new TypeError('A configuration definition must be made with defineConfig');
  return parts;
}

/** Source: org.apache.kafka.common.config.ConfigDef */
export class ConfigDefinition implements ConfigDef<SeenConfig> {
  readonly keys: readonly ConfigKeyInfo[];
  readonly [partsOf]: DefinitionParts;
  readonly #parts: DefinitionParts;

  constructor(parts: DefinitionParts) {
    const seen = new Set<string>();
    for (const { name } of parts.keys) {
      if (seen.has(name)) throw new ConfigError(`Configuration ${name} is defined twice.`, { key: name });
      seen.add(name);
    }
    this.#parts = parts;
    this[partsOf] = parts;
    this.keys = parts.keys.filter((key) => !key.isInternal).map(keyInfo);
  }

  keysFor(raw: RawConfig): readonly ConfigKeyInfo[] {
    if (this.#parts.named.length === 0) return this.keys;
    return [...this.keys, ...this.#namedKeys(raw).map(keyInfo)];
  }

  has(key: string): boolean {
    const { keys, prefixes, named } = this.#parts;
    return (
      keys.some(({ name, aliases }) => name === key || aliases.includes(key)) ||
      prefixes.some((prefix) => key.startsWith(prefix)) ||
      named.some(({ prefix }) => key.startsWith(prefix))
    );
  }

  parse(raw: RawConfig, options?: ParseOptions): SeenConfig {
    const { keys, prefixes, named, rules } = this.#parts;
    const undefinedKeys = undefinedDependents(keys);
    if (undefinedKeys.length > 0) {
      throw new ConfigError(`Some configurations in are referred in the dependents, but not defined: ${undefinedKeys.join(',')}`);
    }
    const entries: [string, unknown][] = keys.map((key) => [key.name, parseValid(key, raw, options)]);
    for (const prefix of prefixes) entries.push([`${prefix}*`, this.#prefixed(prefix, raw)]);
    for (const group of named) entries.push([`${group.prefix}*`, parseNamed(group, raw, options)]);
    const config = Object.freeze(structOf(entries));
    for (const rule of rules) rule(config, (key, reason) => throwReported(keys, config, { key, reason }));
    return config;
  }

  validate(raw: RawConfig, options?: ParseOptions): readonly ConfigValueInfo[] {
    const keys = [...this.#parts.keys, ...this.#namedKeys(raw)];
    const states = new Map<string, ValueState>(keys.map((key) => [key.name, { value: null, errors: [], recommended: [], visible: true }]));
    for (const name of undefinedDependents(keys)) {
      states.set(name, {
        value: null,
        errors: [`${name} is referred in the dependents, but not defined.`],
        recommended: [],
        visible: false,
      });
    }
    const seen = collectValues(keys, raw, { states, options });
    for (const prefix of this.#parts.prefixes) seen.push([`${prefix}*`, this.#prefixed(prefix, raw)]);
    for (const group of this.#parts.named) {
      // Where one of its keys is bad, that key has reported it, and the group is not seen.
      const isGood = namesOf(group, raw).every((name) => keysOf(group, name).every((key) => states.get(key.name)?.errors.length === 0));
      if (isGood) seen.push([`${group.prefix}*`, parseNamed(group, raw, options)]);
    }
    const config = Object.freeze(structOf(seen));
    for (const rule of this.#parts.rules) applyRule(rule, config, { keys, states });
    for (const key of keys) if (key.recommend !== null) recommendInto(states.get(key.name)!, key, config);
    const internal = new Set(keys.filter((key) => key.isInternal).map((key) => key.name));
    return [...states]
      .filter(([name, state]) => !internal.has(name) || state.errors.length > 0)
      .map(([name, { value, errors, recommended, visible }]) => ({ name, value, recommended_values: recommended, errors, visible }));
  }

  format(values: Readonly<Record<string, unknown>>): Record<string, string> {
    return formatValues(this.#parts.keys, values);
  }

  /** Source: the keys that TopicCreationConfig and EnrichablePlugin add for each name. */
  #namedKeys(raw: RawConfig): KeyDefinition[] {
    return this.#parts.named.flatMap((group) => namesOf(group, raw).flatMap((name) => keysOf(group, name)));
  }

  #prefixed(prefix: string, raw: RawConfig): Readonly<Record<string, string>> {
    const own = new Set(this.#parts.keys.flatMap(({ name, aliases }) => [name, ...aliases]));
    return restOf(prefix, raw, own);
  }
}

/** Text values with that prefix, without it; nulls and the keys in `without` are left out. */
function restOf(prefix: string, raw: RawConfig, without: ReadonlySet<string>): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const [name, value] of Object.entries(raw)) {
    if (name.startsWith(prefix) && name.length > prefix.length && value !== null && !without.has(name))
      entries.push([name.slice(prefix.length), value]);
  }
  return Object.freeze(structOf(entries));
}

function namesOf(group: NamedGroup, raw: RawConfig): string[] {
  const text = Object.hasOwn(raw, group.list) ? raw[group.list] : null;
  return [...new Set(parseList(text ?? ''))].filter((name) => name !== '');
}

function keysOf(group: NamedGroup, name: string): KeyDefinition[] {
  const prefix = `${group.prefix}${name}.`;
  return group.keys.map((key) => ({ ...key, name: prefix + key.name, aliases: key.aliases.map((alias) => prefix + alias) }));
}

function parseNamed(group: NamedGroup, raw: RawConfig, options: ParseOptions | undefined): ReadonlyMap<string, SeenConfig> {
  const found = new Map<string, SeenConfig>();
  for (const name of namesOf(group, raw)) {
    const keys = keysOf(group, name);
    const prefix = `${group.prefix}${name}.`;
    const entries: [string, unknown][] = keys.map((key) => [key.name.slice(prefix.length), parseValid(key, raw, options)]);
    if (group.rest) entries.push(['*', restOf(prefix, raw, new Set(keys.flatMap((key) => [key.name, ...key.aliases])))]);
    found.set(name, Object.freeze(structOf(entries)));
  }
  return found;
}

function parseValid(key: KeyDefinition, raw: RawConfig, options: ParseOptions | undefined): unknown {
  const value = parseKey(key, raw, options);
  key.ensureValid(key.name, value);
  return value;
}

function undefinedDependents(keys: readonly KeyDefinition[]): string[] {
  const names = new Set(keys.map((key) => key.name));
  return [...new Set(keys.flatMap((key) => key.dependents))].filter((name) => !names.has(name));
}

/**
 * Parses each key into its state; returns what could be parsed and is valid. As in Java a validator also runs after a text that could not
 * be parsed, with null, so one bad value can have two messages.
 */
function collectValues(
  keys: readonly KeyDefinition[],
  raw: RawConfig,
  into: { readonly states: ReadonlyMap<string, ValueState>; readonly options: ParseOptions | undefined },
): [string, unknown][] {
  const seen: [string, unknown][] = [];
  for (const key of keys) {
    const state = into.states.get(key.name)!;
    const value = collectError(state, () => parseKey(key, raw, into.options)) ?? null;
    collectError(state, () => key.ensureValid(key.name, value));
    state.value = shownValue(key, raw, value);
    if (state.errors.length === 0) seen.push([key.name, value]);
  }
  return seen;
}

function shownValue(key: KeyDefinition, raw: RawConfig, value: unknown): string | null {
  if (key.type !== 'LONG' || value === null) return configText(value, key.type);
  // The parsed number may have been rounded; the digits are in the text.
  const text = rawValue(key, raw);
  return text === undefined ? key.defaultText : String(BigInt(text!.trim().replace(/^\+/, '')));
}

function collectError<T>(state: ValueState, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    state.errors.push(error.message);
    return undefined;
  }
}

function applyRule(rule: Rule, config: SeenConfig, into: { keys: readonly KeyDefinition[]; states: Map<string, ValueState> }): void {
  rule(config, (key, reason) => {
    const error = reportedError(into.keys, config, { key, reason });
    const state = into.states.get(key);
    if (state === undefined) throw new TypeError(`A rule reported '${key}', which is not a key of the definition`, { cause: error });
    state.errors.push(error.message);
  });
}

function throwReported(keys: readonly KeyDefinition[], config: SeenConfig, given: { key: string; reason: string | Error }): never {
  throw reportedError(keys, config, given);
}

function reportedError(keys: readonly KeyDefinition[], config: SeenConfig, given: { key: string; reason: string | Error }): ConfigError {
  const { key, reason } = given;
  if (reason instanceof ConfigError) return reason;
  if (reason instanceof Error) return new ConfigError(reason.message, { key, cause: reason });
  const type = keys.find(({ name }) => name === key)?.type;
  return ConfigError.invalid(key, messageText(config[key], type === 'LIST' ? undefined : type), reason);
}

function recommendInto(state: ValueState, key: KeyDefinition, config: SeenConfig): void {
  collectError(state, () => {
    state.recommended = (key.recommend?.values?.(config) ?? []).map((value) => configText(value, key.type) ?? 'null');
    state.visible = key.recommend?.visible?.(config) ?? true;
  });
}
