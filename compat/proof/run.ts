// `npm run proof [-- transfer kills faults]`: the full counts of what the tests show with fewer, and the ledger in docs/proof.json.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apacheKafka, embeddedBroker, testFolder } from '../harness/kafkas.ts';
import { runSeed } from '../harness/lines.ts';
import { brokerFaults } from './broker-faults.ts';
import { fileTransfer } from './file-transfer.ts';
import { workerKills } from './worker-kills.ts';

const ledgerFile = fileURLToPath(new URL('../../docs/proof.json', import.meta.url));
const seed = runSeed();
const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).stdout.trim();
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;

const proofs: Readonly<Record<string, (directory: string) => Promise<unknown>>> = {
  'transfer-embedded': (directory) => fileTransfer({ kind: embeddedBroker, directory, lines: 1_000_000, seed }),
  'transfer-apache': (directory) => fileTransfer({ kind: apacheKafka, directory, lines: 1_000_000, seed }),
  'kills-embedded': (directory) => workerKills({ kind: embeddedBroker, directory, kills: 20, lines: 1_000_000, seed }),
  'kills-apache': (directory) => workerKills({ kind: apacheKafka, directory, kills: 20, lines: 1_000_000, seed }),
  faults: (directory) => brokerFaults({ directory, faults: 30, seed }),
};

const wanted = process.argv.slice(2);
const ledger: Record<string, unknown> = existsSync(ledgerFile)
  ? (JSON.parse(readFileSync(ledgerFile, 'utf8')) as Record<string, unknown>)
  : {};
for (const [name, prove] of Object.entries(proofs)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  const folder = testFolder(`proof-${name}`);
  const started = Date.now();
  const result = await prove(join(folder.path, 'run'));
  ledger[name] = {
    date: new Date().toISOString().slice(0, 10),
    commit,
    seed,
    machine,
    minutes: Math.round((Date.now() - started) / 6000) / 10,
    result,
  };
  console.log(name, ledger[name]);
  writeFileSync(ledgerFile, `${JSON.stringify(ledger, null, 2)}\n`);
  folder.remove();
}
