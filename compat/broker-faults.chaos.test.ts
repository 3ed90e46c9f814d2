// Three nodes of Apache Kafka that die, freeze, stop and lose their leaders under a transfer; `npm run proof -- faults` does it thirty times.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { services } from '../tools/services/services.ts';
import { testFolder } from './harness/kafkas.ts';
import { runSeed } from './harness/lines.ts';
import { brokerFaults } from './proof/broker-faults.ts';

const folder = testFolder('faults');
after(() => folder.remove());
const { kafka } = services();

test(
  'faults of the nodes lose no line, keep their order and fail no task',
  { skip: kafka.present ? false : `no Apache Kafka: ${kafka.missing}` },
  async () => {
    const report = await brokerFaults({ directory: join(folder.path, 'run'), faults: 5, seed: runSeed() });
    console.log(report);
    assert.equal(report.missing, 0);
    assert.equal(report.outOfOrder, 0);
    assert.equal(report.failedTasks, 0);
    assert.ok(report.sockets.after <= report.sockets.before + 4, `no connection is left behind: ${JSON.stringify(report.sockets)}`);
    const { before, after: end } = report.residentMegabytes;
    assert.ok(end - before < 300, `no memory is left behind: ${JSON.stringify(report.residentMegabytes)}`);
  },
);
