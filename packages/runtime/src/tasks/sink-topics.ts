import { ConfigError, parseList, type RawConfig } from '@sluice/api';
import { wholeNameRegex } from '../config/java-regex.ts';

/** What a sink reads. */
export type SinkSubscription = { readonly topics: string[] } | { readonly pattern: RegExp };

/**
 * The topics of a sink connector: `topics`, trimmed and distinct, or `topics.regex`.
 *
 * Source: org.apache.kafka.connect.runtime.SinkConnectorConfig.validate
 * @throws ConfigError where not exactly one of the two is set.
 */
export function sinkSubscription(connector: RawConfig): SinkSubscription {
  const topics = [...new Set(parseList(connector['topics'] ?? ''))].filter((topic) => topic !== '');
  const regex = connector['topics.regex']?.trim() ?? '';
  if (topics.length > 0 && regex !== '') throw new ConfigError('topics and topics.regex are mutually exclusive options, but both are set.');
  if (topics.length === 0 && regex === '') throw new ConfigError('Must configure one of topics or topics.regex');
  return topics.length > 0 ? { topics } : { pattern: wholeNameRegex('topics.regex', regex) };
}
