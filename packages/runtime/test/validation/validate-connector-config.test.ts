import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigValueInfo } from '@sluice/api';
import type { ConfigInfos } from '../../src/validation/config-infos.ts';
import { pluginConfigKeys, validateConnectorConfig } from '../../src/validation/index.ts';
import { TestPluginLoader, workerProps } from './test-plugins.ts';

const plugins = new TestPluginLoader();
const source = { 'connector.class': 'FileStreamSource', name: 'a', topic: 't' };
const sink = { 'connector.class': 'FileStreamSink', name: 'a' };

function validate(raw: Record<string, string | null>, worker: Record<string, string> = {}): Promise<ConfigInfos> {
  return validateConnectorConfig(raw, { worker: { ...workerProps, ...worker }, plugins });
}

function value(infos: ConfigInfos, name: string): ConfigValueInfo | undefined {
  return infos.configs.find((info) => (info.definition ?? info.value)?.name === name)?.value ?? undefined;
}

/** The keys that have errors, with them. */
function errors(infos: ConfigInfos): Record<string, readonly string[]> {
  const wrong = infos.configs.map((info) => info.value).filter((info) => info !== null && info.errors.length > 0);
  return Object.fromEntries(wrong.map((info) => [info!.name, info!.errors]));
}

test('a good configuration has no errors, the framework before the connector, groups in order', async () => {
  const infos = await validate({ ...source, file: 'f' });
  assert.equal(infos.error_count, 0);
  assert.equal(infos.name, 'FileStreamSource');
  assert.deepEqual(infos.groups, [
    'Common',
    'Transforms',
    'Predicates',
    'Error Handling',
    'Topic Creation',
    'Exactly Once Support',
    'offsets.topic',
  ]);
  const names = infos.configs.map((info) => info.definition!.name);
  assert.deepEqual(names.slice(0, 5), ['name', 'connector.class', 'connector.plugin.version', 'tasks.max', 'tasks.max.enforce']);
  assert.deepEqual(names.slice(-3), ['file', 'topic', 'batch.size']);
  assert.equal(value(infos, 'key.converter')?.value, 'org.apache.kafka.connect.json.JsonConverter');
  assert.equal(value(infos, 'value.converter')?.value, 'org.apache.kafka.connect.json.JsonConverter');
  assert.deepEqual(value(infos, 'connector.plugin.version')?.recommended_values, ['1.2.3']);
});

test('one bad number gives two messages, and messages are counted', async () => {
  const infos = await validate({ ...source, 'tasks.max': '1.5' });
  assert.deepEqual(errors(infos), {
    'tasks.max': [
      'Invalid value 1.5 for configuration tasks.max: Not a number of type INT',
      'Invalid value null for configuration tasks.max: Value must be non-null',
    ],
  });
  assert.equal(infos.error_count, 2);
});

test('nulls: an error for the framework and for unknown keys, what the connector says counts for its own', async () => {
  const infos = await validate({ ...source, topic: null, unknown: null, 'tasks.max': null });
  const nothing = 'Null value can not be supplied as the configuration value.';
  assert.deepEqual(errors(infos), {
    unknown: [nothing],
    'tasks.max': ['Invalid value null for configuration tasks.max: Value must be non-null', nothing],
  });
  assert.equal(infos.configs[0]?.definition, null, 'a value that nobody defined comes first');
});

test('names: empty, control characters', async () => {
  assert.deepEqual(errors(await validate({ ...source, name: '' })), {
    name: ['Invalid value  for configuration name: String may not be empty'],
  });
  assert.deepEqual(errors(await validate({ ...source, name: 'a\tb\u0000c' })), {
    name: [
      'Invalid value a\tb\u0000c for configuration name: String may not contain control sequences but had the following ASCII chars: 9, 0',
    ],
  });
});

