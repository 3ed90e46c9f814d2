// `npm run check`: format, lint, types, house rules and unit tests; what runs before each commit. Under a minute.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { unitTests } from './test/files.ts';

const steps: readonly (readonly [string, readonly string[]])[] = [
  ['format', ['oxfmt', '--check', '.']],
  ['lint', ['oxlint', '--type-aware', '.']],
  ['types', ['tsc', '-p', '.']],
  ['unit tests', ['node', '--test', '--test-reporter=dot', ...unitTests()]],
];

let failed = 0;
for (const [name, [command, ...args]] of steps) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const ok = status === 0;
  if (!ok) failed++;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  if (!ok) console.log(`${stdout}${stderr}`);
}
process.exit(failed === 0 ? 0 : 1);
