import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adminProperties, sinkConsumerProperties, sourceProducerProperties } from '../../src/tasks/client-config.ts';
import { assertOverridesAllowed, overridePolicy, refusedOverrides } from '../../src/tasks/override-policy.ts';
import { sinkSubscription } from '../../src/tasks/sink-topics.ts';

const worker = {
  'bootstrap.servers': 'kafka:9092',
  'security.protocol': 'SSL',
  'producer.linger.ms': '7',
  'producer.acks': 'all',
  'consumer.max.poll.records': '9',
  'admin.retries': '3',
};
const owner = (connectorConfig: Record<string, string>) => ({ connector: 'orders', task: 3, connectorConfig, workerConfig: worker });

describe('client properties', () => {
  it('derives the producer: framework, producer.*, producer.override.*; of the rest only bootstrap.servers', () => {
    assert.deepEqual(
      sourceProducerProperties(
        owner({ 'producer.override.linger.ms': '20', 'producer.override.compression.type': 'zstd', 'consumer.override.x': 'y' }),
      ),
      {
        'bootstrap.servers': 'kafka:9092',
        'max.block.ms': '9223372036854775807',
        acks: 'all',
        'delivery.timeout.ms': '2147483647',
        'client.id': 'connector-producer-orders-3',
        'linger.ms': '20',
        'compression.type': 'zstd',
      },
    );
  });

  it('keeps the order of records where idempotence is turned off', () => {
    const key = 'max.in.flight.requests.per.connection';
    assert.equal(sourceProducerProperties(owner({ 'producer.override.enable.idempotence': 'False' }))[key], '1');
    assert.equal(
      sourceProducerProperties(owner({ 'producer.override.enable.idempotence': 'false', [`producer.override.${key}`]: '4' }))[key],
      '4',
    );
    assert.equal(sourceProducerProperties(owner({}))[key], undefined);
  });

  it('derives the consumer', () => {
    assert.deepEqual(sinkConsumerProperties(owner({ 'consumer.override.auto.offset.reset': 'latest' })), {
      'group.id': 'connect-orders',
      'client.id': 'connector-consumer-orders-3',
      'bootstrap.servers': 'kafka:9092',
      'enable.auto.commit': 'false',
      'auto.offset.reset': 'latest',
      'max.poll.records': '9',
    });
  });

  it("gives an admin client the worker's unprefixed keys", () => {
    assert.deepEqual(adminProperties('connector-adminclient-orders-3', worker, { 'admin.override.retries': '5' }), {
      'client.id': 'connector-adminclient-orders-3',
      'bootstrap.servers': 'kafka:9092',
      'security.protocol': 'SSL',
      retries: '5',
    });
  });
});

describe('override policies', () => {
  const policyKey = 'connector.client.config.override.policy';
  const refused = (policy: string, more: Record<string, string> = {}): string[] =>
    refusedOverrides(overridePolicy({ [policyKey]: policy, ...more }), 'producer', {
      'producer.override.linger.ms': '1',
      'producer.override.sasl.mechanism': 'PLAIN',
      'consumer.override.x': 'y',
    }).map(({ key }) => key);

  it('allows what the policy says', () => {
    assert.deepEqual(refused('All'), []);
    assert.deepEqual(refused('None'), ['producer.override.linger.ms', 'producer.override.sasl.mechanism']);
    assert.deepEqual(refused('org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy'), [
      'producer.override.linger.ms',
    ]);
    assert.deepEqual(refused('Allowlist', { 'connector.client.config.override.allowlist': 'linger.ms, acks' }), [
      'producer.override.sasl.mechanism',
    ]);
  });

  it('says so in the words of Connect', () => {
    assert.throws(() => assertOverridesAllowed('producer', { 'producer.override.linger.ms': '1' }, { [policyKey]: 'None' }), {
      message:
        "Client Config Overrides not allowed [The 'None' policy does not allow 'linger.ms' to be overridden in the connector configuration.]",
    });
    assert.throws(() => overridePolicy({ [policyKey]: 'Some' }), {
      message:
        'Failed to find any class that implements interface org.apache.kafka.connect.connector.policy.ConnectorClientConfigOverridePolicy and which name matches Some',
    });
  });
});

describe('sinkSubscription', () => {
  it('takes topics, distinct, or a pattern for whole names', () => {
    assert.deepEqual(sinkSubscription({ topics: 'a, b,a,' }), { topics: ['a', 'b'] });
    const { pattern } = sinkSubscription({ 'topics.regex': '(?i)orders|bills-.*' }) as { pattern: RegExp };
    assert.deepEqual(
      ['Orders', 'orders2', 'bills-x', 'my-bills-x'].map((topic) => pattern.test(topic)),
      [true, false, true, false],
    );
  });

  it('needs exactly one of them', () => {
    assert.throws(
      () => sinkSubscription({ topics: 'a', 'topics.regex': 'b' }),
      /^ConfigError: topics and topics\.regex are mutually exclusive options, but both are set\.$/,
    );
    assert.throws(() => sinkSubscription({ topics: ' ' }), /^ConfigError: Must configure one of topics or topics\.regex$/);
    assert.throws(() => sinkSubscription({ 'topics.regex': '(' }), /^ConfigError: Invalid value \( for configuration topics\.regex: /);
  });
});
