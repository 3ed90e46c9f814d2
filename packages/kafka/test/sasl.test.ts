import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, test } from 'node:test';
import { KafkaClient } from '../src/client/kafka-client.ts';
import { AuthenticationError } from '../src/errors.ts';
import { ClientSettings } from '../src/settings/client-settings.ts';
import { FakeBroker, until } from './fakes/fake-broker.ts';
import { FakeSasl } from './fakes/fake-sasl.ts';
import type { FakeSaslOptions } from './fakes/fake-sasl.ts';
import { RecordingLog } from './fakes/recording-log.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const security = 'org.apache.kafka.common.security';
const plainLogin = `${security}.plain.PlainLoginModule required username="alice" password="secret-1";`;
const scramLogin = `${security}.scram.ScramLoginModule required username="alice" password="secret-1";`;
const bearerModule = `${security}.oauthbearer.OAuthBearerLoginModule required`;

interface Setup {
  broker: FakeBroker;
  sasl: FakeSasl;
  client: KafkaClient;
  log: RecordingLog;
}

async function start(options: FakeSaslOptions, properties: Record<string, string>): Promise<Setup> {
  const sasl = new FakeSasl({ user: 'alice', password: 'secret-1', ...options });
  const broker = await FakeBroker.start({ ...sasl.handlers(), Heartbeat: () => ({}) });
  const log = new RecordingLog();
  const settings = ClientSettings.forAdmin(
    {
      'bootstrap.servers': broker.address,
      'security.protocol': 'SASL_PLAINTEXT',
      'retry.backoff.ms': '5',
      'reconnect.backoff.ms': '5',
      ...properties,
    },
    log,
  );
  const client = new KafkaClient(settings, { log });
  cleanups.push(
    () => broker.close(),
    () => client.close(),
  );
  return { broker, sasl, client, log };
}

for (const [mechanism, login] of [
  ['PLAIN', plainLogin],
  ['SCRAM-SHA-256', scramLogin],
  ['SCRAM-SHA-512', scramLogin],
] as const) {
  test(`${mechanism}: a login with the right password`, async () => {
    const { client, sasl } = await start({ mechanisms: [mechanism] }, { 'sasl.mechanism': mechanism, 'sasl.jaas.config': login });
    await client.connect();
    assert.equal(client.clusterId(), 'fake-cluster');
    assert.equal(sasl.logins, 1);
  });

  test(`${mechanism}: a wrong password is final, and names user and broker but no password`, async () => {
    const { broker, client, log } = await start(
      { mechanisms: [mechanism] },
      { 'sasl.mechanism': mechanism, 'sasl.jaas.config': login.replace('secret-1', 'secret-2') },
    );
    await assert.rejects(client.connect(), (error: Error) => {
      assert.ok(error instanceof AuthenticationError);
      assert.match(
        error.message,
        new RegExp(`^SASL ${mechanism} authentication of user 'alice' with broker ${broker.address} failed: Authentication failed`),
      );
      assert.equal(error.javaClass, 'org.apache.kafka.common.errors.SaslAuthenticationException');
      assert.ok(!`${error.stack}${log.lines.join()}`.includes('secret-2'));
      return true;
    });
    assert.equal(broker.connections, 1, 'no second attempt');
  });
}

