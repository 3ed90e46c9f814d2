// The client's own integration tests, which run on the embedded broker by themselves, once more on Apache Kafka: today's, and the last 3.x.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { apacheKafka, apacheKafka3, testFolder } from './harness/kafkas.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = testFolder('kafka-client');
after(() => folder.remove());

for (const kind of [apacheKafka, apacheKafka3]) {
  test(`the client's integration tests pass on ${kind.name}`, { skip: kind.skip }, async () => {
    const directory = join(folder.path, kind.name.replaceAll(' ', '-'));
    mkdirSync(directory);
    const kafka = await kind.start(directory);
    try {
      // A test runner inside of a test runner reports to it instead of running, unless it is told that there is none.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const files = globSync('packages/kafka/test/*.integration.test.ts', { cwd: root });
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...files], {
        cwd: root,
        encoding: 'utf8',
        env: { ...env, SLUICE_TEST_BOOTSTRAP: kafka.bootstrapServers },
        timeout: 240_000,
        maxBuffer: 1 << 26,
      });
      assert.equal(status, 0, `${stdout.slice(-6000)}${stderr.slice(-2000)}`);
      const passed = Number(/^ℹ pass (\d+)$/m.exec(stdout)?.[1] ?? 0);
      console.log(`${passed} tests passed on ${kind.name}`);
      assert.ok(passed > 20, `${passed} tests ran`);
    } finally {
      await kafka.stop();
    }
  });
}
