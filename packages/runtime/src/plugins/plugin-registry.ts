import { ConnectError } from '@sluice/api';
import { type PluginDescriptor, type PluginType, pluginInterfaces } from './plugin-descriptor.ts';

/**
 * Finds plugins by name. Built from descriptors alone, so that both planes have one and neither loads code for it.
 *
 * A name is a class name, a further name of the manifest, or one of the aliases that follow from these: the simple name
 * (`FileStreamSinkConnector`) and the pruned name (`FileStreamSink`). An alias that would name two classes names none.
 *
 * Source: org.apache.kafka.connect.runtime.isolation.PluginUtils.computeAliases, Plugins
 */
export class PluginRegistry {
  /** All plugins, sorted by class name. */
  readonly plugins: readonly PluginDescriptor[];
  /** Alias to class; null where two classes claim it. */
  readonly #aliases = new Map<string, string | null>();

  constructor(plugins: readonly PluginDescriptor[]) {
    this.plugins = plugins;
    for (const plugin of plugins) {
      for (const name of [plugin.class, ...plugin.aliases]) {
        this.#alias(simpleName(name), plugin);
        this.#alias(prunedName(name, plugin.type), plugin);
      }
    }
  }

  #alias(alias: string, plugin: PluginDescriptor): void {
    const known = this.#aliases.get(alias);
    if (known === undefined) this.#aliases.set(alias, plugin.class);
    else if (known !== plugin.class) this.#aliases.set(alias, null);
  }

  /** The plugin of that type that `name` stands for, or null. Names are case-sensitive. */
  find(type: PluginType, name: string): PluginDescriptor | null {
    const target = this.#aliases.get(name) ?? name;
    const ofType = this.plugins.filter((plugin) => plugin.type === type);
    return ofType.find((plugin) => plugin.class === target) ?? ofType.find((plugin) => plugin.aliases.includes(target)) ?? null;
  }

  /**
   * The connector that `connector.class` names.
   *
   * Source: org.apache.kafka.connect.runtime.isolation.Plugins.connectorClass
   * @throws ConnectError in Connect's words where there is none or more than one.
   */
  connector(name: string): PluginDescriptor {
    const exact = this.find('sink', name) ?? this.find('source', name);
    if (exact !== null) return exact;
    const all = this.connectors();
    const matches = all.filter((plugin) => [name, `${name}Connector`].includes(simpleName(plugin.class)));
    if (matches.length > 1) {
      throw new ConnectError(
        `More than one connector matches alias ${name}. Please use full package and class name instead. Classes found: ${pluginTexts(all)}`,
      );
    }
    const [match] = matches;
    if (match !== undefined) return match;
    throw new ConnectError(
      `Failed to find any class that implements Connector and which name matches ${name}, available connectors are: ${pluginTexts(all)}`,
    );
  }

  /** Sources and sinks, sorted by class name. */
  connectors(): readonly PluginDescriptor[] {
    return this.plugins.filter((plugin) => plugin.type === 'source' || plugin.type === 'sink');
  }
}

/** The class name without package and enclosing class. */
export function simpleName(className: string): string {
  return className.slice(Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1);
}

/** The simple name up to the last occurrence of the type's suffix, even where text follows it; a suffix at the start is not cut. */
export function prunedName(className: string, type: PluginType): string {
  const simple = simpleName(className);
  const at = simple.lastIndexOf(pluginInterfaces[type]);
  return at > 0 ? simple.slice(0, at) : simple;
}

function pluginTexts(plugins: readonly PluginDescriptor[]): string {
  return plugins.map(pluginText).join(', ');
}

/** A plugin as messages show it. Source: org.apache.kafka.connect.runtime.isolation.PluginDesc.toString */
function pluginText(plugin: PluginDescriptor): string {
  const { class: name, version, type, location } = plugin;
  return `PluginDesc{klass=class ${name}, name='${name}', version='${version}', encodedVersion=${version}, type=${type}, typeName='${type}', location='${location}'}`;
}
