import { type ConfigKeyInfo, type ConverterType, type RawConfig } from '@sluice/api';
import type { PluginType } from '../plugins/plugin-descriptor.ts';
import { classesOf, resolveClassKey, withoutPrefix } from './class-key.ts';
import { type ConfigInfo, type ConfigInfoMap, valueInfo } from './config-infos.ts';
import type { ValidationContext } from './validation-context.ts';

/** Kinds of converter in the order in which an answer has their keys. */
export const converterTypes: readonly ConverterType[] = ['header', 'key', 'value'];

function pluginType(type: ConverterType): PluginType {
  return type === 'header' ? 'header_converter' : 'converter';
}

/**
 * Completes the framework's keys for the three converters: the worker's converter as default, what there is to choose from, what is wrong
 * with the class.
 */
export function completeConverterKeys(infos: ConfigInfoMap, raw: RawConfig, context: ValidationContext): void {
  const { registry } = context.plugins;
  for (const type of converterTypes) {
    const key = `${type}.converter`;
    const kind = pluginType(type);
    const workers = context.worker[key] ?? (type === 'header' ? 'org.apache.kafka.connect.storage.SimpleHeaderConverter' : null);
    const defaultClass = workers === null ? null : (registry.find(kind, workers.trim())?.class ?? workers);
    infos.changeDefinition(key, { default_value: defaultClass });
    const text = Object.hasOwn(raw, key) ? raw[key] : undefined;
    const configured = typeof text === 'string' ? resolveClassKey(registry, kind, key, text) : null;
    infos.changeValue(key, {
      value: configured === null ? (text === null ? null : defaultClass) : configured.className,
      errors: configured?.errors ?? [],
      recommended_values: classesOf(registry, kind),
    });
    const chosen = text === undefined && defaultClass !== null ? registry.find(kind, defaultClass) : (configured?.plugin ?? null);
    const version = chosen?.version ?? null;
    const versionKey = `${key}.plugin.version`;
    infos.changeDefinition(versionKey, { default_value: version });
    infos.changeValue(versionKey, {
      value: raw[versionKey] ?? version,
      recommended_values: version === null ? [] : [version],
      visible: configured === null ? chosen !== null : configured.className !== null,
    });
  }
}

/**
 * The keys below a converter that the connector sets itself; a class that cannot be used has none, and is reported at its own key.
 *
 * Source: org.apache.kafka.connect.runtime.AbstractHerder.validateConverterConfig
 */
export async function converterInfos(
  infos: ConfigInfoMap,
  type: ConverterType,
  raw: RawConfig,
  context: ValidationContext,
): Promise<ConfigInfo[]> {
  const key = `${type}.converter`;
  const className = raw[key];
  if (typeof className !== 'string') return [];
  const { plugin } = resolveClassKey(context.plugins.registry, pluginType(type), key, className);
  if (plugin === null) return [];
  const prefix = `${key}.`;
  let config;
  try {
    config = (await context.plugins.loadDescriptor(plugin)).config;
  } catch (error) {
    infos.addError(key, `Failed to load class ${plugin.class}: ${(error as Error).message}`);
    return [];
  }
  const own: RawConfig = { 'converter.type': type, ...withoutPrefix(raw, prefix) };
  const values = new Map(config.validate(own).map((value) => [value.name, value]));
  return withConverterType(config.keysFor(own)).map((definition) => {
    const value = values.get(definition.name) ?? valueInfo(definition.name, own[definition.name] ?? null);
    return {
      definition: { ...definition, name: prefix + definition.name, dependents: definition.dependents.map((name) => prefix + name) },
      value: { ...value, name: prefix + value.name },
    };
  });
}

/** The keys of a converter with the one that every converter has. */
export function withConverterType(keys: readonly ConfigKeyInfo[]): readonly ConfigKeyInfo[] {
  return keys.some((key) => key.name === converterTypeKey.name) ? keys : [converterTypeKey, ...keys];
}

/** What every converter is told of its use. Source: org.apache.kafka.connect.storage.ConverterConfig */
const converterTypeKey: ConfigKeyInfo = {
  name: 'converter.type',
  type: 'STRING',
  required: true,
  default_value: null,
  importance: 'LOW',
  documentation: 'What the converter is used for: key, value or header. The worker sets it.',
  group: null,
  width: 'NONE',
  display_name: 'converter.type',
  dependents: [],
  order: -1,
};
