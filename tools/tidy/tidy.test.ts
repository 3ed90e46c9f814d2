// Holds the house to its own rules: which package imports which, how long a file may be, what a test may not do.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missingFromLock, readLock } from '../complete-lock.ts';

interface Layer {
  readonly imports: readonly string[];
  readonly testImports?: readonly string[];
}
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Record<string, string>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const layers = (JSON.parse(read('tools/tidy/layers.json')) as { packages: Record<string, Layer> }).packages;
const packageFolders = globSync(['packages/*', 'connectors/*'], { cwd: root }).toSorted();
const sources = globSync(['{packages,connectors}/*/{src,test,bin}/**/*.{ts,js}', '{compat,tools,bench}/**/*.ts'], { cwd: root }).toSorted();

const specifiers =
  /^(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|import\.meta\.resolve\(\s*['"]([^'"]+)['"]/gms;

function importsOf(file: string): string[] {
  return [...read(file).matchAll(specifiers)].map((match) => (match[1] ?? match[2] ?? match[3] ?? match[4])!);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const manifests = new Map(packageFolders.map((folder) => [folder, JSON.parse(read(join(folder, 'package.json'))) as Manifest]));

test('every package has its place in layers.json, and every place has its package', () => {
  assert.deepEqual([...manifests.values()].map((manifest) => manifest.name).toSorted(), Object.keys(layers).toSorted());
});

test('imports between packages run one way, as layers.json allows', () => {
  const broken: string[] = [];
  for (const [folder, { name }] of manifests) {
    const layer = layers[name]!;
    for (const file of sources.filter((source) => source.startsWith(`${folder}/`))) {
      const isTest = file.startsWith(`${folder}/test/`);
      const allowed = new Set([name, ...layer.imports, ...(isTest ? (layer.testImports ?? []) : [])]);
      for (const specifier of importsOf(file)) {
        if (specifier.startsWith('@sluice/') && !allowed.has(packageOf(specifier))) broken.push(`${file} imports ${specifier}`);
        if (specifier.startsWith('.') && !join(file, '..', specifier).startsWith(`${folder}/`))
          broken.push(`${file} reaches out with ${specifier}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

test('what a package imports at run time is among its dependencies', () => {
  const missing: string[] = [];
  for (const [folder, manifest] of manifests) {
    for (const file of sources.filter((source) => source.startsWith(`${folder}/src/`) || source.startsWith(`${folder}/bin/`))) {
      for (const specifier of importsOf(file)) {
        const wanted = packageOf(specifier);
        if (specifier.startsWith('.') || specifier.startsWith('node:') || wanted === manifest.name) continue;
        if (manifest.dependencies?.[wanted] === undefined) missing.push(`${file}: ${wanted}`);
      }
    }
  }
  assert.deepEqual(missing, []);
});

test('the lock file describes the binaries of every platform (npm run lock mends it)', () => {
  assert.deepEqual(missingFromLock(readLock()), []);
});

test('our packages have one version', () => {
  const { version } = JSON.parse(read('package.json')) as Manifest;
  for (const manifest of manifests.values()) {
    assert.equal(manifest.version, version, manifest.name);
    for (const [name, wanted] of Object.entries(manifest.dependencies ?? {}))
      if (name.startsWith('@sluice/')) assert.equal(wanted, version, `${manifest.name} wants ${name}`);
  }
});

test('a face is a named list', () => {
  for (const folder of packageFolders) {
    const index = join(folder, 'src/index.ts');
    if (sources.includes(index)) assert.doesNotMatch(read(index), /export \* from/, index);
  }
});

test('files stay short enough to hold one concept', () => {
  const long = sources.filter((file) => !file.includes('/generated/') && read(file).split('\n').length > 600);
  assert.deepEqual(long, []);
});

test('no test is skipped without a reason, narrowed or left for later; none sleeps', () => {
  const found: string[] = [];
  for (const file of sources.filter((source) => source.endsWith('.test.ts') && source !== 'tools/tidy/tidy.test.ts')) {
    for (const [index, line] of read(file).split('\n').entries()) {
      if (/\b(?:it|test|describe)\.(?:skip|only|todo)\b|\b(?:skip|todo): *true\b/.test(line))
        found.push(`${file}:${index + 1} ${line.trim()}`);
      if (/setTimeout\([^,]*, *\d{3,}\)|\bsleep\(\d{3,}\)/.test(line)) found.push(`${file}:${index + 1} sleeps: ${line.trim()}`);
    }
  }
  assert.deepEqual(found, []);
});
