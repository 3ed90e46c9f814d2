import { kafkaError } from '@sluice/protocol';
import type { LogConfig } from '../log/log-config.ts';
import type { BrokerConfig } from './broker-config.ts';
import { checkConfigValue, splitList } from './config-key.ts';
import type { ConfigKey } from './config-key.ts';

export const MAX_LONG = '9223372036854775807';
const HOUR_MS = 3_600_000;

/** A topic's key, with the broker's key that gives its default (`log.retention.ms`, ...) where there is one. */
export interface TopicConfigKey extends ConfigKey {
  readonly broker: string | null;
}

/**
 * The configuration of topics: Kafka 4.x's keys, types and defaults.
 *
 * Source: org.apache.kafka.common.config.TopicConfig, org.apache.kafka.storage.internals.log.LogConfig
 */
export const topicConfigKeys: Readonly<Record<string, TopicConfigKey>> = {
  'cleanup.policy': {
    type: 'list',
    default: 'delete',
    valid: ['delete', 'compact'],
    broker: 'log.cleanup.policy',
    doc: 'What becomes of old segments: delete, compact or both.',
  },
  'compression.type': {
    type: 'string',
    default: 'producer',
    valid: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    broker: 'compression.type',
    doc: 'Accepted for compatibility: batches are kept in the compression of their producer.',
  },
  'delete.retention.ms': {
    type: 'long',
    default: '86400000',
    min: 0,
    broker: 'log.cleaner.delete.retention.ms',
    doc: 'Milliseconds that tombstones are kept in a compacted topic.',
  },
  'file.delete.delay.ms': {
    type: 'long',
    default: '60000',
    min: 0,
    broker: 'log.segment.delete.delay.ms',
    doc: 'Accepted for compatibility: files are removed as soon as nobody reads them.',
  },
  'flush.messages': {
    type: 'long',
    default: MAX_LONG,
    min: 1,
    broker: 'log.flush.interval.messages',
    doc: 'Messages after which the log is written through to disk, before the last of them is acknowledged.',
  },
  'flush.ms': {
    type: 'long',
    default: MAX_LONG,
    min: 0,
    broker: 'log.flush.interval.ms',
    doc: 'Milliseconds after which a message is written through to disk.',
  },
  'index.interval.bytes': {
    type: 'int',
    default: '4096',
    min: 0,
    broker: 'log.index.interval.bytes',
    doc: 'Bytes of the log between two index entries.',
  },
  'max.compaction.lag.ms': {
    type: 'long',
    default: MAX_LONG,
    min: 1,
    broker: 'log.cleaner.max.compaction.lag.ms',
    doc: 'Milliseconds after which a message is open to compaction at the latest.',
  },
  'max.message.bytes': {
    type: 'int',
    default: '1048588',
    min: 0,
    broker: 'message.max.bytes',
    doc: 'Largest record batch, in bytes, after compression.',
  },
  'message.timestamp.after.max.ms': {
    type: 'long',
    default: String(HOUR_MS),
    min: 0,
    broker: 'log.message.timestamp.after.max.ms',
    doc: "Milliseconds by which a message's timestamp may be ahead of the broker's clock.",
  },
  'message.timestamp.before.max.ms': {
    type: 'long',
    default: MAX_LONG,
    min: 0,
    broker: 'log.message.timestamp.before.max.ms',
    doc: "Milliseconds by which a message's timestamp may be behind the broker's clock.",
  },
  'message.timestamp.type': {
    type: 'string',
    default: 'CreateTime',
    valid: ['CreateTime', 'LogAppendTime'],
    broker: 'log.message.timestamp.type',
    doc: "Whether a message has its producer's or the broker's time.",
  },
  'min.cleanable.dirty.ratio': {
    type: 'double',
    default: '0.5',
    min: 0,
    max: 1,
    broker: 'log.cleaner.min.cleanable.ratio',
    doc: 'Share of a compacted log that is to be dirty before it is cleaned.',
  },
  'min.compaction.lag.ms': {
    type: 'long',
    default: '0',
    min: 0,
    broker: 'log.cleaner.min.compaction.lag.ms',
    doc: 'Milliseconds that a message stays as it is in a compacted topic.',
  },
  'min.insync.replicas': {
    type: 'int',
    default: '1',
    min: 1,
    broker: 'min.insync.replicas',
    doc: 'Replicas that acks=all waits for: there is one.',
  },
  preallocate: {
    type: 'boolean',
    default: 'false',
    broker: 'log.preallocate',
    doc: 'Accepted for compatibility: files grow as they are written.',
  },
  'retention.bytes': {
    type: 'long',
    default: '-1',
    min: -1,
    broker: 'log.retention.bytes',
    doc: 'Bytes of a partition that are kept, -1 for all.',
  },
  'retention.ms': {
    type: 'long',
    default: '604800000',
    min: -1,
    broker: 'log.retention.ms',
    doc: 'Milliseconds that messages are kept, -1 for ever.',
  },
  'segment.bytes': { type: 'int', default: '1073741824', min: 1024, broker: 'log.segment.bytes', doc: 'Bytes of one file of the log.' },
  'segment.index.bytes': {
    type: 'int',
    default: '10485760',
    min: 4,
    broker: 'log.index.size.max.bytes',
    doc: 'Accepted for compatibility: indexes grow as needed.',
  },
  'segment.jitter.ms': {
    type: 'long',
    default: '0',
    min: 0,
    broker: 'log.roll.jitter.ms',
    doc: 'Accepted for compatibility: one broker needs no jitter.',
  },
  'segment.ms': {
    type: 'long',
    default: '604800000',
    min: 1,
    broker: 'log.roll.ms',
    doc: 'Milliseconds after which a new file of the log is begun.',
  },
};

/** Checks a topic's configuration; throws INVALID_CONFIG with Kafka's words for an unknown key or a bad value. */
export function checkTopicConfig(name: string, value: string | null): string {
  const key = topicConfigKeys[name];
  if (key === undefined) throw kafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`);
  if (value === null) throw kafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${name}`);
  return checkConfigValue(name, key, value);
}

/** A topic's value of a key: its own, else the broker's, else Kafka's default. */
export function topicConfigValue(name: string, topic: Readonly<Record<string, string>>, broker: BrokerConfig): string {
  const own = topic[name];
  if (own !== undefined) return own;
  const key = topicConfigKeys[name];
  if (key === undefined) throw new Error(`${name} is not a topic config.`);
  return (key.broker === null ? null : broker.given(key.broker)) ?? key.default;
}

/** What a log goes by. */
export function logConfigOf(topic: Readonly<Record<string, string>>, broker: BrokerConfig): LogConfig {
  const text = (name: string): string => topicConfigValue(name, topic, broker);
  const number = (name: string): number => Number(text(name));
  const policies = splitList(text('cleanup.policy'));
  return {
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
    indexIntervalBytes: number('index.interval.bytes'),
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    isDeletePolicy: policies.includes('delete'),
    isCompactPolicy: policies.includes('compact'),
    maxMessageBytes: number('max.message.bytes'),
    isLogAppendTime: text('message.timestamp.type') === 'LogAppendTime',
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
  };
}