test('choices and ranges have the texts of Kafka', async () => {
  const infos = await validate({
    ...source,
    'errors.tolerance': 'ALL',
    'errors.retry.timeout': '1.5',
    'errors.log.enable': 'yes',
    'transaction.boundary': 'foo',
    'exactly.once.support': 'x',
    'transaction.boundary.interval.ms': '-1',
    'offsets.storage.topic': '',
    'topic.creation.groups': 'a,a',
    'batch.size': 'x',
  });
  assert.deepEqual(errors(infos), {
    'errors.retry.timeout': ['Invalid value 1.5 for configuration errors.retry.timeout: Not a number of type LONG'],
    'errors.tolerance': ['Invalid value ALL for configuration errors.tolerance: String must be one of: none, all'],
    'errors.log.enable': ['Invalid value yes for configuration errors.log.enable: Expected value to be either true or false'],
    'topic.creation.groups': ['Invalid value [a, a] for configuration topic.creation.groups: Duplicate alias provided.'],
    'exactly.once.support': [
      'Invalid value x for configuration exactly.once.support: String must be one of (case insensitive): REQUIRED, REQUESTED',
    ],
    'transaction.boundary': [
      'Invalid value foo for configuration transaction.boundary: String must be one of (case insensitive): INTERVAL, POLL, CONNECTOR',
    ],
    'transaction.boundary.interval.ms': ['Invalid value -1 for configuration transaction.boundary.interval.ms: Value must be at least 0'],
    'offsets.storage.topic': ['Invalid value  for configuration offsets.storage.topic: String must be non-empty'],
    'batch.size': ['Invalid value x for configuration batch.size: Not a number of type INT'],
  });
});

test('transformations and predicates are embedded with their own keys', async () => {
  const infos = await validate({
    ...source,
    transforms: 'r,h,x,y,z,w',
    'transforms.r.type': 'RegexRouter',
    'transforms.r.regex': 'a',
    'transforms.r.replacement': 'b',
    'transforms.h.type': 'org.apache.kafka.connect.transforms.HoistField$Value',
    'transforms.h.negate': 'true',
    'transforms.x.type': 'Foo',
    'transforms.y.type': 'JsonConverter',
    'transforms.z.type': 'org.apache.kafka.connect.transforms.HoistField',
    predicates: 'p',
    'predicates.p.type': 'RecordIsTombstone',
  });
  assert.deepEqual(errors(infos), {
    'transforms.h.type': [
      "Config 'transforms.h.negate' was provided but there is no config 'transforms.h.predicate' defining a predicate to be negated.",
    ],
    'transforms.h.field': ['Missing required configuration "transforms.h.field" which has no default value.'],
    'transforms.x.type': ['Invalid value Foo for configuration transforms.x.type: Class Foo could not be found.'],
    'transforms.y.type': ['Class class org.apache.kafka.connect.json.JsonConverter does not implement the Transformation interface'],
    'transforms.z.type': [
      'This class is abstract and cannot be created. Did you mean org.apache.kafka.connect.transforms.HoistField$Value?',
    ],
    'transforms.w.type': ['Missing required configuration "transforms.w.type" which has no default value.'],
  });
  const keys = infos.configs.map((info) => info.definition!).filter((key) => key.name.startsWith('transforms.r.'));
  assert.deepEqual(
    keys.map((key) => `${key.name} ${key.group} ${key.order} ${key.display_name}`),
    [
      'transforms.r.type Transforms: r 0 Transformation type for r',
      'transforms.r.plugin.version Transforms: r 1 Transformation version for r',
      'transforms.r.regex Transforms: r 2 regex',
      'transforms.r.replacement Transforms: r 3 replacement',
      'transforms.r.negate Transforms: r 4 negate',
      'transforms.r.predicate Transforms: r 5 predicate',
    ],
  );
  assert.equal(value(infos, 'transforms.r.type')?.value, 'org.apache.kafka.connect.transforms.RegexRouter');
  assert.deepEqual(value(infos, 'predicates.p.type')?.recommended_values, [
    'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
  ]);
  assert.ok(infos.groups.indexOf('Transforms: w') < infos.groups.indexOf('Predicates: p'));
});

