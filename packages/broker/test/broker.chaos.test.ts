import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { batchOf, temporaryDirectory } from './support/fixtures.ts';
import { decodeRecords } from './support/log-records.ts';
import { RawClient } from './support/raw-client.ts';
import { createTopic, fetch } from './support/running-broker.ts';

const ROUNDS = 4;
const IN_FLIGHT = 5;
const BATCHES_BEFORE_KILL = 60;

async function start(dataDir: string): Promise<{ child: ChildProcess; client: RawClient }> {
  const child = fork(fileURLToPath(new URL('support/broker-process.ts', import.meta.url)), [dataDir]);
  // A test that fails must not leave it behind, nor wait for it.
  process.once('exit', () => child.kill('SIGKILL'));
  child.unref();
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  child.channel?.unref();
  return { child, client: await RawClient.connect(port) };
}

/** An idempotent producer that sends a batch again, with its sequence, until it is acknowledged. */
class Producer {
  readonly id: number;
  acknowledged = 0;

  constructor(id: number) {
    this.id = id;
  }

  send(client: RawClient, sequence: number): Promise<void> {
    const records = batchOf([`value ${sequence} ${'x'.repeat((sequence * 131) % 3000)}`], {
      producerId: this.id,
      producerEpoch: 0,
      baseSequence: sequence,
    });
    const request = { acks: -1, timeoutMs: 1000, topicData: [{ name: 'chaos', partitionData: [{ index: 0, records }] }] };
    return client.send('Produce', request, 12).then(({ responses }) => {
      const result = responses[0]?.partitionResponses[0];
      assert.equal(result?.errorCode, 0, `batch ${sequence}: ${result?.errorMessage}`);
      assert.equal(result?.baseOffset, sequence, 'one record in each batch: its offset is its sequence');
      this.acknowledged = Math.max(this.acknowledged, sequence + 1);
    });
  }
}

test('a broker that is killed again and again loses nothing that it acknowledged, and writes nothing twice', async (t) => {
  const dataDir = temporaryDirectory();
  // The processes do not keep this one alive.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  let running = await start(dataDir);
  t.after(() => running.child.kill('SIGKILL'));
  await createTopic(running.client, 'chaos');
  const producer = new Producer((await running.client.send('InitProducerId', { transactionalId: null })).producerId);
  for (let round = 0; round < ROUNDS; round++) {
    const until = producer.acknowledged + BATCHES_BEFORE_KILL;
    const pending: Promise<unknown>[] = [];
    while (producer.acknowledged < until) {
      const window: Promise<void>[] = [];
      for (let i = 0; i < IN_FLIGHT; i++) window.push(producer.send(running.client, producer.acknowledged + i));
      await Promise.all(window);
    }
    // The broker dies with requests under way: some written, some acknowledged, some neither.
    for (let i = 0; i < IN_FLIGHT; i++)
      pending.push(
        producer
          .send(running.client, producer.acknowledged + i)
          .catch((error: unknown) => (error instanceof assert.AssertionError ? Promise.reject(error) : null)),
      );
    const exited = once(running.child, 'exit');
    running.child.kill('SIGKILL');
    await Promise.all([...pending, exited]);
    running = await start(dataDir);
  }
  const total = producer.acknowledged;
  for (let i = 0; i < IN_FLIGHT; i++) await producer.send(running.client, total + i);
  const seen: string[] = [];
  for (let offset = 0; ; offset = seen.length) {
    const { records } = await fetch(running.client, 'chaos', offset);
    if (records === null || records.length === 0) break;
    seen.push(...decodeRecords(records).map(({ value }) => value.split(' ', 2).join(' ')));
  }
  assert.deepEqual(
    seen,
    Array.from({ length: total + IN_FLIGHT }, (_, i) => `value ${i}`),
  );
  running.client.close();
});
