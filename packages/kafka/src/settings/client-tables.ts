import { bool, int, javaClass, list, long, optionalString, string } from './setting.ts';
import type { Setting } from './setting.ts';
import { securitySettings } from './security-settings.ts';
import { gzipLevel, listOf, nonEmptyString, offsetReset, oneOf, oneOfIgnoringCase, range } from './validators.ts';

const atLeastZero = { validate: range(0) };

/** What all three clients share, with the same default. Source: org.apache.kafka.clients.CommonClientConfigs */
const commonSettings = {
  'client.dns.lookup': string('use_all_dns_ips', { validate: oneOf('use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only') }),
  'client.id': string(''),
  'send.buffer.bytes': int(131_072, { validate: range(-1) }),
  'reconnect.backoff.ms': long(50, atLeastZero),
  'reconnect.backoff.max.ms': long(1000, atLeastZero),
  'retry.backoff.ms': long(100, atLeastZero),
  'retry.backoff.max.ms': long(1000, atLeastZero),
  'request.timeout.ms': int(30_000, atLeastZero),
  'metadata.max.age.ms': long(300_000, atLeastZero),
  'metrics.sample.window.ms': long(30_000, { ...atLeastZero, javaOnly: true }),
  'metrics.num.samples': int(2, { validate: range(1), javaOnly: true }),
  'metrics.recording.level': string('INFO', { validate: oneOf('INFO', 'DEBUG', 'TRACE'), javaOnly: true }),
  'metric.reporters': list(['org.apache.kafka.common.metrics.JmxReporter'], { validate: listOf(), javaOnly: true }),
  'socket.connection.setup.timeout.ms': long(10_000),
  'socket.connection.setup.timeout.max.ms': long(30_000),
  'metadata.recovery.strategy': string('rebootstrap', { validate: oneOfIgnoringCase('REBOOTSTRAP', 'NONE') }),
  'metadata.recovery.rebootstrap.trigger.ms': long(300_000, atLeastZero),
  'config.providers': list([], { validate: listOf(), javaOnly: true }),
  ...securitySettings,
} as const;

const bootstrapServers = { 'bootstrap.servers': list(undefined, { validate: listOf({ nonEmpty: true }) }) } as const;

/** Kafka 4.3's producer. Source: org.apache.kafka.clients.producer.ProducerConfig */
export const producerSettings = {
  ...bootstrapServers,
  ...commonSettings,
  'buffer.memory': long(33_554_432, atLeastZero),
  retries: int(2_147_483_647, { validate: range(0, 2_147_483_647) }),
  acks: string('all', { validate: oneOf('all', '-1', '0', '1') }),
  'compression.type': string('none', { validate: oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd') }),
  'compression.gzip.level': int(-1, { validate: gzipLevel }),
  'compression.lz4.level': int(9, { validate: range(1, 17) }),
  'compression.zstd.level': int(3, { validate: range(-131_072, 22) }),
  'batch.size': int(16_384, atLeastZero),
  'partitioner.adaptive.partitioning.enable': bool(true),
  'partitioner.availability.timeout.ms': long(0, atLeastZero),
  'partitioner.ignore.keys': bool(false),
  'linger.ms': long(5, atLeastZero),
  'delivery.timeout.ms': int(120_000, atLeastZero),
  'receive.buffer.bytes': int(32_768, { validate: range(-1) }),
  'max.request.size': int(1_048_576, atLeastZero),
  'enable.metrics.push': bool(true, { javaOnly: true }),
  'max.block.ms': long(60_000, atLeastZero),
  'metadata.max.idle.ms': long(300_000, { validate: range(5000) }),
  'max.in.flight.requests.per.connection': int(5, { validate: range(1) }),
  'key.serializer': javaClass(),
  'value.serializer': javaClass(),
  'connections.max.idle.ms': long(540_000),
  'partitioner.class': javaClass(),
  'interceptor.classes': list([], { validate: listOf(), javaOnly: true }),
  'enable.idempotence': bool(true),
  'transaction.timeout.ms': int(60_000),
  'transactional.id': optionalString({ validate: nonEmptyString }),
  'transaction.two.phase.commit.enable': bool(false),
} as const;

const assignors = ['org.apache.kafka.clients.consumer.RangeAssignor', 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor'];

/** Kafka 4.3's consumer. Source: org.apache.kafka.clients.consumer.ConsumerConfig */
export const consumerSettings = {
  ...bootstrapServers,
  ...commonSettings,
  'group.id': optionalString(),
  'group.instance.id': optionalString({ validate: nonEmptyString }),
  'session.timeout.ms': int(45_000),
  'heartbeat.interval.ms': int(3000),
  'partition.assignment.strategy': list(assignors, { validate: listOf() }),
  'enable.auto.commit': bool(true),
  'auto.commit.interval.ms': int(5000, atLeastZero),
  'client.rack': string(''),
  'max.partition.fetch.bytes': int(1_048_576, atLeastZero),
  'receive.buffer.bytes': int(65_536, { validate: range(-1) }),
  'fetch.min.bytes': int(1, atLeastZero),
  'fetch.max.bytes': int(52_428_800, atLeastZero),
  'fetch.max.wait.ms': int(500, atLeastZero),
  'enable.metrics.push': bool(true, { javaOnly: true }),
  'auto.offset.reset': string('latest', { validate: offsetReset }),
  'check.crcs': bool(true),
  'key.deserializer': javaClass(),
  'value.deserializer': javaClass(),
  'default.api.timeout.ms': int(60_000, atLeastZero),
  'connections.max.idle.ms': long(540_000),
  'interceptor.classes': list([], { validate: listOf(), javaOnly: true }),
  'max.poll.records': int(500, { validate: range(1) }),
  'max.poll.interval.ms': int(300_000, { validate: range(1) }),
  'exclude.internal.topics': bool(true),
  'isolation.level': string('read_uncommitted', { validate: oneOf('read_committed', 'read_uncommitted') }),
  'allow.auto.create.topics': bool(true),
  'group.protocol': string('classic', { validate: oneOfIgnoringCase('CONSUMER', 'CLASSIC') }),
  'group.remote.assignor': optionalString(),
  'share.acknowledgement.mode': string('implicit', { javaOnly: true }),
  'share.acquire.mode': string('BATCH_OPTIMIZED', { javaOnly: true }),
  'internal.throw.on.fetch.stable.offset.unsupported': bool(false, { javaOnly: true }),
} as const;

/** Kafka 4.3's admin client. Source: org.apache.kafka.clients.admin.AdminClientConfig */
export const adminSettings = {
  'bootstrap.servers': list([], { validate: listOf() }),
  'bootstrap.controllers': list([], { validate: listOf() }),
  ...commonSettings,
  'receive.buffer.bytes': int(65_536, { validate: range(-1) }),
  'enable.metrics.push': bool(false, { javaOnly: true }),
  'connections.max.idle.ms': long(300_000),
  retries: int(2_147_483_647, { validate: range(0, 2_147_483_647) }),
  'default.api.timeout.ms': int(60_000, atLeastZero),
} as const;

export type ClientKind = 'producer' | 'consumer' | 'admin';

export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

export const settingTables: Readonly<Record<ClientKind, SettingTable>> = {
  producer: producerSettings,
  consumer: consumerSettings,
  admin: adminSettings,
};

type AllSettings = typeof producerSettings & typeof consumerSettings & typeof adminSettings;
type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** The value of each property, by its name. */
export type SettingValues = { readonly [K in keyof AllSettings]: ValueOf<AllSettings[K]> };

export type SettingKey = keyof SettingValues;
