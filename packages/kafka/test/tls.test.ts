import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { opensslCipherName } from '../src/auth/cipher-suites.ts';
import { parsePem, toPem } from '../src/auth/pem.ts';
import { KafkaClient } from '../src/client/kafka-client.ts';
import { AuthenticationError, KafkaConfigError } from '../src/errors.ts';
import { ClientSettings } from '../src/settings/client-settings.ts';
import { FakeBroker } from './fakes/fake-broker.ts';
import { storeBytes } from './fakes/stores.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
after(() => rmSync(directory, { recursive: true }));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const serverCertificate = toPem('CERTIFICATE', storeBytes('server.der'));
const serverKey = storeBytes('server-key.pem').toString();

function storeFile(name: string): string {
  const file = join(directory, name);
  writeFileSync(file, storeBytes(name));
  return file;
}

async function start(properties: Record<string, string>, tls: TlsOptions = {}, host = '127.0.0.1'): Promise<KafkaClient> {
  const broker = await FakeBroker.start({}, { tls: { key: serverKey, cert: serverCertificate, ...tls }, host: '127.0.0.1' });
  const settings = ClientSettings.forAdmin({ 'bootstrap.servers': `${host}:${broker.port}`, 'security.protocol': 'SSL', ...properties });
  const client = new KafkaClient(settings);
  cleanups.push(
    () => broker.close(),
    () => client.close(),
  );
  return client;
}

test('a trust store of any format lets us in, whatever its name and ssl.truststore.type say', async () => {
  for (const name of ['trust.jks', 'trust.p12']) {
    const client = await start({ 'ssl.truststore.location': storeFile(name), 'ssl.truststore.password': 'changeit' });
    await client.connect();
    assert.equal(client.clusterId(), 'fake-cluster');
  }
  const inline = await start({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': serverCertificate.replaceAll('\n', ' ') });
  await inline.connect();
});

test('a broker that is not trusted is refused for good', async () => {
  const client = await start({});
  await assert.rejects(client.connect(), (error: Error) => {
    assert.ok(error instanceof AuthenticationError);
    assert.equal(error.javaClass, 'org.apache.kafka.common.errors.SslAuthenticationException');
    assert.match(error.message, /^SSL handshake with broker 127\.0\.0\.1:\d+ failed: .*\(check ssl\.truststore\.location\)$/);
    return true;
  });
});

test('the host must be in the certificate, unless the check is switched off', async () => {
  const trust = { 'ssl.truststore.certificates': toPem('CERTIFICATE', storeBytes('ca.der')) + clientCertificate };
  const server = { key: clientKey, cert: clientCertificate };
  await assert.rejects((await start(trust, server)).connect(), { name: 'AuthenticationError', message: /altnames/i });
  await (await start({ ...trust, 'ssl.endpoint.identification.algorithm': '' }, server)).connect();
});

const client = await (await import('../src/auth/read-store.ts')).readStore(storeBytes('client.p12'), { store: 'changeit', key: null });
const clientCertificate = parsePem(client.privateKeys[0]!.chain)[0]!.text;
const clientKey = client.privateKeys[0]!.key;

test('a client certificate is shown to a broker that asks for it', async () => {
  const mutual: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: toPem('CERTIFICATE', storeBytes('ca.der')) };
  const trust = { 'ssl.truststore.certificates': serverCertificate };
  const keys: Record<string, string>[] = [
    { 'ssl.keystore.location': storeFile('client.p12'), 'ssl.keystore.password': 'changeit' },
    { 'ssl.keystore.key': clientKey, 'ssl.keystore.certificate.chain': clientCertificate },
  ];
  for (const key of keys) await (await start({ ...trust, ...key }, mutual)).connect();
  await assert.rejects((await start(trust, mutual)).connect(), { name: 'AuthenticationError', message: /SSL handshake/ });
});

test('an encrypted PEM key needs ssl.key.password', async () => {
  const keys = {
    'ssl.truststore.certificates': serverCertificate,
    'ssl.keystore.key': storeBytes('server-key.enc.pem').toString(),
    'ssl.keystore.certificate.chain': serverCertificate,
  };
  await (await start({ ...keys, 'ssl.key.password': 'keypass' })).connect();
  await assert.rejects((await start({ ...keys, 'ssl.key.password': 'wrong-one' })).connect(), (error: Error) => {
    assert.match(error.message, /^Invalid value \[hidden\] for configuration ssl\.keystore\.key: .*check ssl\.key\.password$/);
    return !error.message.includes('wrong-one');
  });
});

const wrong: [string, Record<string, string>, RegExp][] = [
  [
    'a store that is not there',
    { 'ssl.truststore.location': '/nope' },
    /^Invalid value \/nope for configuration ssl\.truststore\.location: Failed to load SSL keystore \/nope: ENOENT/,
  ],
  [
    'a store without a private key',
    { 'ssl.keystore.location': 'trust.p12', 'ssl.keystore.password': 'changeit' },
    /ssl\.keystore\.location: The store has no private key/,
  ],
  [
    'a wrong password',
    { 'ssl.truststore.location': 'trust.jks', 'ssl.truststore.password': 'hunter2' },
    /trust\.jks: keystore password was incorrect/,
  ],
  ['no PEM', { 'ssl.truststore.certificates': 'garb' }, /No matching CERTIFICATE entries in PEM file/],
  ['a key without certificates', { 'ssl.keystore.key': 'x' }, /^SSL private key is specified, but certificate chain is not specified\.$/],
  [
    'certificates without a key',
    { 'ssl.keystore.certificate.chain': 'x' },
    /^SSL certificate chain is specified, but private key is not specified$/,
  ],
  [
    'two trust stores',
    { 'ssl.truststore.location': '/x', 'ssl.truststore.certificates': 'x' },
    /^Both SSL trust store location and separate trust certificates are specified\.$/,
  ],
  [
    'an unknown protocol',
    { 'ssl.enabled.protocols': 'TLSv9' },
    /^Invalid value TLSv9 for configuration ssl\.enabled\.protocols: String must be one of: TLSv1, /,
  ],
  ['an unknown cipher', { 'ssl.cipher.suites': 'XYZ' }, /^Invalid value XYZ for configuration ssl\.cipher\.suites/],
];

for (const [what, properties, message] of wrong) {
  test(`wrong SSL settings are refused without trying to connect: ${what}`, async () => {
    const located = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [key, value.startsWith('trust.') ? storeFile(value) : value]),
    );
    const kafka = await start(located);
    await assert.rejects(kafka.connect(), (error: Error) => {
      assert.ok(error instanceof KafkaConfigError, String(error));
      assert.match(error.message, message);
      return !error.message.includes('hunter2');
    });
  });
}

