// A worker that is killed with SIGKILL again and again loses no line and keeps their order; `npm run proof -- kills` does it twenty times.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { apacheKafka, embeddedBroker, testFolder } from './harness/kafkas.ts';
import { runSeed } from './harness/lines.ts';
import { workerKills } from './proof/worker-kills.ts';

const folder = testFolder('kills');
after(() => folder.remove());
const seed = runSeed();

for (const kind of [embeddedBroker, apacheKafka]) {
  test(`no line is lost and order is kept over kills of the worker, on ${kind.name}`, { skip: kind.skip }, async () => {
    const report = await workerKills({
      kind,
      directory: join(folder.path, kind.name.replaceAll(' ', '-')),
      kills: 4,
      lines: 150_000,
      seed,
    });
    console.log(report);
    assert.equal(report.missing, 0);
    assert.equal(report.outOfOrder, 0);
  });
}
