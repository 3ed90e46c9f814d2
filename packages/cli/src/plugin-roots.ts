import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly sluice?: unknown;
}

/** The plugin packages that come with this command. */
const bundled = ['@sluice/connector-file', '@sluice/converters'];

/**
 * Where plugins are looked for besides `plugin.path`: the packages that come with Sluice, and those that the project in the working directory
 * has installed.
 */
export function pluginRoots(directory: string = process.cwd()): string[] {
  return [...new Set([...bundled.map((name) => packageOf(fileURLToPath(import.meta.resolve(name)))), ...installed(directory)])];
}

function packageOf(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function installed(directory: string): string[] {
  const own = manifestOf(directory);
  return Object.keys(own?.dependencies ?? {})
    .map((name) => join(directory, 'node_modules', name))
    .filter((folder) => manifestOf(folder)?.sluice !== undefined);
}

function manifestOf(folder: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return null;
  }
}
