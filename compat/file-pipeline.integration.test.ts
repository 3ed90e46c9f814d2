// The demo's pipeline on each Kafka: every byte of a large file arrives, appended lines follow, a line that is too large stops the task and loses nothing.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { apacheKafka, apacheKafka3, embeddedBroker, testFolder } from './harness/kafkas.ts';
import { runSeed } from './harness/lines.ts';
import { freePort, waitFor } from './harness/process.ts';
import { StandaloneWorker } from './harness/workers.ts';
import { fileTransfer } from './proof/file-transfer.ts';
import { filePipeline, stringConverters } from './harness/pipelines.ts';

const folder = testFolder('file-pipeline');
after(() => folder.remove());
const seed = runSeed();
const lines = { [embeddedBroker.name]: 200_000, [apacheKafka.name]: 1_000_000, [apacheKafka3.name]: 50_000 };

for (const kind of [embeddedBroker, apacheKafka, apacheKafka3]) {
  const directory = join(folder.path, kind.name.replaceAll(' ', '-'));

  test(`a file of ${lines[kind.name]} lines arrives byte for byte through ${kind.name}`, { skip: kind.skip }, async () => {
    const report = await fileTransfer({ kind, directory, lines: lines[kind.name]!, seed });
    console.log(report);
    assert.equal(report.identical, true);
  });
}

for (const kind of [embeddedBroker, apacheKafka]) {
  test(
    `a line above max.request.size fails the task with Java's message and its offset intact, on ${kind.name}`,
    { skip: kind.skip },
    async () => {
      const directory = join(folder.path, `${kind.name.replaceAll(' ', '-')}-large`);
      const [input, output] = [join(directory, 'input.txt'), join(directory, 'output.txt')];
      mkdirSync(directory);
      const kafka = await kind.start(directory);
      const port = await freePort();
      const start = (limit: string): StandaloneWorker =>
        StandaloneWorker.sluice({
          directory: join(directory, 'worker'),
          bootstrapServers: kafka.bootstrapServers,
          port,
          connectors: filePipeline(input, output),
          worker: { ...stringConverters, 'producer.max.request.size': limit, 'offset.flush.interval.ms': '200' },
        });
      try {
        writeFileSync(input, `before\n${'x'.repeat(2000)}\nafter\n`);
        const worker = start('1000');
        try {
          await worker.ready();
          const failed = await waitFor('the source task fails', async () => {
            const { body } = await worker.request('GET', '/connectors/local-file-source/status');
            return body.tasks[0]?.state === 'FAILED' ? (body.tasks[0] as { trace: string }) : null;
          });
          assert.match(failed.trace, /^org\.apache\.kafka\.connect\.errors\.ConnectException: Unrecoverable exception/);
          assert.match(
            failed.trace,
            /RecordTooLargeException: The message is 2086 bytes when serialized which is larger than 1000, which is the value of the max\.request\.size configuration\./,
          );
          const sink = await worker.request('GET', '/connectors/local-file-sink/status');
          assert.equal(sink.body.tasks[0].state, 'RUNNING', 'all else goes on');
        } finally {
          await worker.stop();
        }
        // Nothing of it is lost: with room for the line, the transfer goes on where it stood.
        const again = start('1000000');
        try {
          await again.ready();
          appendFileSync(input, 'end\n');
          await waitFor('the rest arrives', () => existsSync(output) && readFileSync(output, 'utf8') === readFileSync(input, 'utf8'));
        } finally {
          await again.stop();
        }
      } finally {
        await kafka.stop();
      }
    },
  );
}
