import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, test } from 'node:test';
import { encodeResponse } from '@sluice/protocol';
import { Connection } from '../src/net/connection.ts';
import { openConnection } from '../src/net/open-connection.ts';
import type { ConnectionContext } from '../src/net/open-connection.ts';
import { silentLog } from '../src/log.ts';
import { FakeBroker, until } from './fakes/fake-broker.ts';
import type { FakeBrokerOptions, Handlers } from './fakes/fake-broker.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const context: ConnectionContext = {
  clientId: 'test',
  requestTimeoutMs: 5000,
  frameBytesMax: 1_000_000,
  tls: null,
  sasl: null,
  now: Date.now,
  random: Math.random,
  log: silentLog,
};

async function start(
  handlers: Handlers,
  options: FakeBrokerOptions = {},
): Promise<{ broker: FakeBroker; connection: Connection; closed: Error[] }> {
  const broker = await FakeBroker.start(handlers, options);
  const closed: Error[] = [];
  const connection = await openConnection({ host: '127.0.0.1', port: broker.port }, context, {
    setupTimeoutMs: 1000,
    signal: new AbortController().signal,
    onClose: (_connection, error) => closed.push(error),
  });
  cleanups.push(() => {
    connection.close(new Error('test over'));
    return broker.close();
  });
  return { broker, connection, closed };
}

const heartbeat = (generationId: number) => ({ groupId: 'g', generationId, memberId: 'm' });

test('many requests are under way at once and each gets its own answer', async () => {
  const { connection } = await start({ Heartbeat: ({ body }) => ({ errorCode: body.generationId }) });
  const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => connection.request('Heartbeat', 4, heartbeat(index))));
  assert.deepEqual(
    answers.map((answer) => answer.errorCode),
    Array.from({ length: 100 }, (_, index) => index),
  );
  assert.equal(connection.inFlight, 0);
});

test('the version is the highest that both sides and the caller know', async () => {
  const { connection } = await start({}, { versions: { Heartbeat: 2, OffsetDelete: null } });
  assert.equal(connection.version('Heartbeat'), 2);
  assert.equal(connection.version('Heartbeat', { maxVersion: 1 }), 1);
  assert.throws(() => connection.version('Heartbeat', { minVersion: 3 }), {
    errorName: 'UNSUPPORTED_VERSION',
    message: /The supported range is \[0,2\]/,
  });
  assert.throws(() => connection.version('OffsetDelete'), { errorName: 'UNSUPPORTED_VERSION' });
});

test('a broker that does not know our ApiVersions is asked again in its own version', async () => {
  const { broker, connection } = await start({}, { versions: { ApiVersions: 2 } });
  assert.deepEqual(
    broker.requests.map(({ api, version }) => [api, version]),
    [['ApiVersions', 2]],
  );
  assert.ok(connection.version('Metadata') > 4);
});

test('when the broker hangs up, everything that waits fails with a retriable error', async () => {
  const { broker, connection, closed } = await start({ Heartbeat: () => null });
  const waiting = [1, 2].map((id) => connection.request('Heartbeat', 4, heartbeat(id)));
  const outcome = Promise.allSettled(waiting);
  await until(() => broker.count('Heartbeat') === 2, 'both requests arrived');
  broker.hangUp();
  for (const result of await outcome) {
    assert.equal(result.status, 'rejected');
    assert.equal((result as PromiseRejectedResult).reason.errorName, 'NETWORK_EXCEPTION');
    assert.equal((result as PromiseRejectedResult).reason.retriable, true);
  }
  assert.equal(connection.isOpen, false);
  assert.equal(closed.length, 1);
  await assert.rejects(connection.request('Heartbeat', 4, heartbeat(3)), { errorName: 'NETWORK_EXCEPTION' });
});

test('a request without an answer in time ends the connection, and with it those behind', async () => {
  const { connection } = await start({ Heartbeat: () => null });
  const late = connection.request('Heartbeat', 4, heartbeat(1), { timeoutMs: 20 });
  const behind = connection.request('Heartbeat', 4, heartbeat(2));
  const results = await Promise.allSettled([late, behind]);
  assert.deepEqual(
    results.map((result) => (result as PromiseRejectedResult).reason.errorName),
    ['REQUEST_TIMED_OUT', 'NETWORK_EXCEPTION'],
  );
  assert.equal(connection.isOpen, false);
});

test('an aborted request is left alone, its answer is dropped, the connection goes on', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const { broker, connection } = await start({
    Heartbeat: async ({ body }) => {
      if (body.generationId === 1) await gate;
      return { errorCode: body.generationId };
    },
  });
  const abort = new AbortController();
  const first = connection.request('Heartbeat', 4, heartbeat(1), { signal: abort.signal });
  const second = connection.request('Heartbeat', 4, heartbeat(2));
  await until(() => broker.count('Heartbeat') === 1, 'the first request arrived');
  abort.abort(new Error('changed my mind'));
  await assert.rejects(first, /changed my mind/);
  release();
  assert.equal((await second).errorCode, 2);
  await assert.rejects(connection.request('Heartbeat', 4, heartbeat(3), { signal: abort.signal }), /changed my mind/);
});

