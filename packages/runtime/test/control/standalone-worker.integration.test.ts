import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RunningBroker, startBroker } from '@sluice/broker';
import { type StandaloneWorker, startStandaloneWorker } from '../../src/control/standalone-worker.ts';
import { readByteMap } from '../../src/control/java-hash-map.ts';

let directory: string;
let broker: RunningBroker;
const logged: string[] = [];
const log = (level: string, context: string, message: string): void => {
  logged.push(`${level} ${context}${message}`);
};
const pluginRoots = ['@sluice/connector-file', '@sluice/converters'].map((name) =>
  dirname(dirname(fileURLToPath(import.meta.resolve(name)))),
);

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-worker-'));
  broker = await startBroker({ listen: '127.0.0.1:0' });
});
after(async () => {
  await broker.close();
  await rm(directory, { recursive: true });
});

function workerProps(more: Record<string, string> = {}): Record<string, string> {
  return {
    'bootstrap.servers': broker.bootstrapServers,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'offset.storage.file.filename': join(directory, 'connect.offsets'),
    'offset.flush.interval.ms': '1000',
    listeners: 'http://127.0.0.1:0',
    'worker.threads': '1',
    ...more,
  };
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(Date.now() < deadline, `${what} did not happen; the log:\n${logged.slice(-40).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function content(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}

test('lines go from a file through Kafka into a file, and go on after a restart', async () => {
  const [input, output] = [join(directory, 'in.txt'), join(directory, 'out.txt')];
  await writeFile(input, 'one\ntwo\n');
  const connectors = [
    { name: 'source', config: { 'connector.class': 'FileStreamSource', file: input, topic: 'lines' }, initialState: null },
    { name: 'sink', config: { 'connector.class': 'FileStreamSink', file: output, topics: 'lines' }, initialState: null },
  ];
  let worker: StandaloneWorker = await startStandaloneWorker({ workerProps: workerProps(), connectors, pluginRoots, log });
  try {
    await until('the first lines', async () => ((await content(output)) === 'one\ntwo\n' ? true : undefined));
    const status = (await (await fetch(`${worker.url}/connectors/source/status`)).json()) as {
      connector: { state: string };
      tasks: { state: string }[];
    };
    assert.equal(status.connector.state, 'RUNNING');
    assert.deepEqual(
      status.tasks.map(({ state }) => state),
      ['RUNNING'],
    );
    assert.deepEqual(await (await fetch(`${worker.url}/connectors/source/topics`)).json(), { source: { topics: ['lines'] } });
    await worker.stop();
    const [[key] = [null]] = readByteMap(await readFile(join(directory, 'connect.offsets')));
    assert.equal(key?.toString(), `["source",{"filename":${JSON.stringify(input)}}]`);

    await appendFile(input, 'three\n');
    worker = await startStandaloneWorker({ workerProps: workerProps(), connectors, pluginRoots, log });
    await until('the line after the restart', async () => ((await content(output)).endsWith('three\n') ? true : undefined));
    assert.equal(await content(output), 'one\ntwo\nthree\n', 'nothing twice, nothing lost');
    const offsets = await until('the committed offset', async () => {
      const { offsets: found } = (await (await fetch(`${worker.url}/connectors/sink/offsets`)).json()) as { offsets: unknown[] };
      return JSON.stringify(found).includes('"kafka_offset":3') ? found : undefined;
    });
    assert.deepEqual(offsets, [{ partition: { kafka_topic: 'lines', kafka_partition: 0 }, offset: { kafka_offset: 3 } }]);
  } finally {
    await worker.stop();
  }
});

test('no broker: the worker does not start, in the words of Kafka Connect', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const props = workerProps({ 'bootstrap.servers': `127.0.0.1:${port}`, 'default.api.timeout.ms': '300', 'request.timeout.ms': '200' });
  await assert.rejects(startStandaloneWorker({ workerProps: props, pluginRoots, log }), {
    message: "Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties.",
  });
});

test('a converter that is not installed is found at the start', async () => {
  await assert.rejects(startStandaloneWorker({ workerProps: workerProps({ 'key.converter': 'Foo' }), pluginRoots, log }), {
    message: 'Invalid value Foo for configuration key.converter: Class Foo could not be found.',
  });
});

test('a connector on the command line that is wrong ends the worker', async () => {
  const connectors = [{ name: 'bad', config: { 'connector.class': 'FileStreamSource' }, initialState: null }];
  await assert.rejects(startStandaloneWorker({ workerProps: workerProps(), connectors, pluginRoots, log }), {
    message:
      /^Failed to create connector bad: Connector configuration is invalid and contains the following 1 error\(s\):\nMissing required configuration "topic"/,
  });
});
