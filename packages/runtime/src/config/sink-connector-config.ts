import { boolean, type ConfigDef, ConfigError, type ConfigOf, defineConfig, list, short, string } from '@sluice/api';
import { connectorKeys } from './connector-config.ts';

/** KIP-1161's rules for the items of a list; a list that is not set is empty. */
function distinctNonEmptyItems(name: string, items: readonly string[] | null): void {
  if (items === null) return;
  if (new Set(items).size < items.length) throw new ConfigError(`Configuration '${name}' values must not be duplicated.`);
  if (items.includes('')) throw new ConfigError(`Configuration '${name}' values must not be empty.`);
}

/**
 * The framework's keys of a sink connector. The rules between them (exactly one of `topics` and `topics.regex`) are the validation's.
 *
 * Source: org.apache.kafka.connect.runtime.SinkConnectorConfig (4.3)
 */
export const sinkConnectorConfig = defineConfig({
  ...connectorKeys,
  topics: list({
    default: [],
    importance: 'high',
    group: 'Common',
    order: 4,
    width: 'long',
    displayName: 'Topics',
    doc: 'Topics to read. Either these or topics.regex must be given.',
    ensureValid: distinctNonEmptyItems,
  }),
  'topics.regex': string({
    default: '',
    importance: 'high',
    group: 'Common',
    order: 4,
    width: 'long',
    displayName: 'Topics regex',
    doc: 'A regular expression that must match the whole name of a topic to read. Either this or topics must be given.',
  }),
  'errors.deadletterqueue.topic.name': string({
    default: '',
    importance: 'medium',
    group: 'Error Handling',
    order: 6,
    width: 'medium',
    displayName: 'Dead Letter Queue Topic Name',
    doc: 'Topic that gets the records which the connector, its transformations or converters could not handle. Default: none.',
  }),
  'errors.deadletterqueue.topic.replication.factor': short({
    default: 3,
    importance: 'medium',
    group: 'Error Handling',
    order: 7,
    width: 'medium',
    displayName: 'Dead Letter Queue Topic Replication Factor',
    doc: 'Replication factor with which the dead letter queue topic is created where it does not exist.',
  }),
  'errors.deadletterqueue.context.headers.enable': boolean({
    default: false,
    importance: 'medium',
    group: 'Error Handling',
    order: 8,
    width: 'medium',
    displayName: 'Enable Error Context Headers',
    doc: "Whether a dead letter says in headers, which begin with '__connect.errors.', where it comes from and what went wrong.",
  }),
}) satisfies ConfigDef<object>;

export type SinkConnectorConfig = ConfigOf<typeof sinkConnectorConfig>;
