import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConnectError } from '@sluice/api';
import { type PluginDescriptor, type PluginType, pluginTypes } from './plugin-descriptor.ts';
import { compareVersions } from './plugin-version.ts';

export interface DiscoveryOptions {
  /** Packages that come with the worker. A bad manifest in one is an error. */
  readonly packages: readonly string[];
  /** The worker's `plugin.path`: directories that are a plugin package, hold packages, or are (or hold) a `node_modules` folder. */
  readonly pluginPath: readonly string[];
  /** Told of every path that is skipped and why. */
  readonly warn: (message: string) => void;
}

/**
 * Finds plugins by the manifests in package.json (`"sluice": {"plugins": [...]}`); loads no code. Where a class is installed several
 * times the highest version wins, and at equal versions the one of the plugin path. Sorted by class name.
 *
 * Source: org.apache.kafka.connect.runtime.isolation.PluginScanner
 */
export async function discoverPlugins(options: DiscoveryOptions): Promise<PluginDescriptor[]> {
  const found = new Map<string, PluginDescriptor>();
  const add = (plugins: readonly PluginDescriptor[]): void => {
    for (const plugin of plugins) {
      const id = `${plugin.type} ${plugin.class}`;
      const other = found.get(id);
      if (other === undefined || compareVersions(plugin.version, other.version) >= 0) found.set(id, plugin);
    }
  };
  for (const directory of options.packages) {
    const manifest = await readManifest(directory);
    if (manifest === null)
      throw new ConnectError(`No plugin manifest in ${join(directory, 'package.json')}: it needs a "sluice": {"plugins": [...]} member`);
    add(await describe(manifest, 'classpath'));
  }
  for (const element of options.pluginPath) {
    for (const manifest of await scan(resolve(element), options.warn)) {
      try {
        add(await describe(manifest, `file:${manifest.directory}/`));
      } catch (error) {
        options.warn(`Skipping the plugins of ${manifest.directory}: ${(error as Error).message}`);
      }
    }
  }
  return [...found.values()].sort((a, b) =>
    a.class < b.class ? -1 : a.class > b.class ? 1 : pluginTypes.indexOf(a.type) - pluginTypes.indexOf(b.type),
  );
}

interface Manifest {
  readonly directory: string;
  readonly version: string;
  readonly plugins: readonly unknown[];
}

/** The plugin packages that one element of the plugin path leads to. */
async function scan(directory: string, warn: (message: string) => void): Promise<Manifest[]> {
  const own = await tryManifest(directory, warn);
  if (own !== null) return [own];
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => error);
  if (entries instanceof Error) {
    warn(`Could not read the plugin path ${directory}, skipping it: ${entries.message}`);
    return [];
  }
  const found: Manifest[] = [];
  for (const entry of entries) {
    if ((!entry.isDirectory() && !entry.isSymbolicLink()) || entry.name.startsWith('.')) continue;
    const child = join(directory, entry.name);
    if (entry.name.startsWith('@') || entry.name === 'node_modules') found.push(...(await scan(child, warn)));
    else {
      const manifest = await tryManifest(child, warn);
      if (manifest !== null) found.push(manifest);
    }
  }
  return found;
}

async function tryManifest(directory: string, warn: (message: string) => void): Promise<Manifest | null> {
  try {
    return await readManifest(directory);
  } catch (error) {
    warn(`Skipping ${join(directory, 'package.json')}: ${(error as Error).message}`);
    return null;
  }
}

/** Null where the directory is not a package or the package names no plugins. */
async function readManifest(directory: string): Promise<Manifest | null> {
  let text: string;
  try {
    text = await readFile(join(directory, 'package.json'), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  const json = JSON.parse(text) as { version?: unknown; sluice?: { plugins?: unknown } } | null;
  const plugins = json?.sluice?.plugins;
  if (plugins === undefined) return null;
  if (!Array.isArray(plugins)) throw new ConnectError('"sluice.plugins" is not a list');
  return { directory, version: typeof json?.version === 'string' ? json.version : 'undefined', plugins };
}

async function describe(manifest: Manifest, location: string): Promise<PluginDescriptor[]> {
  // The real path, because Node strips types only outside node_modules and workspaces are links into it.
  const packageDir = await realpath(manifest.directory);
  return manifest.plugins.map((entry, index): PluginDescriptor => {
    const fail = (why: string): never => {
      throw new ConnectError(`Plugin ${index} in ${join(manifest.directory, 'package.json')}: ${why}`);
    };
    if (typeof entry !== 'object' || entry === null) return fail('not an object');
    const { type, class: name, aliases = [], module = '.', export: exported = 'default' } = entry as Record<string, unknown>;
    if (!pluginTypes.includes(type as PluginType)) return fail(`"type" must be one of ${pluginTypes.join(', ')}`);
    if (typeof name !== 'string' || name === '') return fail('"class" must be a class name');
    if (!Array.isArray(aliases) || !aliases.every((alias) => typeof alias === 'string'))
      return fail('"aliases" must be a list of class names');
    if (typeof module !== 'string' || (module !== '.' && !module.startsWith('./')))
      return fail('"module" must be an exports subpath, "." or "./name"');
    if (typeof exported !== 'string') return fail('"export" must be the name of an export');
    return { type: type as PluginType, class: name, aliases, version: manifest.version, packageDir, module, export: exported, location };
  });
}