test('a throttled connection holds its requests back and keeps their order', async () => {
  const { broker, connection } = await start({ Heartbeat: ({ body }) => ({ throttleTimeMs: body.generationId === 0 ? 50 : 0 }) });
  await connection.request('Heartbeat', 4, heartbeat(0));
  const before = performance.now();
  await Promise.all([1, 2, 3].map((id) => connection.request('Heartbeat', 4, heartbeat(id))));
  assert.ok(performance.now() - before >= 45, 'the pause was kept');
  assert.deepEqual(
    broker.requests.flatMap((request) => (request.api === 'Heartbeat' ? [request.body.generationId] : [])),
    [0, 1, 2, 3],
  );
});

test('requests that are held back when the connection ends are rejected too', async () => {
  const { broker, connection } = await start({});
  connection.hold();
  const held = connection.request('Heartbeat', 4, heartbeat(1));
  broker.hangUp();
  await assert.rejects(held, { errorName: 'NETWORK_EXCEPTION' });
});

test('a request without an answer resolves once it is written', async () => {
  const { broker, connection } = await start({ Heartbeat: () => null });
  await connection.request('Heartbeat', 4, heartbeat(1), { noResponse: true });
  assert.equal(connection.inFlight, 0);
  await until(() => broker.count('Heartbeat') === 1, 'it arrived');
});

test('a body that cannot be written is the fault of its caller alone', async () => {
  const { connection } = await start({ Heartbeat: () => ({}) });
  await assert.rejects(connection.request('Heartbeat', 0, { ...heartbeat(1), groupInstanceId: 'x' }));
  assert.equal((await connection.request('Heartbeat', 4, heartbeat(1))).errorCode, 0);
});

test('an oversized frame, a stranger and an answer nobody asked for end the connection', async () => {
  for (const bytes of [
    Buffer.from('HTTP/1.1 400 Bad Request'),
    Buffer.from('1503030002', 'hex'),
    encodeResponse('Heartbeat', 4, 999, {}),
  ]) {
    const { connection } = await start({
      Heartbeat: (_request, socket) => {
        socket.write(bytes);
        return null;
      },
    });
    await assert.rejects(connection.request('Heartbeat', 4, heartbeat(1)), { errorName: 'NETWORK_EXCEPTION' });
    assert.equal(connection.isOpen, false);
  }
});

test('what was written before closing still arrives', async () => {
  const { broker, connection } = await start({ Heartbeat: () => ({}) });
  const last = connection.request('Heartbeat', 4, heartbeat(1), { noResponse: true });
  connection.close(new Error('over'));
  await last;
  await until(() => broker.count('Heartbeat') === 1, 'it arrived');
});

test('answers that come in single bytes are put together', async () => {
  const { connection } = await start({
    Heartbeat: async (request, socket) => {
      const frame = encodeResponse('Heartbeat', request.version, request.correlationId, { errorCode: 7 });
      for (const byte of frame) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return null;
    },
  });
  assert.equal((await connection.request('Heartbeat', 4, heartbeat(1))).errorCode, 7);
});

test('plain bytes to a port that wants TLS give a hint', async () => {
  const broker = await FakeBroker.start({
    ApiVersions: (_request, socket) => {
      socket.write(Buffer.from('15030300020250', 'hex'));
      return null;
    },
  });
  cleanups.push(() => broker.close());
  const opening = openConnection(
    { host: '127.0.0.1', port: broker.port },
    { ...context, frameBytesMax: 1000 },
    { setupTimeoutMs: 1000, signal: new AbortController().signal, onClose: () => {} },
  );
  await assert.rejects(opening, { errorName: 'NETWORK_EXCEPTION', message: /does it expect SSL\? check security\.protocol/ });
});

test('a broker that hangs up on the first request gives a hint', async () => {
  const { connection } = await start({ Heartbeat: () => 'hangUp' });
  await assert.rejects(connection.request('Heartbeat', 4, heartbeat(1)), {
    message: /closed the connection \(does it expect SSL or SASL\? check security\.protocol\)$/,
  });
});

test('opening can be aborted', async () => {
  const broker = await FakeBroker.start({ ApiVersions: () => null });
  cleanups.push(() => broker.close());
  const abort = new AbortController();
  const opening = openConnection({ host: '127.0.0.1', port: broker.port }, context, {
    setupTimeoutMs: 1000,
    signal: abort.signal,
    onClose: () => {},
  });
  const outcome = assert.rejects(opening, /enough/);
  await until(() => broker.count('ApiVersions') === 1, 'the question arrived');
  abort.abort(new Error('enough'));
  await outcome;
  await until(() => broker.sockets.size === 0, 'the socket is closed');
});

test('a socket is open without delay and stays quiet after an error', async () => {
  const broker = await FakeBroker.start();
  cleanups.push(() => broker.close());
  const socket = connect(broker.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  let closes = 0;
  const connection = new Connection(socket, { ...context, broker: 'x:1', earlyCloseHint: '', onClose: () => closes++ });
  socket.emit('error', new Error('boom'));
  socket.emit('error', new Error('again'));
  assert.equal(connection.isOpen, false);
  assert.equal(closes, 1);
});
