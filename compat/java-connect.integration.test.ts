// The same three files under Java's connect-standalone and under Sluice: the same topic bytes, the same sink file, the same REST answers.
// Java's side is recorded in recorded/file-pipeline.json (SLUICE_RECORD=1 writes it anew); where Java is here, it runs again and must still say so.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { services } from '../tools/services/services.ts';
import { filePipelineSteps } from './file-pipeline-steps.ts';
import { apacheKafka, embeddedBroker, type KafkaKind, testFolder, type TestKafka } from './harness/kafkas.ts';
import { freePort, waitFor } from './harness/process.ts';
import { converse, type RecordedAnswer } from './harness/rest-script.ts';
import { type Properties, StandaloneWorker } from './harness/workers.ts';
import { readTopic, type TopicRecord } from './harness/topic.ts';

interface Recording {
  readonly topic: readonly TopicRecord[];
  readonly sink: string;
  readonly answers: readonly RecordedAnswer[];
}

const recordingFile = fileURLToPath(new URL('recorded/file-pipeline.json', import.meta.url));
const text = 'first line\n\nthird "line" with \\ and \ttab\nfourth: bär 🌊 河流\nfifth\r\nsixth\rseventh\nno end';
const ascii = text.replaceAll(/[^\p{ASCII}]/gu, 'x');

/** Reads a file of config/ as the sample that it is, with this test's own paths laid over it. */
function sample(name: string, own: Properties): Properties {
  const lines = readFileSync(fileURLToPath(new URL(`../config/${name}`, import.meta.url)), 'utf8').split('\n');
  const pairs = lines
    .filter((line) => /^[^#\s]/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return { ...(Object.fromEntries(pairs) as Properties), ...own };
}

async function play(start: typeof StandaloneWorker.java, kafka: TestKafka, directory: string): Promise<Recording> {
  mkdirSync(directory, { recursive: true });
  // Java counts characters where it means bytes, so after a restart it repeats parts of a file that is not ASCII: its own defect, not compared here.
  writeFileSync(join(directory, 'test.txt'), ascii);
  const port = await freePort();
  const worker = start({
    directory,
    bootstrapServers: kafka.bootstrapServers,
    port,
    worker: sample('connect-standalone.properties', {
      'bootstrap.servers': kafka.bootstrapServers,
      'offset.storage.file.filename': join(directory, 'connect.offsets'),
      listeners: `http://127.0.0.1:${port}`,
    }),
    connectors: [
      sample('connect-file-source.properties', { file: join(directory, 'test.txt') }),
      sample('connect-file-sink.properties', { file: join(directory, 'test.sink.txt') }),
    ],
  });
  try {
    await worker.ready();
    const sink = (): string => readFileSync(join(directory, 'test.sink.txt'), 'utf8');
    await waitFor(
      () => `seven lines arrive: ${worker.process.output().slice(-3000)}`,
      () => sink().split('\n').length >= 8,
      60_000,
    );
    const arrived = sink();
    const topic = await readTopic(kafka.bootstrapServers, 'connect-test');
    return { topic, sink: arrived, answers: await converse(worker, filePipelineSteps) };
  } finally {
    await worker.stop();
  }
}

function compare(ours: Recording, java: Recording): void {
  assert.deepEqual(ours.topic, java.topic, 'keys, values and headers in the topic');
  assert.equal(ours.sink, java.sink, 'the sink file');
  for (const [index, answer] of java.answers.entries()) assert.deepEqual(ours.answers[index], answer, answer.request);
}

const folder = testFolder('java-connect');
after(() => folder.remove());
let recorded: Recording;
before(() => {
  if (process.env['SLUICE_RECORD'] !== '1') recorded = JSON.parse(readFileSync(recordingFile, 'utf8')) as Recording;
});

test(
  'Java Connect still says what is recorded of it',
  { skip: services().javaConnect.present ? false : `no Java Connect: ${services().javaConnect.missing}` },
  async () => {
    const directory = join(folder.path, 'java');
    mkdirSync(directory);
    const kafka = await apacheKafka.start(directory);
    try {
      const java = await play((options) => StandaloneWorker.java(options), kafka, join(directory, 'worker'));
      if (process.env['SLUICE_RECORD'] === '1') {
        writeFileSync(recordingFile, `${JSON.stringify(java, null, 1)}\n`);
        recorded = java;
      }
      compare(java, recorded);
    } finally {
      await kafka.stop();
    }
  },
);

for (const kind of [embeddedBroker, apacheKafka] satisfies KafkaKind[]) {
  test(`Sluice answers as Java Connect did, on ${kind.name}`, { skip: kind.skip }, async () => {
    const directory = join(folder.path, kind.name.replaceAll(' ', '-'));
    mkdirSync(directory);
    const kafka = await kind.start(directory);
    try {
      compare(await play((options) => StandaloneWorker.sluice(options), kafka, join(directory, 'worker')), recorded);
    } finally {
      await kafka.stop();
    }
  });
}
