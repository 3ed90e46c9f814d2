import { parseList, type RawConfig } from '@sluice/api';
import { wholeNameRegex } from '../config/java-regex.ts';
import type { ConfigInfoMap } from './config-infos.ts';

/**
 * The rules between a sink's topics, its regular expression and its dead letter queue.
 *
 * Source: org.apache.kafka.connect.runtime.SinkConnectorConfig.validate
 */
export function addSinkTopicErrors(infos: ConfigInfoMap, raw: RawConfig): void {
  const topics = (raw['topics'] ?? '').trim();
  const regex = (raw['topics.regex'] ?? '').trim();
  if ((topics === '') === (regex === '')) {
    const error =
      topics === ''
        ? 'Must configure one of topics or topics.regex'
        : 'topics and topics.regex are mutually exclusive options, but both are set.';
    infos.addError('topics', error);
    infos.addError('topics.regex', error);
  }
  const pattern = regex === '' ? null : readRegex(infos, regex);
  const deadLetters = (raw['errors.deadletterqueue.topic.name'] ?? '').trim();
  if (deadLetters === '') return;
  const names = [...new Set(parseList(topics))].filter((name) => name !== '');
  if (names.includes(deadLetters)) {
    infos.addError(
      'topics',
      `The DLQ topic '${deadLetters}' may not be included in the list of topics ('topics=[${names.join(', ')}]') consumed by the connector`,
    );
  }
  if (pattern?.test(deadLetters) === true) {
    infos.addError(
      'topics.regex',
      `The DLQ topic '${deadLetters}' may not be matched by the regex for the topics ('topics.regex=${regex}') consumed by the connector`,
    );
  }
}

function readRegex(infos: ConfigInfoMap, regex: string): RegExp | null {
  try {
    return wholeNameRegex('topics.regex', regex);
  } catch (error) {
    infos.addError('topics.regex', (error as Error).message);
    return null;
  }
}
