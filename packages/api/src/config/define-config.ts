import type { ConfigDef } from './config-def.ts';
import type { ConfigKeys, ConfigValues, Recommend } from './config-keys.ts';
import { ConfigDefinition, type Rule } from './config-definition.ts';
import { defineKeys } from './key-definition.ts';

/** What needs more than one key. The values of keys whose text was bad, or that are missing, are not there. */
export interface ConfigRules<T> {
  /** Reports what is wrong between keys: `report('topics', 'must be provided')`. An error reports its own message as it is. */
  validate?(config: Partial<T>, report: (key: keyof T & string, reason: string | Error) => void): void;
  readonly recommend?: {
    readonly [P in keyof T]?: {
      readonly from?: readonly (keyof T & string)[];
      values?(config: Partial<T>): readonly unknown[];
      visible?(config: Partial<T>): boolean;
    };
  };
}

/** The type of a definition's values: `export interface RedisConfig extends ConfigOf<typeof config> {}`. */
export type ConfigOf<D> = D extends ConfigDef<infer T> ? T : never;
/** The same for the keys that only a task has, given as a definition or as plain keys. */
export type TaskValuesOf<K> = K extends ConfigDef<infer T> ? T : K extends ConfigKeys ? ConfigValues<K> : object;
/** What a source task reads: its connector's keys and its own. */
export type TaskConfigOf<D, K> = ConfigOf<D> & TaskValuesOf<K>;

/**
 * A configuration definition: names, each with its key, and rules that need more than one key. The order of the keys is the order in which
 * they are parsed and shown.
 *
 * Throws a {@link ConfigError} where a default is not valid. Names may also come at run time: the type is then a map of unknown values.
 */
export function defineConfig<const K extends ConfigKeys>(
  keys: K,
  rules: ConfigRules<ConfigValues<NoInfer<K>>> = {},
): ConfigDef<ConfigValues<K>> {
  const prefixes: string[] = [];
  const named = [];
  for (const [name, key] of Object.entries(keys)) {
    if (key.kind === 'key') continue;
    if (!name.endsWith('*'))
      throw new TypeError(`The name of a ${key.kind === 'prefix' ? 'prefix' : 'named group'} must end in '*', but it was '${name}'`);
    if (key.kind === 'prefix') prefixes.push(name.slice(0, -1));
    else named.push({ prefix: name.slice(0, -1), list: key.list, keys: defineKeys(key.keys), rest: key.rest });
  }
  return new ConfigDefinition({
    keys: defineKeys(keys, rules.recommend as Record<string, Recommend> | undefined),
    prefixes,
    named,
    rules: rules.validate === undefined ? [] : [rules.validate.bind(rules) as Rule],
  }) as unknown as ConfigDef<ConfigValues<K>>;
}
