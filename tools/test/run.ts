// `npm test`: everything this machine has services for, and a list of what was left out. With SLUICE_REQUIRE_SERVICES=1, as in CI, a
// service that is not there is a failure.
import { spawnSync } from 'node:child_process';
import { services } from '../services/services.ts';
import { integrationTests, unitTests } from './files.ts';

const required = process.env['SLUICE_REQUIRE_SERVICES'] === '1';
const missing = Object.values(services()).filter((service) => !service.present);
if (required && missing.length > 0) {
  for (const { name, missing: how } of missing) console.error(`${name} is not here, and SLUICE_REQUIRE_SERVICES=1 asks for it: ${how}`);
  process.exit(1);
}

const wanted = process.argv.slice(2);
const chosen = (files: string[]): string[] =>
  wanted.length === 0 ? files : files.filter((file) => wanted.some((part) => file.includes(part)));

/** Unit tests run beside each other; the others one file at a time, for each fills the machine by itself. */
function run(files: readonly string[], concurrency: number): boolean {
  if (files.length === 0) return true;
  const { status } = spawnSync(process.execPath, ['--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec', ...files], {
    stdio: 'inherit',
  });
  return status === 0;
}

const ok = [run(chosen(unitTests()), 2), run(chosen(integrationTests()), 1)].every(Boolean);

if (missing.length > 0) {
  console.log('\nLeft out, for this machine does not have:');
  for (const { name, missing: how } of missing) console.log(`  ${name} (${how})`);
}
process.exit(ok ? 0 : 1);
