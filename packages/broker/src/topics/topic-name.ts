import { kafkaError } from '@sluice/protocol';

const MAX_LENGTH = 249;

export const OFFSETS_TOPIC = '__consumer_offsets';
const INTERNAL_TOPICS = new Set([OFFSETS_TOPIC, '__transaction_state', '__share_group_state']);

export function isInternalTopic(name: string): boolean {
  return INTERNAL_TOPICS.has(name);
}

/**
 * Throws INVALID_TOPIC_EXCEPTION, with Kafka's words, for a name that Kafka does not take.
 *
 * Source: org.apache.kafka.common.internals.Topic.validate
 */
export function checkTopicName(name: string): void {
  const invalid = (why: string): Error => kafkaError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${why}`);
  if (name === '') throw invalid('the empty string is not allowed');
  if (name === '.' || name === '..') throw invalid(`'${name}' is not allowed`);
  if (name.length > MAX_LENGTH) throw invalid(`the length of '${name}' is longer than the max allowed length ${MAX_LENGTH}`);
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    throw invalid(`'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`);
}

/** Topics whose names differ only in '.' and '_' have the same metrics in Kafka, which therefore refuses the second. */
export function collidingTopic(name: string, topics: Iterable<string>): string | null {
  const plain = name.replaceAll('.', '_');
  for (const other of topics) {
    if (other !== name && other.replaceAll('.', '_') === plain) return other;
  }
  return null;
}
