import { ConfigError, type RawConfig } from '@sluice/api';
import { type PluginDescriptor, pluginInterfaces, type PluginType, pluginTypes } from '../plugins/plugin-descriptor.ts';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';

/** What a key of type CLASS comes to. */
export interface ClassKey {
  /** The class as REST shows it; null where there is none of that name. */
  readonly className: string | null;
  /** The plugin, where the class is of the right kind. */
  readonly plugin: PluginDescriptor | null;
  readonly errors: readonly string[];
}

/** Finds the plugin that a configured class name or alias stands for, with the messages of what can be wrong about it. */
export function resolveClassKey(registry: PluginRegistry, type: PluginType, key: string, text: string): ClassKey {
  const name = text.trim();
  const plugin = name === '' ? null : registry.find(type, name);
  if (plugin !== null) return { className: plugin.class, plugin, errors: [] };
  const nested = registry.plugins.filter((other) => other.type === type && other.class.startsWith(`${name}$`));
  if (name !== '' && nested.length > 0) {
    const suggestion = nested.map((other) => other.class).join(', ');
    return { className: name, plugin: null, errors: [`This class is abstract and cannot be created. Did you mean ${suggestion}?`] };
  }
  const other = name === '' ? undefined : pluginTypes.map((kind) => registry.find(kind, name)).find((found) => found !== null);
  if (other !== undefined && other !== null) {
    const error = `Class class ${other.class} does not implement the ${pluginInterfaces[type]} interface`;
    return { className: other.class, plugin: null, errors: [error] };
  }
  return { className: null, plugin: null, errors: [ConfigError.invalid(key, text, `Class ${text} could not be found.`).message] };
}

/** The classes that can stand in a key, for `recommended_values`. */
export function classesOf(registry: PluginRegistry, type: PluginType): string[] {
  return [...new Set(registry.plugins.filter((plugin) => plugin.type === type).map((plugin) => plugin.class))].toSorted();
}

/** The configuration below a prefix, without it. */
export function withoutPrefix(raw: RawConfig, prefix: string): RawConfig {
  const entries = Object.entries(raw).filter(([key]) => key.startsWith(prefix) && key.length > prefix.length);
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}
