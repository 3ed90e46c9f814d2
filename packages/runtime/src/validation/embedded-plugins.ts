import { boolean, type ConfigKeyInfo, defineConfig, embedConfig, omitKeys, type RawConfig, string } from '@sluice/api';
import type { PluginDescriptor } from '../plugins/plugin-descriptor.ts';
import { classesOf, type ClassKey, resolveClassKey } from './class-key.ts';
import { type ConfigInfoMap, valueInfo } from './config-infos.ts';
import type { ValidationContext } from './validation-context.ts';

/** The two kinds of plugin that a connector's configuration holds under an alias. */
const kinds = {
  transformation: { list: 'transforms', title: 'Transforms', noun: 'Transformation', word: 'transformation' },
  predicate: { list: 'predicates', title: 'Predicates', noun: 'Predicate', word: 'predicate' },
} as const;

type EmbeddedKind = keyof typeof kinds;

const own = { predicate: 'predicate', negate: 'negate' } as const;

/** What the framework adds to each transformation; a transformation's own keys of these names cannot be set. Source: KIP-585 */
const conditionConfig = defineConfig({
  negate: boolean({ default: false, doc: 'Whether the transformation is applied to the records that the predicate does not match.' }),
  predicate: string({ default: null, doc: 'Alias of the predicate that a record must match for the transformation to be applied.' }),
});

/**
 * Adds the keys of all transformations or predicates that the configuration names, with what is wrong about them.
 *
 * Source: org.apache.kafka.connect.runtime.ConnectorConfig.EnrichablePlugin
 */
export async function addEmbeddedPlugins(
  infos: ConfigInfoMap,
  kind: EmbeddedKind,
  raw: RawConfig,
  context: ValidationContext,
): Promise<void> {
  const aliases = infos.value(kinds[kind].list)?.value ?? null;
  if (aliases === null || aliases === '') return;
  for (const alias of new Set(aliases.split(','))) await addAlias(infos, { kind, alias, raw, context });
}

interface Alias {
  readonly kind: EmbeddedKind;
  readonly alias: string;
  readonly raw: RawConfig;
  readonly context: ValidationContext;
}

async function addAlias(infos: ConfigInfoMap, given: Alias): Promise<void> {
  const { kind, alias, raw, context } = given;
  const { list, title } = kinds[kind];
  const prefix = `${list}.${alias}.`;
  const group = `${title}: ${alias}`;
  const { registry } = context.plugins;
  const typeKey = `${prefix}type`;
  const text = raw[typeKey];
  const resolved = typeof text === 'string' ? resolveClassKey(registry, kind, typeKey, text) : missingClass(raw, typeKey);
  const conditionError = kind === 'transformation' ? negateWithoutPredicate(raw, prefix) : [];
  const version = resolved.plugin?.version ?? null;
  const versionKey = `${prefix}plugin.version`;
  infos.add(
    [typeDefinition(given, typeKey, group), versionDefinition(given, versionKey, { group, version })],
    [
      valueInfo(typeKey, resolved.className, {
        errors: [...resolved.errors, ...conditionError],
        recommended_values: classesOf(registry, kind),
      }),
      valueInfo(versionKey, raw[versionKey] ?? version, { recommended_values: version === null ? [] : [version] }),
    ],
  );
  if (resolved.plugin !== null) await addPluginKeys(infos, { ...given, prefix, group, typeKey, plugin: resolved.plugin });
}

async function addPluginKeys(
  infos: ConfigInfoMap,
  given: Alias & { readonly prefix: string; readonly group: string; readonly typeKey: string; readonly plugin: PluginDescriptor },
): Promise<void> {
  const { kind, raw, context, prefix, group, typeKey, plugin } = given;
  let config;
  try {
    config = (await context.plugins.loadDescriptor(plugin)).config;
  } catch (error) {
    const why = (error as Error).message;
    infos.addError(
      typeKey,
      `Invalid value class ${plugin.class} for configuration ${typeKey}: Error getting config definition from ${kinds[kind].noun}: ${why}`,
    );
    return;
  }
  const pluginKeys = embedConfig(prefix, kind === 'transformation' ? omitKeys(config, Object.values(own)) : config, { group, order: 2 });
  infos.add(pluginKeys.keysFor(raw), pluginKeys.validate(raw));
  if (kind !== 'transformation') return;
  const condition = embedConfig(prefix, conditionConfig, { group, order: 2 + pluginKeys.keys.length });
  infos.add(condition.keys, condition.validate(raw));
}

function missingClass(raw: RawConfig, key: string): ClassKey {
  const isNull = Object.hasOwn(raw, key);
  const errors = isNull ? [] : [`Missing required configuration "${key}" which has no default value.`];
  return { className: null, plugin: null, errors };
}

function negateWithoutPredicate(raw: RawConfig, prefix: string): string[] {
  const [negate, predicate] = [prefix + own.negate, prefix + own.predicate];
  if (!Object.hasOwn(raw, negate) || Object.hasOwn(raw, predicate)) return [];
  return [`Config '${negate}' was provided but there is no config '${predicate}' defining a predicate to be negated.`];
}

function typeDefinition({ kind, alias }: Alias, name: string, group: string): ConfigKeyInfo {
  const { noun, word } = kinds[kind];
  return {
    name,
    type: 'CLASS',
    required: true,
    default_value: null,
    importance: 'HIGH',
    documentation: `Class for the '${alias}' ${word}.`,
    group,
    width: 'LONG',
    display_name: `${noun} type for ${alias}`,
    dependents: [],
    order: 0,
  };
}

function versionDefinition(
  { kind, alias }: Alias,
  name: string,
  given: { readonly group: string; readonly version: string | null },
): ConfigKeyInfo {
  const { noun, word } = kinds[kind];
  return {
    name,
    type: 'STRING',
    required: false,
    default_value: given.version,
    importance: 'HIGH',
    documentation: `Version of the '${alias}' ${word}.`,
    group: given.group,
    width: 'LONG',
    display_name: `${noun} version for ${alias}`,
    dependents: [],
    order: 1,
  };
}
