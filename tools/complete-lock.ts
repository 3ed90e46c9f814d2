// `npm run lock`: names in package-lock.json the binaries of platforms that npm left out. Where a registry does not serve a package for some other
// platform, `npm install` drops it from the lock without a word, and `npm ci` then refuses the lock everywhere.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export type Lock = { packages: Record<string, LockedPackage & Record<string, unknown>> };

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));

export function readLock(): Lock {
  return JSON.parse(readFileSync(file, 'utf8')) as Lock;
}

/** Optional dependencies that the lock speaks of and does not describe: name, version and who wants them. */
export function missingFromLock({ packages }: Lock): { name: string; version: string; isDev: boolean }[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined)
      .map(([name, version]) => ({ name, version, isDev: dev })),
  );
}

/** What npm would have written, without the checksum that it could not fetch; the name says the platform: `@oxfmt/binding-linux-arm64-musl`. */
function described({ name, version, isDev }: { name: string; version: string; isDev: boolean }): Record<string, unknown> {
  const [os, cpu, libc] = name
    .replace(/^.*\//, '')
    .replace(/^binding-/, '')
    .split('-');
  const libraries: Readonly<Record<string, string>> = { gnu: 'glibc', musl: 'musl' };
  return {
    version,
    cpu: [cpu],
    ...(isDev ? { dev: true } : {}),
    ...(os === 'linux' && libc !== undefined && libraries[libc] !== undefined ? { libc: [libraries[libc]] } : {}),
    optional: true,
    os: [os],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = readLock();
  const missing = missingFromLock(lock);
  for (const entry of missing) lock.packages[`node_modules/${entry.name}`] = described(entry);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(
    missing.length === 0 ? 'The lock file is complete.' : missing.map(({ name, version }) => `added ${name}@${version}`).join('\n'),
  );
}
