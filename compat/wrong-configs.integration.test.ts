// What a user reads who got something wrong: one clear message that names key and value, an exit code that is not 0, and no stack trace.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { embeddedBroker, testFolder, type TestKafka } from './harness/kafkas.ts';
import { freePort, TestProcess, waitFor } from './harness/process.ts';
import { type Properties, sluiceEntry, StandaloneWorker, writeProperties } from './harness/workers.ts';

const folder = testFolder('wrong-configs');
let kafka: TestKafka;
before(async () => {
  kafka = await embeddedBroker.start(folder.path);
});
after(async () => {
  await kafka.stop();
  folder.remove();
});

let runs = 0;

/** Runs `sluice standalone` to its end with the given differences from a configuration that works. */
async function failed(worker: Properties, connector: Properties | null = null): Promise<{ code: unknown; output: string }> {
  const directory = join(folder.path, `run-${runs++}`);
  mkdirSync(directory);
  const files = [
    writeProperties(join(directory, 'worker.properties'), {
      'bootstrap.servers': kafka.bootstrapServers,
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'offset.storage.file.filename': join(directory, 'offsets'),
      listeners: `http://127.0.0.1:${await freePort()}`,
      ...worker,
    }),
    ...(connector === null ? [] : [writeProperties(join(directory, 'connector.properties'), connector)]),
  ];
  const run = new TestProcess(process.execPath, [sluiceEntry, 'standalone', ...files], { logFile: join(directory, 'log') });
  const timer = setTimeout(() => run.signal('SIGKILL'), 30_000);
  const code = await run.exited;
  clearTimeout(timer);
  return { code, output: run.output() };
}

function assertClear({ code, output }: { code: unknown; output: string }, message: RegExp | string): void {
  assert.ok(typeof code === 'number' && code !== 0, `exit code ${String(code)}: ${output}`);
  if (typeof message === 'string') assert.ok(output.includes(message), `${message}\nis not in\n${output}`);
  else assert.match(output, message);
  assert.doesNotMatch(output, /^\s+at .*:\d+:\d+\)?$/m, 'no stack trace');
}

const source: Properties = { name: 'source', 'connector.class': 'FileStreamSource', file: 'x', topic: 't' };

test('an unknown converter', async () => {
  assertClear(
    await failed({ 'value.converter': 'com.example.NoConverter' }),
    'Invalid value com.example.NoConverter for configuration value.converter: Class com.example.NoConverter could not be found.',
  );
});

test('a number that is none, in the worker', async () => {
  assertClear(
    await failed({ 'offset.flush.interval.ms': 'often' }),
    'Invalid value often for configuration offset.flush.interval.ms: Not a number of type LONG',
  );
});

test('a key that must be there', async () => {
  const directory = join(folder.path, 'bare');
  mkdirSync(directory);
  const file = writeProperties(join(directory, 'worker.properties'), { 'bootstrap.servers': kafka.bootstrapServers });
  const run = new TestProcess(process.execPath, [sluiceEntry, 'standalone', file], { logFile: join(directory, 'log') });
  assertClear({ code: await run.exited, output: run.output() }, /Missing required configuration "[a-z.]+" which has no default value\./);
});

test('bootstrap.servers that nobody listens on', async () => {
  const port = await freePort();
  const result = await failed({ 'bootstrap.servers': `127.0.0.1:${port}`, 'default.api.timeout.ms': '1500', 'request.timeout.ms': '1000' });
  assertClear(result, "Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties.");
  assert.ok(result.output.includes(`127.0.0.1:${port}`), 'the value is named');
  assert.match(result.output, /bootstrap\.servers/);
  assert.equal(result.code, 3);
});

test('bootstrap.servers that is no address', async () => {
  assertClear(await failed({ 'bootstrap.servers': 'nowhere' }), 'Invalid url in bootstrap.servers: nowhere');
});

test('a port in use', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const result = await failed({ listeners: `http://127.0.0.1:${port}` });
  server.close();
  assertClear(result, /listeners/);
  assert.ok(result.output.includes(`http://127.0.0.1:${port}`), result.output);
  assert.match(result.output, /in use/);
});

test('an unknown connector class', async () => {
  assertClear(
    await failed({}, { ...source, 'connector.class': 'NoSuchConnector' }),
    /Failed to find any class that implements Connector and which name matches NoSuchConnector, available connectors are: PluginDesc\{/,
  );
});

test('a connector without its topic', async () => {
  const { topic: _, ...rest } = source;
  assertClear(await failed({}, rest), 'Missing required configuration "topic" which has no default value.');
});

test('a number that is none, in a connector', async () => {
  assertClear(
    await failed({}, { ...source, 'batch.size': 'lots' }),
    'Invalid value lots for configuration batch.size: Not a number of type INT',
  );
});

test('a connector file without a name', async () => {
  const { name: _, ...rest } = source;
  assertClear(await failed({}, rest), /Connector configuration at '.*connector\.properties' is missing the mandatory 'name' configuration/);
});

test('a worker file that is not there', async () => {
  const log = join(folder.path, 'no-file.log');
  const run = new TestProcess(process.execPath, [sluiceEntry, 'standalone', '/no/such/worker.properties'], { logFile: log });
  assertClear(
    { code: await run.exited, output: run.output() },
    /cannot read the worker configuration \/no\/such\/worker\.properties: there is no such file/,
  );
});

test('files that connectors cannot use: the task says so, the worker goes on', async () => {
  const directory = join(folder.path, 'unreadable');
  mkdirSync(directory);
  const text = 'org.apache.kafka.connect.storage.StringConverter';
  writeFileSync(join(directory, 'input.txt'), 'line\n');
  const worker = await StandaloneWorker.sluice({
    directory,
    bootstrapServers: kafka.bootstrapServers,
    port: await freePort(),
    worker: { 'key.converter': text, 'value.converter': text },
    connectors: [
      { ...source, name: 'directory', file: directory, topic: 'unreadable' },
      { ...source, name: 'absent', file: join(directory, 'absent.txt'), topic: 'unreadable' },
      { ...source, name: 'readable', file: join(directory, 'input.txt'), topic: 'unreadable' },
      { name: 'no-file', 'connector.class': 'FileStreamSource', topic: 'unreadable' },
      { name: 'sink', 'connector.class': 'FileStreamSink', topics: 'unreadable', file: '/no/dir/x' },
    ],
  }).ready();
  const trace = (connector: string): Promise<string> =>
    waitFor(
      `${connector} fails`,
      async () => ((await worker.request('GET', `/connectors/${connector}/status`)).body.tasks[0]?.trace ?? null) as string | null,
    );
  try {
    assert.ok((await trace('sink')).includes("Couldn't find or create file '/no/dir/x' for FileStreamSinkTask"));
    assert.ok((await trace('directory')).includes(directory));
    await waitFor('a file that is not there is waited for, and the log says so', () =>
      worker.process
        .output()
        .includes(`Couldn't find file ${join(directory, 'absent.txt')} for FileStreamSourceTask, sleeping to wait for it to be created`),
    );
    await waitFor('a source without a file says what it reads', () =>
      worker.process.output().includes("The configuration 'file' is not set: reading standard input"),
    );
    await worker.inState('readable', 'RUNNING');
    await worker.inState('absent', 'RUNNING');
  } finally {
    await worker.stop();
  }
});
