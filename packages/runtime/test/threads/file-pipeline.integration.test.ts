import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { startBroker } from '@sluice/broker';
import { until } from '../support/conditions.ts';
import { poolRig, testPlugins } from '../support/pool-rig.ts';

const packages = [testPlugins, join(import.meta.dirname, '../../../converters'), join(import.meta.dirname, '../../../../connectors/file')];

describe('a file through Kafka into a file', () => {
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let directory = '';
  let rig: Awaited<ReturnType<typeof poolRig>>;

  before(async () => {
    broker = await startBroker({ listen: '127.0.0.1:0' });
    directory = await mkdtemp(join(tmpdir(), 'sluice-files-'));
  });
  after(async () => {
    await broker?.close();
    await rm(directory, { recursive: true });
  });
  afterEach(() => rig.pool.close());

  const setUp = async (converter = 'String'): Promise<void> => {
    rig = await poolRig({
      packages,
      worker: {
        'bootstrap.servers': broker.bootstrapServers,
        'key.converter': converter,
        'value.converter': converter,
        'header.converter': 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
        'offset.flush.interval.ms': '100',
        'task.shutdown.graceful.timeout.ms': '5000',
        'consumer.fetch.max.wait.ms': '50',
      },
    });
  };
  const file = (name: string): string => join(directory, name);
  const source = (topic: string): Record<string, string> => ({
    name: `source-${topic}`,
    'connector.class': 'FileStreamSource',
    file: file(`${topic}.in`),
    topic,
  });
  const sink = (topic: string, more: Record<string, string> = {}): Record<string, string> => ({
    name: `sink-${topic}`,
    'connector.class': 'FileStreamSink',
    file: file(`${topic}.out`),
    topics: topic,
    ...more,
  });
  const start = async (config: Record<string, string>): Promise<void> => {
    const [taskConfig] = (await rig.pool.startConnector(config['name']!, config, 'STARTED'))!;
    await rig.pool.startTask({
      connector: config['name']!,
      task: 0,
      connectorConfig: config,
      taskConfig: taskConfig!,
      targetState: 'STARTED',
    });
    await rig.reaches(config['name']!, 0, 'RUNNING');
  };
  const stop = (name: string): Promise<void> => rig.pool.stopTasks([{ connector: name, task: 0 }], 5_000);
  const output = (topic: string): Promise<string> => readFile(file(`${topic}.out`), 'utf8').catch(() => '');
  const reads = async (topic: string, text: string): Promise<void> => {
    await until(
      async () => (await output(topic)) === text,
      () => `the lines arrive\n${rig.trace(`source-${topic}`, 0)}\n${rig.trace(`sink-${topic}`, 0)}\n${rig.lines.join('\n')}`,
      30_000,
    );
  };

  it('moves every line, in order, and goes on after a restart of the tasks', async () => {
    await setUp();
    const lines = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, index) => `line ${from + index} ☕\n`).join('');
    await writeFile(file('t1.in'), lines(0, 5_000));
    await start(source('t1'));
    await start(sink('t1'));
    await reads('t1', lines(0, 5_000));
    assert.ok(rig.events.some((event) => event.kind === 'topic' && event.connector === 'source-t1' && event.topic === 't1'));
    assert.ok(rig.events.some((event) => event.kind === 'topic' && event.connector === 'sink-t1' && event.topic === 't1'));
    await stop('source-t1');
    await stop('sink-t1');
    assert.deepEqual([...rig.stored.values()], [{ position: Buffer.byteLength(lines(0, 5_000)) }]);
    for (const name of ['source-t1', 'sink-t1']) await rig.pool.stopConnector(name);
    await appendFile(file('t1.in'), lines(5_000, 5_100));
    await start(source('t1'));
    await start(sink('t1'));
    await reads('t1', lines(0, 5_100));
  });

  it('goes through JSON with schemas', async () => {
    await setUp('org.apache.kafka.connect.json.JsonConverter');
    await writeFile(file('t2.in'), 'a\n"b"\n');
    await start(source('t2'));
    await start(sink('t2'));
    await reads('t2', 'a\n"b"\n');
  });

  it('fails a task whose record is too large, with the reason that Java gives', async () => {
    await setUp();
    await writeFile(file('t3.in'), `short\n${'x'.repeat(2_000)}\n`);
    const config = { ...source('t3'), 'producer.override.max.request.size': '1000' };
    const [taskConfig] = (await rig.pool.startConnector('source-t3', config, 'STARTED'))!;
    await rig.pool.startTask({ connector: 'source-t3', task: 0, connectorConfig: config, taskConfig: taskConfig!, targetState: 'STARTED' });
    await rig.reaches('source-t3', 0, 'FAILED');
    assert.match(
      rig.trace('source-t3', 0),
      /ConnectException: Unrecoverable exception from producer send callback\n[^]*Caused by: org\.apache\.kafka\.common\.errors\.RecordTooLargeException: The message is \d+ bytes when serialized which is larger than 1000, which is the value of the max\.request\.size configuration\./,
    );
    assert.deepEqual([...rig.stored.values()], [{ position: 6 }]);
  });

  it('fails a sink task on what its converter cannot read', async () => {
    await setUp();
    await writeFile(file('t4.in'), 'not json\n');
    await start(source('t4'));
    await start(sink('t4', { 'value.converter': 'Json' }));
    await rig.reaches('sink-t4', 0, 'FAILED');
    assert.match(
      rig.trace('sink-t4', 0),
      /^org\.apache\.kafka\.connect\.errors\.ConnectException: Tolerance exceeded in error handler\n[^]*Caused by: org\.apache\.kafka\.connect\.errors\.DataException: /,
    );
  });
});