test('aliases may be there once', async () => {
  const infos = await validate({ ...source, transforms: 'a,a,,b' });
  assert.deepEqual(errors(infos)['transforms'], ['Invalid value [a, a, , b] for configuration transforms: Duplicate alias provided.']);
  assert.equal(infos.error_count, 4);
});

test('converters: kind, class, and their own keys with the short name in messages', async () => {
  const infos = await validate({
    ...source,
    'key.converter': 'Foo',
    'value.converter': 'Json',
    'value.converter.schemas.enable': 'maybe',
    'header.converter': 'RegexRouter',
  });
  assert.deepEqual(errors(infos), {
    'key.converter': ['Invalid value Foo for configuration key.converter: Class Foo could not be found.'],
    'header.converter': ['Class class org.apache.kafka.connect.transforms.RegexRouter does not implement the HeaderConverter interface'],
    'value.converter.schemas.enable': ['Invalid value maybe for configuration schemas.enable: Expected value to be either true or false'],
  });
  assert.equal(infos.error_count, 3);
  assert.equal(value(infos, 'value.converter.converter.type')?.value, 'value');
  assert.equal(infos.groups.at(-1), 'Schemas');
});

test('a sink needs topics or a regular expression, and no dead letters among them', async () => {
  const none = 'Must configure one of topics or topics.regex';
  assert.deepEqual(errors(await validate(sink)), { topics: [none], 'topics.regex': [none] });
  const both = 'topics and topics.regex are mutually exclusive options, but both are set.';
  assert.deepEqual(errors(await validate({ ...sink, topics: 'a,b,,a', 'topics.regex': 'x.*' })), {
    topics: ["Configuration 'topics' values must not be duplicated.", both],
    'topics.regex': [both],
  });
  assert.deepEqual(errors(await validate({ ...sink, topics: 'a,' })), { topics: ["Configuration 'topics' values must not be empty."] });
  assert.deepEqual(errors(await validate({ ...sink, topics: 'a, b', 'errors.deadletterqueue.topic.name': 'a' })), {
    topics: ["The DLQ topic 'a' may not be included in the list of topics ('topics=[a, b]') consumed by the connector"],
  });
  assert.deepEqual(errors(await validate({ ...sink, 'topics.regex': 'a.*', 'errors.deadletterqueue.topic.name': 'ab' })), {
    'topics.regex': ["The DLQ topic 'ab' may not be matched by the regex for the topics ('topics.regex=a.*') consumed by the connector"],
  });
  assert.match(
    errors(await validate({ ...sink, 'topics.regex': '(' }))['topics.regex']?.[0] ?? '',
    /^Invalid value \( for configuration topics\.regex: Invalid regex: /,
  );
});

test('client overrides: the policy is asked, secrets are hidden, what cannot be read is thrown', async () => {
  const overrides = { 'producer.override.linger.ms': '5', 'producer.override.sasl.jaas.config': 'secret', 'consumer.override.x': 'y' };
  const infos = await validate({ ...source, ...overrides }, { 'connector.client.config.override.policy': 'Principal' });
  assert.deepEqual(errors(infos), {
    'producer.override.linger.ms': ["The 'Principal' policy does not allow 'linger.ms' to be overridden in the connector configuration."],
  });
  assert.equal(value(infos, 'producer.override.sasl.jaas.config')?.value, '[hidden]');
  assert.equal(value(infos, 'consumer.override.x'), undefined, 'a source has no consumer');
  await assert.rejects(validate({ ...source, 'producer.override.linger.ms': 'abc' }), {
    message: 'Invalid value abc for configuration linger.ms: Not a number of type LONG',
  });
});

test("a connector's keys are its own, then those of the framework", async () => {
  const names = pluginConfigKeys(await plugins.loadConnector('FileStreamSink')).map((key) => key.name);
  assert.deepEqual(names.slice(0, 2), ['file', 'name']);
  assert.equal(names.at(-1), 'errors.deadletterqueue.context.headers.enable');
  assert.deepEqual(
    pluginConfigKeys(await plugins.load('converter', 'Json')).map((key) => key.name),
    ['converter.type', 'schemas.enable'],
  );
});