test('a mechanism that the broker does not have is an error with those that it has', async () => {
  const { client } = await start(
    { mechanisms: ['SCRAM-SHA-512', 'GSSAPI'] },
    { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': plainLogin },
  );
  await assert.rejects(client.connect(), { name: 'AuthenticationError', message: /has no mechanism PLAIN, it has SCRAM-SHA-512, GSSAPI/ });
});

test('a session that ends is renewed on the same connection, with requests going on', async () => {
  const { broker, client, sasl } = await start(
    { mechanisms: ['PLAIN'], sessionLifetimeMs: 40 },
    { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': plainLogin },
  );
  await client.connect();
  let failures = 0;
  const stop = new AbortController();
  const traffic = (async () => {
    while (!stop.signal.aborted) await client.send(1, 'Heartbeat', { groupId: 'g' }).catch(() => failures++);
  })();
  await until(() => sasl.logins >= 3, 'two renewals');
  stop.abort();
  await traffic;
  assert.equal(failures, 0);
  assert.equal(broker.connections, 1);
  const apis = broker.requests.map((request) => request.api);
  for (const [index, api] of apis.entries())
    if (api === 'SaslHandshake') assert.equal(apis[index + 1], 'SaslAuthenticate', 'nothing between the requests of a login');
});

test('OAUTHBEARER: a token without a signature, from claims', async () => {
  const tokens: string[] = [];
  const { client } = await start(
    {
      mechanisms: ['OAUTHBEARER'],
      acceptsToken: (token, message) => {
        tokens.push(token);
        return message.includes('\x01traceId=123\x01');
      },
    },
    {
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.jaas.config': `${bearerModule} unsecuredLoginStringClaim_sub="x" unsecuredLoginListClaim_scope=",a,b" unsecuredLoginExtension_traceId="123";`,
    },
  );
  await client.connect();
  const [header, claims, signature] = tokens[0]!.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  assert.equal(header, '{"alg":"none"}');
  const { sub, scope, iat, exp } = JSON.parse(claims!) as Record<string, unknown>;
  assert.deepEqual({ sub, scope, life: (exp as number) - (iat as number) }, { sub: 'x', scope: ['a', 'b'], life: 3600 });
  assert.equal(signature, '');
});

test('OAUTHBEARER: a token that the broker refuses is final, with its reason', async () => {
  const { client } = await start(
    { mechanisms: ['OAUTHBEARER'], acceptsToken: () => false },
    { 'sasl.mechanism': 'OAUTHBEARER', 'sasl.jaas.config': `${bearerModule} unsecuredLoginStringClaim_sub="x";` },
  );
  await assert.rejects(client.connect(), { name: 'AuthenticationError', message: /invalid_token/ });
});

test('OAUTHBEARER without claims or endpoint says what is missing', async () => {
  const { client } = await start(
    { mechanisms: ['OAUTHBEARER'] },
    { 'sasl.mechanism': 'OAUTHBEARER', 'sasl.jaas.config': `${bearerModule};` },
  );
  await assert.rejects(client.connect(), { name: 'KafkaConfigError', message: /sasl\.oauthbearer\.token\.endpoint\.url/ });
});

interface Endpoint {
  url: string;
  requests: { authorization: string | undefined; body: string }[];
}

async function startEndpoint(answer: (count: number) => { status: number; body: unknown }): Promise<Endpoint> {
  const requests: Endpoint['requests'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      requests.push({ authorization: request.headers.authorization, body });
      const { status, body: text } = answer(requests.length);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, requests };
}

const credentials = `${bearerModule} clientId="me" clientSecret="secret-3" scope="kafka";`;

test('OAUTHBEARER: client credentials bring a token, which the connections of a client share', async () => {
  const endpoint = await startEndpoint(() => ({ status: 200, body: { access_token: jwt(3600) } }));
  const { broker, client } = await start(
    { mechanisms: ['OAUTHBEARER'], acceptsToken: (token) => token.split('.').length === 3 },
    { 'sasl.mechanism': 'OAUTHBEARER', 'sasl.jaas.config': credentials, 'sasl.oauthbearer.token.endpoint.url': endpoint.url },
  );
  await client.connect();
  broker.hangUp();
  await until(() => broker.sockets.size === 0, 'the connection is gone');
  await client.metadata.refresh();
  assert.equal(broker.connections, 2);
  assert.deepEqual(endpoint.requests, [
    { authorization: `Basic ${Buffer.from('me:secret-3').toString('base64')}`, body: 'grant_type=client_credentials&scope=kafka' },
  ]);
});

test('OAUTHBEARER: a session is renewed with a new token when the old one nears its end', async () => {
  const endpoint = await startEndpoint(() => ({ status: 200, body: { access_token: jwt(0.05) } }));
  const { client, sasl } = await start(
    { mechanisms: ['OAUTHBEARER'], acceptsToken: () => true, sessionLifetimeMs: 50 },
    { 'sasl.mechanism': 'OAUTHBEARER', 'sasl.jaas.config': credentials, 'sasl.oauthbearer.token.endpoint.url': endpoint.url },
  );
  await client.connect();
  await until(() => sasl.logins >= 3, 'two renewals');
  assert.ok(endpoint.requests.length >= 3);
});

test('OAUTHBEARER: an endpoint that is busy is asked again, one that refuses is not', async () => {
  const busy = await startEndpoint((count) => (count < 3 ? { status: 503, body: {} } : { status: 200, body: { access_token: 'opaque' } }));
  const properties = {
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.jaas.config': credentials,
    'sasl.login.retry.backoff.ms': '1',
    'sasl.login.retry.backoff.max.ms': '2',
  };
  const first = await start(
    { mechanisms: ['OAUTHBEARER'], acceptsToken: (token) => token === 'opaque' },
    { ...properties, 'sasl.oauthbearer.token.endpoint.url': busy.url },
  );
  await first.client.connect();
  assert.equal(busy.requests.length, 3);
  const refusing = await startEndpoint(() => ({ status: 401, body: { error: 'invalid_client', error_description: 'who are you' } }));
  const second = await start({ mechanisms: ['OAUTHBEARER'] }, { ...properties, 'sasl.oauthbearer.token.endpoint.url': refusing.url });
  await assert.rejects(second.client.connect(), (error: Error) => {
    assert.ok(error instanceof AuthenticationError);
    assert.match(error.message, /it answered 401 invalid_client: who are you/);
    assert.ok(!error.message.includes('secret-3'));
    return true;
  });
  assert.equal(refusing.requests.length, 1);
});

test('OAUTHBEARER: a token can be read from a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-token-'));
  cleanups.push(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'token');
  writeFileSync(file, 'from-file\n');
  const { client } = await start(
    { mechanisms: ['OAUTHBEARER'], acceptsToken: (token) => token === 'from-file' },
    {
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.jaas.config': `${bearerModule};`,
      'sasl.oauthbearer.token.endpoint.url': pathToFileURL(file).href,
    },
  );
  await client.connect();
});

function jwt(lifeSeconds: number): string {
  const now = Date.now() / 1000;
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ sub: 'me', iat: now, exp: now + lifeSeconds })}.c2ln`;
}
