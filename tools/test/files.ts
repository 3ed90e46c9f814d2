import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

function find(patterns: readonly string[]): string[] {
  return globSync([...patterns], { cwd: root, exclude: (path) => String(path).includes('node_modules') }).toSorted();
}

/** Pure or loopback tests: milliseconds each, nothing but npm needed. */
export function unitTests(): string[] {
  return find(['{packages,connectors}/*/test/**/*.test.ts', 'tools/**/*.test.ts']).filter(
    (file) => !/\.(?:integration|chaos)\.test\.ts$/.test(file),
  );
}

/** Tests of the whole, with real TCP, child processes and, where they are there, real services. */
export function integrationTests(): string[] {
  return find(['{packages,connectors}/*/test/**/*.{integration,chaos}.test.ts', 'compat/**/*.test.ts']);
}