test('cipher suites have their Java names', async () => {
  assert.equal(opensslCipherName('TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'), 'ECDHE-RSA-AES256-GCM-SHA384');
  assert.equal(opensslCipherName('TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'), 'ECDHE-ECDSA-CHACHA20-POLY1305');
  assert.equal(opensslCipherName('TLS_RSA_WITH_AES_128_CBC_SHA'), 'AES128-SHA');
  assert.equal(opensslCipherName('TLS_DHE_RSA_WITH_AES_128_CBC_SHA256'), 'DHE-RSA-AES128-SHA256');
  assert.equal(opensslCipherName('TLS_AES_128_GCM_SHA256'), 'TLS_AES_128_GCM_SHA256');
  const properties = {
    'ssl.truststore.certificates': serverCertificate,
    'ssl.cipher.suites': 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    'ssl.enabled.protocols': 'TLSv1.2',
  };
  await (await start(properties)).connect();
});

test('TLS to a port that speaks plain Kafka says so', async () => {
  const broker = await FakeBroker.start({}, {});
  cleanups.push(() => broker.close());
  const settings = ClientSettings.forAdmin({
    'bootstrap.servers': broker.address,
    'security.protocol': 'SSL',
    'ssl.truststore.certificates': serverCertificate,
  });
  const kafka = new KafkaClient(settings);
  cleanups.push(() => kafka.close());
  await assert.rejects(kafka.connect(undefined, 100), {
    errorName: 'REQUEST_TIMED_OUT',
    message: /does the broker speak SSL on this port\? check security\.protocol/,
  });
});
