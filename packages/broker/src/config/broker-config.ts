import { checkConfigValue } from './config-key.ts';
import type { ConfigKey } from './config-key.ts';
import { topicConfigKeys } from './topic-config.ts';

const MAX_INT = 0x7fff_ffff;

/**
 * The broker's own keys, in Kafka's spelling and with its defaults, where not said otherwise. A deviation: `group.initial.rebalance.delay.ms` is 0, so that one
 * consumer on one machine need not wait for others, and `offsets.topic.num.partitions` is 1.
 *
 * Source: org.apache.kafka.server.config.* of Kafka 4.x
 */
const ownKeys: Readonly<Record<string, ConfigKey>> = {
  'advertised.listeners': {
    type: 'string',
    default: '',
    doc: 'PLAINTEXT://host:port that clients are told to connect to; the listen address where empty.',
  },
  'auto.create.topics.enable': { type: 'boolean', default: 'true', doc: 'Whether asking for the metadata of a topic creates it.' },
  'connections.max.idle.ms': {
    type: 'long',
    default: '600000',
    min: -1,
    doc: 'Milliseconds after which a silent connection is closed; -1 for never.',
  },
  'default.replication.factor': {
    type: 'int',
    default: '1',
    min: 1,
    max: 1,
    doc: 'Replicas of a topic that is created without saying: there is one broker.',
  },
  'delete.topic.enable': { type: 'boolean', default: 'true', doc: 'Whether topics can be deleted.' },
  'fetch.max.bytes': { type: 'int', default: '57671680', min: 1024, doc: 'Bytes of records in the answer to one fetch request.' },
  'group.initial.rebalance.delay.ms': {
    type: 'int',
    default: '0',
    min: 0,
    doc: 'Milliseconds that the first join of a group waits for more members.',
  },
  'group.max.session.timeout.ms': {
    type: 'int',
    default: '1800000',
    min: 1,
    doc: 'Longest session timeout of a group member, in milliseconds.',
  },
  'group.max.size': { type: 'int', default: String(MAX_INT), min: 1, doc: 'Most members of a group.' },
  'group.min.session.timeout.ms': {
    type: 'int',
    default: '6000',
    min: 1,
    doc: 'Shortest session timeout of a group member, in milliseconds.',
  },
  'log.retention.check.interval.ms': {
    type: 'long',
    default: '300000',
    min: 1,
    doc: 'Milliseconds between two rounds of looking for what may be deleted.',
  },
  'max.connections': { type: 'int', default: '10000', min: 0, doc: 'Most connections at a time; further ones are closed at once.' },
  'node.id': { type: 'int', default: '1', min: 0, doc: 'Id of this node, which is also the controller.' },
  'num.partitions': { type: 'int', default: '1', min: 1, doc: 'Partitions of a topic that is created without saying.' },
  'offset.metadata.max.bytes': { type: 'int', default: '4096', min: 0, doc: 'Longest metadata text of a committed offset.' },
  'offsets.retention.minutes': { type: 'int', default: '10080', min: 1, doc: "Minutes that an empty group's offsets are kept." },
  'offsets.topic.num.partitions': { type: 'int', default: '1', min: 1, max: 1, doc: 'Partitions of __consumer_offsets.' },
  'producer.id.expiration.ms': {
    type: 'int',
    default: '86400000',
    min: 1,
    doc: 'Milliseconds after which a silent idempotent producer is forgotten.',
  },
  'queued.max.request.bytes': {
    type: 'long',
    default: '536870912',
    min: 1024,
    doc: 'Bytes of requests and answers in memory; above it connections are not read until it has sunk.',
  },
  'socket.request.max.bytes': { type: 'int', default: '104857600', min: 1, doc: 'Largest request; a larger one ends its connection.' },
};

/** Keys of `server.properties` that say what this broker does by itself or cannot do; they are accepted and have no effect. */
const ignoredKeys = new Set([
  'broker.id',
  'process.roles',
  'controller.quorum.voters',
  'controller.quorum.bootstrap.servers',
  'controller.listener.names',
  'inter.broker.listener.name',
  'listener.security.protocol.map',
  'num.network.threads',
  'num.io.threads',
  'socket.send.buffer.bytes',
  'socket.receive.buffer.bytes',
  'num.recovery.threads.per.data.dir',
  'offsets.topic.replication.factor',
  'transaction.state.log.replication.factor',
  'transaction.state.log.min.isr',
  'share.coordinator.state.topic.replication.factor',
  'share.coordinator.state.topic.min.isr',
  'log.flush.scheduler.interval.ms',
  'log.dirs',
  'log.dir',
  'listeners',
]);

const topicDefaults: Readonly<Record<string, ConfigKey>> = Object.fromEntries(
  Object.values(topicConfigKeys).flatMap((key) => (key.broker === null ? [] : [[key.broker, key]])),
);
/** Coarser spellings: the topic's key is in milliseconds. */
const coarseKeys: readonly { name: string; target: string; factor: number }[] = [
  { name: 'log.retention.minutes', target: 'log.retention.ms', factor: 60_000 },
  { name: 'log.retention.hours', target: 'log.retention.ms', factor: 3_600_000 },
  { name: 'log.roll.hours', target: 'log.roll.ms', factor: 3_600_000 },
];

/** All keys that the broker describes. */
export const brokerConfigKeys: Readonly<Record<string, ConfigKey>> = { ...ownKeys, ...topicDefaults };

/** The broker's configuration: what was given, checked, over the defaults. It does not change while the broker runs. */
export class BrokerConfig {
  readonly #given = new Map<string, string>();
  /** Names that are not known; for the log. */
  readonly unknown: readonly string[];

  /** Throws INVALID_CONFIG that names key and value. */
  constructor(properties: Readonly<Record<string, string>>) {
    const unknown: string[] = [];
    for (const [name, value] of Object.entries(properties)) {
      const key = brokerConfigKeys[name];
      if (key !== undefined) this.#given.set(name, checkConfigValue(name, key, value));
      else if (!ignoredKeys.has(name) && !coarseKeys.some((coarse) => coarse.name === name)) unknown.push(name);
    }
    for (const { name, target, factor } of coarseKeys) {
      const value = properties[name];
      if (value === undefined || this.#given.has(target)) continue;
      const count = Number(checkConfigValue(name, { type: 'int', default: '', doc: '' }, value));
      this.#given.set(target, String(count < 0 ? -1 : count * factor));
    }
    this.unknown = unknown;
  }

  /** What was given for a key, or null. */
  given(name: string): string | null {
    return this.#given.get(name) ?? null;
  }

  text(name: string): string {
    const key = brokerConfigKeys[name];
    if (key === undefined) throw new Error(`${name} is not a broker config.`);
    return this.#given.get(name) ?? key.default;
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  boolean(name: string): boolean {
    return this.text(name).toLowerCase() === 'true';
  }
}
