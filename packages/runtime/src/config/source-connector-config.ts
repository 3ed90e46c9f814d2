import { type ConfigDef, type ConfigOf, defineConfig, list, long, string } from '@sluice/api';
import { connectorKeys, uniqueAliases } from './connector-config.ts';

const exactlyOnce = 'Exactly Once Support';

/**
 * The framework's keys of a source connector. `topic.creation.*` (other than the groups) is read by the task.
 *
 * Source: org.apache.kafka.connect.runtime.SourceConnectorConfig, KIP-158, KIP-618
 */
export const sourceConnectorConfig = defineConfig({
  ...connectorKeys,
  'topic.creation.groups': list({
    default: [],
    importance: 'low',
    group: 'Topic Creation',
    order: 1,
    width: 'long',
    displayName: 'Topic Creation Groups',
    doc: "Names of the rule groups by which new topics are created, the first that matches counts; 'default' is always the last.",
    ensureValid: uniqueAliases,
  }),
  'exactly.once.support': string({
    oneOf: ['requested', 'required'],
    ignoreCase: true,
    default: 'requested',
    importance: 'medium',
    group: exactlyOnce,
    order: 2,
    width: 'short',
    displayName: 'Exactly once support',
    doc: "'required': the connector is refused unless it and the worker deliver each record exactly once. 'requested': no such check.",
  }),
  'transaction.boundary': string({
    // In the order in which Java's message has them.
    oneOf: ['interval', 'poll', 'connector'],
    ignoreCase: true,
    default: 'poll',
    importance: 'medium',
    group: exactlyOnce,
    order: 3,
    width: 'short',
    displayName: 'Transaction Boundary',
    doc: "Where a task's transaction ends: with each batch ('poll'), after a time ('interval'), or where the connector says ('connector').",
  }),
  'transaction.boundary.interval.ms': long({
    default: null,
    range: [0],
    importance: 'low',
    group: exactlyOnce,
    order: 4,
    width: 'short',
    displayName: 'Transaction boundary interval',
    doc: "With 'interval': milliseconds from one commit to the next. Default: the worker's offset.flush.interval.ms.",
  }),
  'offsets.storage.topic': string({
    default: null,
    nonEmpty: true,
    importance: 'low',
    group: 'offsets.topic',
    order: 1,
    width: 'long',
    displayName: 'Offsets topic',
    doc: "A topic of the connector's own for its source offsets. Default: the worker's. Without effect in standalone mode.",
  }),
}) satisfies ConfigDef<object>;

export type SourceConnectorConfig = ConfigOf<typeof sourceConnectorConfig>;
