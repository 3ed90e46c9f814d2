import { structOf } from '../data/struct.ts';
import type { ConfigDef } from './config-def.ts';
import { ConfigDefinition, definitionParts, type Rule } from './config-definition.ts';
import type { Recommend, SeenConfig } from './config-keys.ts';
import type { KeyDefinition } from './key-definition.ts';

/** Where the keys of an embedded definition stand. */
export interface EmbedOptions {
  /** The group of the embedded keys; a group of their own is added to it: `Transforms: x: Format`. Default: their own. */
  readonly group?: string;
  /** The order of the first key in that group; the others follow. Default: their own order. */
  readonly order?: number;
}

/**
 * Several definitions as one, in order. Rules and recommenders see all keys.
 * Throws a ConfigError `Configuration <k> is defined twice.`
 */
export function mergeConfigs<A, B>(first: ConfigDef<A>, second: ConfigDef<B>): ConfigDef<A & B>;
export function mergeConfigs(...definitions: readonly ConfigDef<unknown>[]): ConfigDef<Readonly<Record<string, unknown>>>;
export function mergeConfigs(...definitions: readonly ConfigDef<unknown>[]): ConfigDef<Readonly<Record<string, unknown>>> {
  const parts = definitions.map(definitionParts);
  return new ConfigDefinition({
    keys: parts.flatMap(({ keys }) => keys),
    prefixes: parts.flatMap(({ prefixes }) => prefixes),
    named: parts.flatMap(({ named }) => named),
    rules: parts.flatMap(({ rules }) => rules),
  });
}

/**
 * A definition whose keys all begin with `prefix`: `embedConfig('transforms.x.', plugin.config, { group: 'Transforms: x' })`. Its own rules
 * and recommenders see the names without the prefix, and so do its validators, whose messages therefore name the short key, as in Java.
 *
 * Source: org.apache.kafka.common.config.ConfigDef#embed
 */
export function embedConfig(
  prefix: string,
  definition: ConfigDef<unknown>,
  options: EmbedOptions = {},
): ConfigDef<Readonly<Record<string, unknown>>> {
  const parts = definitionParts(definition);
  return new ConfigDefinition({
    keys: parts.keys.map((key, index) => embedKey(prefix, key, { ...options, index })),
    prefixes: parts.prefixes.map((inner) => prefix + inner),
    named: parts.named.map((group) => ({ ...group, prefix: prefix + group.prefix, list: prefix + group.list })),
    rules: parts.rules.map((rule) => embedRule(prefix, rule)),
  });
}

/** A definition without some of its keys (and without them among the dependents of others). */
export function omitKeys(definition: ConfigDef<unknown>, names: readonly string[]): ConfigDef<Readonly<Record<string, unknown>>> {
  const parts = definitionParts(definition);
  const keys = parts.keys.filter((key) => !names.includes(key.name));
  return new ConfigDefinition({
    ...parts,
    keys: keys.map((key) => ({ ...key, dependents: key.dependents.filter((name) => !names.includes(name)) })),
  });
}

function embedKey(prefix: string, key: KeyDefinition, given: EmbedOptions & { readonly index: number }): KeyDefinition {
  const { group, order, index } = given;
  return {
    ...key,
    name: prefix + key.name,
    aliases: key.aliases.map((alias) => prefix + alias),
    dependents: key.dependents.map((name) => prefix + name),
    group: group === undefined ? key.group : key.group === null ? group : `${group}: ${key.group}`,
    order: order === undefined ? key.order : order + index,
    ensureValid: (name, value) => key.ensureValid(name.startsWith(prefix) ? name.slice(prefix.length) : name, value),
    recommend: key.recommend === null ? null : embedRecommend(prefix, key.recommend),
  };
}

function embedRecommend(prefix: string, recommend: Recommend): Recommend {
  return {
    ...(recommend.from && { from: recommend.from.map((name) => prefix + name) }),
    values: (config) => recommend.values?.(withoutPrefix(prefix, config)) ?? [],
    visible: (config) => recommend.visible?.(withoutPrefix(prefix, config)) ?? true,
  };
}

function embedRule(prefix: string, rule: Rule): Rule {
  return (config, report) => rule(withoutPrefix(prefix, config), (key, reason) => report(prefix + key, reason));
}

function withoutPrefix(prefix: string, config: SeenConfig): SeenConfig {
  const entries = Object.entries(config).filter(([name]) => name.startsWith(prefix));
  return structOf(entries.map(([name, value]) => [name.slice(prefix.length), value] as const));
}
