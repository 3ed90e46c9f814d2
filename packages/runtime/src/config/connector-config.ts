import { boolean, cls, ConfigError, int, list, long, string, validators } from '@sluice/api';

/** Where a group of keys stands in a form. */
const common = 'Common';
const errorHandling = 'Error Handling';

/** Aliases name key prefixes, so each can be there once. Source: org.apache.kafka.connect.runtime.ConnectorConfig, KIP-66 */
export function uniqueAliases(name: string, aliases: readonly string[] | null): void {
  validators.nonNull(name, aliases);
  if (new Set(aliases).size < aliases!.length) throw ConfigError.invalid(name, `[${aliases!.join(', ')}]`, 'Duplicate alias provided.');
}

const versionDoc = (what: string): string =>
  `Version of the ${what} to use: one version, a range such as [1.0,2.0), or 'latest'. Default: the newest that is installed.`;

/**
 * The framework's keys of every connector.
 *
 * Source: org.apache.kafka.connect.runtime.ConnectorConfig (4.3), KIP-891 for the versions
 */
export const connectorKeys = {
  name: string({
    importance: 'high',
    group: common,
    order: 1,
    width: 'medium',
    displayName: 'Connector name',
    doc: 'Name of this connector; no other connector of the cluster may have it.',
    ensureValid: validators.nonEmptyStringWithoutControlChars,
  }),
  'connector.class': string({
    importance: 'high',
    group: common,
    order: 2,
    width: 'long',
    displayName: 'Connector class',
    doc: 'Class name or alias of the connector: the full name, the simple name, or that without its ending "Connector".',
  }),
  'connector.plugin.version': string({
    default: null,
    importance: 'medium',
    group: common,
    order: 3,
    width: 'medium',
    displayName: 'Connector version',
    doc: versionDoc('connector'),
  }),
  'tasks.max': int({
    default: 1,
    range: [1],
    importance: 'high',
    group: common,
    order: 4,
    width: 'short',
    displayName: 'Tasks max',
    doc: 'The most tasks that this connector may be split into.',
  }),
  'tasks.max.enforce': boolean({
    default: true,
    importance: 'low',
    group: common,
    order: 5,
    width: 'short',
    displayName: 'Enforce tasks max',
    doc: 'Whether a connector that makes more tasks than tasks.max fails. Deprecated: with false it is only logged.',
  }),
  'key.converter': cls({
    default: null,
    importance: 'low',
    group: common,
    order: 6,
    width: 'short',
    displayName: 'Key converter class',
    doc: "Converter for record keys; its own settings begin with 'key.converter.'. Default: the worker's.",
  }),
  'key.converter.plugin.version': string({
    default: null,
    importance: 'low',
    group: common,
    order: 7,
    width: 'short',
    displayName: 'Key converter version',
    doc: versionDoc('key converter'),
  }),
  'value.converter': cls({
    default: null,
    importance: 'low',
    group: common,
    order: 8,
    width: 'short',
    displayName: 'Value converter class',
    doc: "Converter for record values; its own settings begin with 'value.converter.'. Default: the worker's.",
  }),
  'value.converter.plugin.version': string({
    default: null,
    importance: 'low',
    group: common,
    order: 9,
    width: 'short',
    displayName: 'Value converter version',
    doc: versionDoc('value converter'),
  }),
  'header.converter': cls({
    default: null,
    importance: 'low',
    group: common,
    order: 10,
    width: 'short',
    displayName: 'Header converter class',
    doc: "Converter for header values; its own settings begin with 'header.converter.'. Default: the worker's.",
  }),
  'header.converter.plugin.version': string({
    default: null,
    importance: 'low',
    group: common,
    order: 11,
    width: 'short',
    displayName: 'Header converter version',
    doc: versionDoc('header converter'),
  }),
  transforms: list({
    default: [],
    importance: 'low',
    group: 'Transforms',
    order: 12,
    width: 'long',
    displayName: 'Transforms',
    doc: 'Aliases of the transformations that each record goes through, in this order.',
    ensureValid: uniqueAliases,
  }),
  predicates: list({
    default: [],
    importance: 'low',
    group: 'Predicates',
    order: 13,
    width: 'long',
    displayName: 'Predicates',
    doc: 'Aliases of the predicates that transformations can depend on.',
    ensureValid: uniqueAliases,
  }),
  'config.action.reload': string({
    oneOf: ['none', 'restart'],
    default: 'restart',
    importance: 'low',
    group: common,
    order: 14,
    width: 'medium',
    displayName: 'Reload Action',
    doc: "What to do when a config provider's value has expired: 'restart' the connector with the new one, or 'none'.",
  }),
  'errors.retry.timeout': long({
    default: 0,
    importance: 'medium',
    group: errorHandling,
    order: 1,
    width: 'medium',
    displayName: 'Retry Timeout for Errors',
    doc: 'How long a failed conversion or transformation is tried again, in milliseconds. 0: not at all, -1: for ever.',
  }),
  'errors.retry.delay.max.ms': long({
    default: 60_000,
    importance: 'medium',
    group: errorHandling,
    order: 2,
    width: 'medium',
    displayName: 'Maximum Delay Between Retries for Errors',
    doc: 'The longest pause between two tries, in milliseconds; pauses double up to it, and vary at random once there.',
  }),
  'errors.tolerance': string({
    oneOf: ['none', 'all'],
    default: 'none',
    importance: 'medium',
    group: errorHandling,
    order: 3,
    width: 'short',
    displayName: 'Error Tolerance',
    doc: "'none': a record that cannot be handled fails the task. 'all': it is skipped, and reported as configured.",
  }),
  'errors.log.enable': boolean({
    default: false,
    importance: 'medium',
    group: errorHandling,
    order: 4,
    width: 'short',
    displayName: 'Log Errors',
    doc: 'Whether each record that cannot be handled is logged. Without it only errors that are not tolerated are.',
  }),
  'errors.log.include.messages': boolean({
    default: false,
    importance: 'medium',
    group: errorHandling,
    order: 5,
    width: 'short',
    displayName: 'Log Error Details',
    doc: 'Whether those log lines say which record it was. Source records are shown with their data.',
  }),
} as const;
