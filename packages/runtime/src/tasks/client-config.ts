import type { RawConfig } from '@sluice/api';
import { withPrefix } from './record-stages.ts';

/** A client's properties in Java's spelling. */
export type ClientProperties = Record<string, string | null>;

export interface ClientOwner {
  readonly connector: string;
  readonly task: number;
  readonly connectorConfig: RawConfig;
  readonly workerConfig: RawConfig;
}

const LONG_MAX = '9223372036854775807';

/**
 * The properties of a source task's producer: the framework's, then the worker's `producer.*`, then the connector's `producer.override.*`.
 * Of the worker's other keys only `bootstrap.servers` is inherited.
 *
 * Differs from Java: the producer is idempotent with five requests in flight, where Java's is not and has one. The order of records is
 * kept either way, and the client falls back to Java's behaviour where the broker does not allow it. A configuration that turns
 * idempotence off gets Java's single request in flight, unless it names another number.
 *
 * Source: org.apache.kafka.connect.runtime.Worker.baseProducerConfigs, producerConfigs
 */
export function sourceProducerProperties(owner: ClientOwner): ClientProperties {
  const properties: ClientProperties = {
    'bootstrap.servers': bootstrapServers(owner.workerConfig),
    'max.block.ms': LONG_MAX,
    acks: 'all',
    'delivery.timeout.ms': '2147483647',
    'client.id': `connector-producer-${owner.connector}-${owner.task}`,
    ...withPrefix(owner.workerConfig, 'producer.'),
    ...withPrefix(owner.connectorConfig, 'producer.override.'),
  };
  if (properties['enable.idempotence']?.trim().toLowerCase() === 'false') properties['max.in.flight.requests.per.connection'] ??= '1';
  return properties;
}

/**
 * The properties of a sink task's consumer: the framework's, then `consumer.*`, then `consumer.override.*`.
 *
 * Source: org.apache.kafka.connect.runtime.Worker.baseConsumerConfigs
 */
export function sinkConsumerProperties(owner: ClientOwner): ClientProperties {
  return {
    'group.id': `connect-${owner.connector}`,
    'client.id': `connector-consumer-${owner.connector}-${owner.task}`,
    'bootstrap.servers': bootstrapServers(owner.workerConfig),
    'enable.auto.commit': 'false',
    'auto.offset.reset': 'earliest',
    ...withPrefix(owner.workerConfig, 'consumer.'),
    ...withPrefix(owner.connectorConfig, 'consumer.override.'),
  };
}

/**
 * The properties of an admin client for a connector: the worker's unprefixed keys, then `admin.*`, then `admin.override.*`.
 *
 * Source: org.apache.kafka.connect.runtime.Worker.adminConfigs
 */
export function adminProperties(clientId: string, workerConfig: RawConfig, connectorConfig: RawConfig): ClientProperties {
  const worker = Object.entries(workerConfig).filter(
    ([key]) => !/^(admin|producer|consumer)\./.test(key) && !key.startsWith('config.providers'),
  );
  return {
    'client.id': clientId,
    ...Object.fromEntries(worker),
    'bootstrap.servers': bootstrapServers(workerConfig),
    ...withPrefix(workerConfig, 'admin.'),
    ...withPrefix(connectorConfig, 'admin.override.'),
  };
}

function bootstrapServers(worker: RawConfig): string {
  return worker['bootstrap.servers'] ?? 'localhost:9092';
}
