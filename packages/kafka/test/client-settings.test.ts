import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { KafkaConfigError } from '../src/errors.ts';
import { ClientSettings, clientConfigProblems } from '../src/settings/client-settings.ts';
import type { ClientKind } from '../src/settings/client-tables.ts';
import { RecordingLog } from './fakes/recording-log.ts';

const servers = { 'bootstrap.servers': '127.0.0.1:9092' };
const make: Record<ClientKind, (properties: Record<string, string | null>, log?: RecordingLog) => ClientSettings> = {
  producer: (properties, log) => ClientSettings.forProducer({ ...servers, ...properties }, log),
  consumer: (properties, log) => ClientSettings.forConsumer({ ...servers, ...properties }, log),
  admin: (properties, log) => ClientSettings.forAdmin({ ...servers, ...properties }, log),
};

// What Kafka 4.3.1's own clients answer to the same properties.
const wrong: [ClientKind, Record<string, string>, string][] = [
  ['producer', { 'linger.ms': 'abc' }, 'Invalid value abc for configuration linger.ms: Not a number of type LONG'],
  ['producer', { 'linger.ms': '-1' }, 'Invalid value -1 for configuration linger.ms: Value must be at least 0'],
  ['producer', { 'linger.ms': '1_000' }, 'Invalid value 1_000 for configuration linger.ms: Not a number of type LONG'],
  ['producer', { 'batch.size': '' }, 'Invalid value  for configuration batch.size: Not a number of type INT'],
  ['producer', { retries: '3000000000' }, 'Invalid value 3000000000 for configuration retries: Not a number of type INT'],
  ['producer', { acks: '2' }, 'Invalid value 2 for configuration acks: String must be one of: all, -1, 0, 1'],
  ['producer', { acks: 'ALL' }, 'Invalid value ALL for configuration acks: String must be one of: all, -1, 0, 1'],
  [
    'producer',
    { 'compression.type': 'br' },
    'Invalid value br for configuration compression.type: String must be one of: none, gzip, snappy, lz4, zstd',
  ],
  [
    'producer',
    { 'compression.gzip.level': '0' },
    'Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1',
  ],
  [
    'producer',
    { 'enable.idempotence': 'yes' },
    'Invalid value yes for configuration enable.idempotence: Expected value to be either true or false',
  ],
  ['producer', { 'transactional.id': '' }, 'Invalid value  for configuration transactional.id: String must be non-empty'],
  [
    'producer',
    { 'security.protocol': 'foo' },
    'Invalid value foo for configuration security.protocol: String must be one of (case insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT',
  ],
  ['producer', { 'ssl.cipher.suites': 'A,,B' }, "Configuration 'ssl.cipher.suites' values must not be empty."],
  [
    'producer',
    { 'bootstrap.servers': '' },
    "Configuration 'bootstrap.servers' must not be empty. Valid values include: any non-empty value",
  ],
  ['producer', { 'bootstrap.servers': 'a,,b' }, "Configuration 'bootstrap.servers' values must not be empty."],
  ['producer', { 'bootstrap.servers': 'a' }, 'Invalid url in bootstrap.servers: a'],
  ['producer', { 'bootstrap.servers': '127.0.0.1:x' }, 'Invalid url in bootstrap.servers: 127.0.0.1:x'],
  ['producer', { 'bootstrap.servers': '127.0.0.1:99999' }, 'Invalid port in bootstrap.servers: 127.0.0.1:99999'],
  [
    'producer',
    { 'enable.idempotence': 'true', acks: '1' },
    'Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.',
  ],
  ['producer', { 'enable.idempotence': 'true', retries: '0' }, 'Must set retries to non-zero when using the idempotent producer.'],
  [
    'producer',
    { 'max.in.flight.requests.per.connection': '6' },
    'To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is 6.',
  ],
  [
    'producer',
    { acks: '1', 'max.in.flight.requests.per.connection': '6' },
    'To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is 6.',
  ],
  [
    'producer',
    { 'transactional.id': 't', 'enable.idempotence': 'false' },
    'Cannot set a transactional.id without also enabling idempotence.',
  ],
  ['producer', { 'delivery.timeout.ms': '100' }, 'delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms'],
  [
    'producer',
    { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': '' },
    'Invalid value null for configuration sasl.mechanism: When the security.protocol configuration enables SASL, mechanism must be non-null and non-empty string.',
  ],
  [
    'consumer',
    { 'auto.offset.reset': 'by_duration:x' },
    "Invalid value by_duration:x for configuration auto.offset.reset: Invalid value `by_duration:x` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.",
  ],
  [
    'consumer',
    { 'isolation.level': 'x' },
    'Invalid value x for configuration isolation.level: String must be one of: read_committed, read_uncommitted',
  ],
  ['consumer', { 'enable.auto.commit': 'true' }, 'enable.auto.commit cannot be set to true when default group id (null) is used.'],
  ['consumer', { 'group.id': '' }, 'The configured group.id should not be an empty string or whitespace.'],
  ['consumer', { 'group.id': 'g', 'heartbeat.interval.ms': '50000' }, 'Heartbeat must be set lower than the session timeout'],
  ['consumer', { 'max.poll.records': '0' }, 'Invalid value 0 for configuration max.poll.records: Value must be at least 1'],
  ['admin', { 'bootstrap.servers': '' }, 'You must set either bootstrap.servers or bootstrap.controllers'],
  [
    'admin',
    { 'default.api.timeout.ms': '5' },
    'The specified value of default.api.timeout.ms must be no smaller than the value of request.timeout.ms.',
  ],
  [
    'admin',
    { 'sasl.login.refresh.window.factor': '2' },
    'Invalid value 2.0 for configuration sasl.login.refresh.window.factor: Value must be no more than 1.0',
  ],
  [
    'admin',
    { 'sasl.login.refresh.min.period.seconds': '70000' },
    'Invalid value 70000 for configuration sasl.login.refresh.min.period.seconds: Not a number of type SHORT',
  ],
  [
    'admin',
    { 'client.dns.lookup': 'x' },
    'Invalid value x for configuration client.dns.lookup: String must be one of: use_all_dns_ips, resolve_canonical_bootstrap_servers_only',
  ],
  [
    'admin',
    { 'metadata.recovery.strategy': 'x' },
    'Invalid value x for configuration metadata.recovery.strategy: String must be one of (case insensitive): REBOOTSTRAP, NONE',
  ],
];

for (const [kind, properties, message] of wrong) {
  test(`a ${kind} with ${JSON.stringify(properties)} is refused in Kafka's words`, () => {
    assert.throws(
      () => make[kind](properties),
      (error) => error instanceof KafkaConfigError && error.message === message,
    );
  });
}

test("defaults are Kafka 4.3's", () => {
  const producer = make.producer({});
  assert.equal(producer.get('linger.ms'), 5);
  assert.equal(producer.get('batch.size'), 16_384);
  assert.equal(producer.get('acks'), 'all');
  assert.equal(producer.get('enable.idempotence'), true);
  assert.equal(producer.get('delivery.timeout.ms'), 120_000);
  const consumer = make.consumer({});
  assert.equal(consumer.get('enable.auto.commit'), false, 'nothing to commit to without a group');
  assert.equal(make.consumer({ 'group.id': 'g' }).get('enable.auto.commit'), true);
  assert.equal(consumer.get('session.timeout.ms'), 45_000);
  assert.equal(make.admin({}).get('connections.max.idle.ms'), 300_000);
});

test('values are trimmed, may have a sign or an exponent, and may be longer than 53 bits', () => {
  const settings = make.producer({
    'linger.ms': ' +7 ',
    'max.block.ms': '9223372036854775807',
    'sasl.login.refresh.window.factor': '6e-1f',
  });
  assert.equal(settings.get('linger.ms'), 7);
  assert.ok(settings.get('max.block.ms') >= Number.MAX_SAFE_INTEGER);
  assert.equal(settings.get('sasl.login.refresh.window.factor'), 0.6);
});

test('idempotence gives way where it was not asked for, and the delivery timeout grows with linger', () => {
  const log = new RecordingLog();
  assert.equal(make.producer({ acks: '1' }, log).get('enable.idempotence'), false);
  assert.equal(make.producer({ retries: '0' }).get('enable.idempotence'), false);
  assert.equal(make.producer({ 'linger.ms': '200000' }, log).get('delivery.timeout.ms'), 230_000);
  assert.equal(
    make.producer({ 'enable.idempotence': 'false', 'max.in.flight.requests.per.connection': '6' }).get('enable.idempotence'),
    false,
  );
  assert.ok(log.lines.some((line) => line.includes('Idempotence will be disabled because acks is set to 1')));
});

test('a missing bootstrap.servers is named', () => {
  assert.throws(() => ClientSettings.forProducer({}), {
    message: 'Missing required configuration "bootstrap.servers" which has no default value.',
  });
  assert.throws(() => ClientSettings.forConsumer({ 'bootstrap.servers': null }), {
    message: /Missing required configuration "bootstrap.servers"/,
  });
});

test('bootstrap servers may have listener names, IPv6 addresses and spaces', () => {
  const settings = make.producer({ 'bootstrap.servers': ' PLAINTEXT://a.b:1 , [::1]:2,c-d:3' });
  assert.deepEqual(settings.bootstrapServers, [
    { host: 'a.b', port: 1 },
    { host: '::1', port: 2 },
    { host: 'c-d', port: 3 },
  ]);
});

test('an unknown key is logged once, one that only a JVM needs never', () => {
  const log = new RecordingLog();
  const properties = {
    'made.up.key': 'x',
    'key.serializer': 'org.apache.kafka.common.serialization.ByteArraySerializer',
    'metric.reporters': '',
  };
  make.producer(properties, log);
  make.producer(properties, log);
  assert.equal(log.lines.filter((line) => line.includes('made.up.key')).length, 1);
  assert.ok(!log.lines.some((line) => line.includes('serializer') || line.includes('metric')));
});

test('a client without client.id gets one of its own', () => {
  assert.match(make.producer({}).get('client.id'), /^producer-\d+$/);
  assert.match(make.consumer({ 'group.id': 'g' }).get('client.id'), /^consumer-g-\d+$/);
  assert.equal(make.producer({ 'client.id': 'mine' }).get('client.id'), 'mine');
});

test('all problems of overrides are found at once, without the rest of the client', () => {
  const problems = clientConfigProblems('producer', { 'linger.ms': 'abc', acks: '7', 'batch.size': '1', 'made.up': 'x' });
  assert.deepEqual(problems.map((problem) => problem.key).toSorted(), ['acks', 'linger.ms']);
});

test('passwords do not show when settings are printed', () => {
  const settings = make.producer({
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'PLAIN',
    'sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="hunter2";',
    'ssl.keystore.password': 'hunter2',
  });
  for (const text of [
    inspect(settings, { depth: 9 }),
    JSON.stringify(settings),
    JSON.stringify(settings.sasl),
    String(settings),
    inspect(settings.sasl),
  ]) {
    assert.ok(!text.includes('hunter2'), text);
  }
  assert.equal(settings.get('ssl.keystore.password')?.reveal(), 'hunter2');
});
