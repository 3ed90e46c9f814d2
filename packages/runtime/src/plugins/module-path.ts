import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectError } from '@sluice/api';

/** Conditions of an ES module import, in no order: the package's order decides. */
const conditions = new Set(['node', 'import', 'module-sync', 'default']);

type Target = string | null | readonly Target[] | { readonly [condition: string]: Target };

/**
 * The file that `import '<package><subpath>'` would load, for a package directory that need not be reachable from here: Node offers
 * no resolution against another directory with the conditions of `import`.
 *
 * Source: Node.js, Modules: Packages, PACKAGE_EXPORTS_RESOLVE
 * @throws ConnectError where the package does not export that subpath.
 */
export function modulePath(packageDir: string, subpath: string): string {
  const { exports, main } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { exports?: Target; main?: string };
  const file = exports === undefined || exports === null ? withoutExports(subpath, main) : fromExports(exports, subpath);
  if (file === null) throw new ConnectError(`${join(packageDir, 'package.json')} does not export '${subpath}'`);
  return join(packageDir, file);
}

function withoutExports(subpath: string, main: string | undefined): string {
  return subpath === '.' ? (main ?? 'index.js') : subpath;
}

function fromExports(exports: Target, subpath: string): string | null {
  const isMap =
    typeof exports === 'object' && exports !== null && !Array.isArray(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  if (!isMap) return subpath === '.' ? select(exports) : null;
  const map = exports as Record<string, Target>;
  if (Object.hasOwn(map, subpath)) return select(map[subpath]!);
  for (const [pattern, target] of Object.entries(map)) {
    const star = pattern.indexOf('*');
    if (star < 0) continue;
    const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
    if (subpath.length < pattern.length || !subpath.startsWith(head) || !subpath.endsWith(tail)) continue;
    return select(target)?.replaceAll('*', subpath.slice(star, subpath.length - tail.length)) ?? null;
  }
  return null;
}

function select(target: Target): string | null {
  if (target === null || typeof target === 'string') return target;
  const nested = Array.isArray(target)
    ? target
    : Object.entries(target).flatMap(([condition, next]) => (conditions.has(condition) ? [next] : []));
  for (const next of nested as readonly Target[]) {
    const found = select(next);
    if (found !== null) return found;
  }
  return null;
}
