import { ConnectError, javaMapCopyOrder, NotFoundError, type RawConfig } from '@sluice/api';
import { type PluginDescriptor, pluginTypes } from '../plugins/plugin-descriptor.ts';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';
import { BadRequestError } from './rest-errors.ts';

/** The connector that a configuration names. Throws a BadRequestError where it names none, or none that is installed. */
export function connectorPlugin(plugins: PluginRegistry, config: RawConfig): PluginDescriptor {
  const name = config['connector.class'] ?? null;
  if (name === null) throw new BadRequestError(`Connector config ${javaMap(config)} contains no connector type`);
  let plugin: PluginDescriptor;
  try {
    plugin = plugins.connector(name);
  } catch (error) {
    throw new BadRequestError((error as Error).message, { cause: error });
  }
  const version = config['connector.plugin.version'] ?? null;
  if (version !== null) assertVersion(plugin, version);
  return plugin;
}

/** The plugin of any kind that `name` stands for. Throws a NotFoundError for an unknown one, a BadRequestError for a version that is not there. */
export function pluginOfVersion(plugins: PluginRegistry, name: string, version: string | null): PluginDescriptor {
  for (const type of pluginTypes) {
    const plugin = plugins.find(type, name);
    if (plugin === null) continue;
    if (version !== null) assertVersion(plugin, version);
    return plugin;
  }
  throw new NotFoundError(`Unknown plugin ${name}.`);
}

/** One version of a plugin is installed at a time, so a version asked for is that one, `latest`, or a range. */
function assertVersion(plugin: PluginDescriptor, wanted: string): void {
  const version = wanted.trim();
  if (version === '' || version === 'latest' || version === plugin.version || version === `[${plugin.version}]`) return;
  const range = /^[[(]/.test(version) ? version : `[${version},${version}]`;
  const message = `Plugin ${plugin.class} not found that matches the version range ${range}, available versions: [${plugin.version}]`;
  throw new BadRequestError(message, { cause: new ConnectError(message) });
}

/** A map as Java prints it: in the order of the HashMap that the resolved configuration is. */
function javaMap(config: RawConfig): string {
  return `{${javaMapCopyOrder(Object.keys(config))
    .map((key) => `${key}=${config[key]}`)
    .join(', ')}}`;
}
