import { pathToFileURL } from 'node:url';
import {
  type AnyConverterSpec,
  type AnyHeaderConverterSpec,
  type AnyPluginSpec,
  type AnyPredicateSpec,
  type AnySinkConnectorSpec,
  type AnySourceConnectorSpec,
  type AnyTransformationSpec,
  ConnectError,
  NotFoundError,
} from '@sluice/api';
import { modulePath } from './module-path.ts';
import { type PluginDescriptor, type PluginType, pluginInterfaces } from './plugin-descriptor.ts';
import { PluginRegistry } from './plugin-registry.ts';

/** A loaded plugin by its type. */
export interface PluginSpecs {
  source: AnySourceConnectorSpec;
  sink: AnySinkConnectorSpec;
  converter: AnyConverterSpec;
  /** A header converter, or a converter that can be used as one. */
  header_converter: AnyHeaderConverterSpec | AnyConverterSpec;
  transformation: AnyTransformationSpec;
  predicate: AnyPredicateSpec;
}

/** Loads the code of plugins, each when it is first used. Lives on a data thread: the control plane runs no plugin code. */
export class PluginLoader {
  readonly registry: PluginRegistry;
  readonly #load: (file: string) => Promise<Record<string, unknown>>;

  /** `load` imports a module by its path; another one may be given in tests. */
  constructor(registry: PluginRegistry, load: (file: string) => Promise<Record<string, unknown>> = importModule) {
    this.registry = registry;
    this.#load = load;
  }

  /** The plugin of that type and name. @throws NotFoundError where there is none, ConnectError where it cannot be loaded. */
  async load<T extends PluginType>(type: T, name: string): Promise<PluginSpecs[T]> {
    const descriptor = this.registry.find(type, name);
    if (descriptor === null)
      throw new NotFoundError(`Failed to find any class that implements ${pluginInterfaces[type]} and which name matches ${name}`);
    return (await this.loadDescriptor(descriptor)) as PluginSpecs[T];
  }

  /** The connector that `connector.class` names. */
  async loadConnector(name: string): Promise<PluginSpecs['source'] | PluginSpecs['sink']> {
    return (await this.loadDescriptor(this.registry.connector(name))) as PluginSpecs['source'] | PluginSpecs['sink'];
  }

  async loadDescriptor(descriptor: PluginDescriptor): Promise<AnyPluginSpec> {
    const where = `plugin ${descriptor.class} from the export '${descriptor.export}' of '${descriptor.module}' in ${descriptor.packageDir}`;
    let exported: unknown;
    try {
      const exports = await this.#load(modulePath(descriptor.packageDir, descriptor.module));
      exported = exports[descriptor.export];
    } catch (error) {
      throw new ConnectError(`Failed to load ${where}`, { cause: error });
    }
    if (!isSpecOf(exported, descriptor.type)) {
      throw new ConnectError(`Failed to load ${where}: it is not a ${descriptor.type} plugin`);
    }
    return exported;
  }
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

function isSpecOf(value: unknown, type: PluginType): value is AnyPluginSpec {
  if (typeof value !== 'object' || value === null) return false;
  const spec = value as { kind?: unknown; createHeader?: unknown; config?: unknown };
  if (typeof spec.config !== 'object' || spec.config === null) return false;
  return spec.kind === type || (type === 'header_converter' && spec.kind === 'converter' && typeof spec.createHeader === 'function');
}
