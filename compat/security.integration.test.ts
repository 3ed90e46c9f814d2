// TLS and SASL in Java's spelling against Apache Kafka: every kind of store and mechanism that we say we take.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Admin, ClientSettings, KafkaClient, silentLog } from '@sluice/kafka';
import { services } from '../tools/services/services.ts';
import { ApacheKafka } from './harness/apache-kafka.ts';
import { testFolder } from './harness/kafkas.ts';
import type { Properties } from './harness/workers.ts';

const { kafka: service } = services();
const skip = service.present ? false : `no Apache Kafka: ${service.missing}`;
const folder = testFolder('security');
const file = (name: string): string => join(folder.path, name);
let kafka: ApacheKafka;

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(command, args, { cwd: folder.path, encoding: 'utf8' });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`);
}

/** A certificate for 127.0.0.1 that signs itself, and the same in every kind of store. */
function makeStores(): void {
  const certificate = ['-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...certificate);
  writeFileSync(file('both.pem'), `${readFileSync(file('key.pem'), 'utf8')}${readFileSync(file('cert.pem'), 'utf8')}`);
  for (const type of ['PKCS12', 'JKS']) {
    const store = ['-storetype', type, '-storepass', 'secret-of-store'];
    run('keytool', '-importcert', '-noprompt', '-alias', 'ca', '-file', 'cert.pem', '-keystore', `trust.${type}`, ...store);
    run(
      'keytool',
      '-genkeypair',
      '-alias',
      'client',
      '-keyalg',
      'RSA',
      '-dname',
      'CN=client',
      '-keystore',
      `key.${type}`,
      '-keypass',
      'secret-of-store',
      ...store,
    );
    run('keytool', '-exportcert', '-rfc', '-alias', 'client', '-keystore', `key.${type}`, '-file', `client-${type}.pem`, ...store);
  }
  const trusted = ['cert.pem', 'client-PKCS12.pem', 'client-JKS.pem'].map((name) => readFileSync(file(name), 'utf8')).join('');
  writeFileSync(file('trusted.pem'), trusted);
}

before(async () => {
  if (skip !== false) return;
  makeStores();
  const jaas = (module: string, users = ''): string => `org.apache.kafka.common.security.${module} required${users};`;
  const mechanisms: Record<string, string> = {};
  for (const listener of ['sasl_plaintext', 'sasl_ssl']) {
    mechanisms[`listener.name.${listener}.plain.sasl.jaas.config`] = jaas('plain.PlainLoginModule', ' user_alice="secret-of-alice"');
    for (const bits of ['256', '512'])
      mechanisms[`listener.name.${listener}.scram-sha-${bits}.sasl.jaas.config`] = jaas('scram.ScramLoginModule');
    mechanisms[`listener.name.${listener}.oauthbearer.sasl.jaas.config`] = jaas(
      'oauthbearer.OAuthBearerLoginModule',
      ' unsecuredLoginStringClaim_sub="broker"',
    );
  }
  mkdirSync(file('kafka'), { recursive: true });
  kafka = await ApacheKafka.start({
    directory: file('kafka'),
    listeners: ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    format: [
      '--add-scram',
      'SCRAM-SHA-256=[name=alice,password=secret-of-alice]',
      '--add-scram',
      'SCRAM-SHA-512=[name=alice,password=secret-of-alice]',
    ],
    config: {
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': file('both.pem'),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': file('trusted.pem'),
      'listener.name.ssl.ssl.client.auth': 'required',
      'connections.max.reauth.ms': '60000',
      ...mechanisms,
    },
  });
});
after(async () => {
  await kafka?.stop();
  folder.remove();
});

/** Connects, makes a topic and describes the cluster. */
async function works(protocol: string, properties: Properties): Promise<void> {
  const settings = ClientSettings.forAdmin(
    {
      'bootstrap.servers': kafka.listeners[protocol]!,
      'security.protocol': protocol,
      'default.api.timeout.ms': '15000',
      'request.timeout.ms': '10000',
      ...properties,
    },
    silentLog,
  );
  const client = new KafkaClient(settings, { log: silentLog });
  try {
    await client.connect();
    const { clusterId } = await new Admin(client).describeCluster();
    assert.ok(clusterId.length > 0);
  } finally {
    await client.close();
  }
}

const trust = (type: string): Properties =>
  type === 'PEM'
    ? { 'ssl.truststore.location': file('cert.pem') }
    : { 'ssl.truststore.location': file(`trust.${type}`), 'ssl.truststore.password': 'secret-of-store' };
const login = (module: string, password = 'secret-of-alice'): string =>
  `org.apache.kafka.common.security.${module} required username="alice" password="${password}";`;
const plain = 'plain.PlainLoginModule';
const scram = 'scram.ScramLoginModule';

for (const type of ['PKCS12', 'JKS'] as const) {
  test(`mutual TLS with ${type} stores, told by their content`, { skip }, () =>
    // The types are wrong on purpose: the content decides.
    works('SSL', {
      ...trust(type),
      'ssl.truststore.type': type === 'JKS' ? 'PKCS12' : 'JKS',
      'ssl.keystore.location': file(`key.${type}`),
      'ssl.keystore.password': 'secret-of-store',
      'ssl.key.password': 'secret-of-store',
    }),
  );
}

test('mutual TLS with PEM files and with PEM text', { skip }, async () => {
  await works('SSL', { ...trust('PEM'), 'ssl.keystore.location': file('both.pem') });
  await works('SSL', {
    'ssl.truststore.certificates': readFileSync(file('cert.pem'), 'utf8'),
    'ssl.keystore.key': readFileSync(file('key.pem'), 'utf8'),
    'ssl.keystore.certificate.chain': readFileSync(file('cert.pem'), 'utf8'),
  });
});

for (const [mechanism, module] of [
  ['PLAIN', plain],
  ['SCRAM-SHA-256', scram],
  ['SCRAM-SHA-512', scram],
] as const) {
  test(`${mechanism}, with and without TLS`, { skip }, async () => {
    await works('SASL_PLAINTEXT', { 'sasl.mechanism': mechanism, 'sasl.jaas.config': login(module) });
    await works('SASL_SSL', { 'sasl.mechanism': mechanism, 'sasl.jaas.config': login(module), ...trust('PEM') });
  });

  test(`${mechanism} with a wrong password is refused at once, and no secret is shown`, { skip }, async () => {
    const started = Date.now();
    await assert.rejects(
      works('SASL_PLAINTEXT', { 'sasl.mechanism': mechanism, 'sasl.jaas.config': login(module, 'wrong-secret') }),
      (error: Error) => {
        let text = '';
        for (let current: unknown = error; current instanceof Error; current = current.cause) text += `${current.stack}\n`;
        assert.match(text, /[Aa]uthentication failed/);
        assert.doesNotMatch(text, /wrong-secret/);
        return true;
      },
    );
    assert.ok(Date.now() - started < 10_000, 'no retries with credentials that are wrong');
  });
}

test('OAUTHBEARER with an unsecured token', { skip }, () =>
  works('SASL_PLAINTEXT', {
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.jaas.config':
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="alice";',
  }),
);

test('a certificate that nobody trusts is refused, and the error says what to set', { skip }, async () => {
  await assert.rejects(works('SASL_SSL', { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': login(plain) }), (error: Error) => {
    let text = '';
    for (let current: unknown = error; current instanceof Error; current = current.cause) text += `${current.message}\n`;
    assert.match(text, /ssl\.truststore/);
    return true;
  });
});

test('a mechanism that we do not have is an error that names those we have', () => {
  assert.throws(
    () =>
      ClientSettings.forAdmin(
        { 'bootstrap.servers': 'localhost:1', 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'GSSAPI' },
        silentLog,
      ),
    /Invalid value GSSAPI for configuration sasl\.mechanism: .*PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER/,
  );
});
