import {
  boolean,
  cls,
  type ConfigDef,
  ConfigError,
  type ConfigOf,
  defineConfig,
  int,
  list,
  long,
  password,
  type RawConfig,
  string,
} from '@sluice/api';
import { availableParallelism } from 'node:os';
import { type HeaderRule, parseHeaderRules, parseListeners, type Listener } from './rest-server-config.ts';

/** TLS keys that stand on the worker itself: for its own clients, and for https listeners. Source: SslConfigs.addClientSslSupport */
const sslKeys = {
  'ssl.protocol': string({ default: 'TLSv1.3', doc: 'TLS version to prefer.' }),
  'ssl.enabled.protocols': list({ default: ['TLSv1.2', 'TLSv1.3'], doc: 'TLS versions that may be used.' }),
  'ssl.cipher.suites': list({ default: [], importance: 'low', doc: 'Cipher suites that may be used. Default: what Node.js offers.' }),
  'ssl.keystore.type': string({ default: 'JKS', doc: 'Form of the key store: JKS, PKCS12 or PEM.' }),
  'ssl.keystore.location': string({ default: null, importance: 'high', doc: 'File with the private key and its certificates.' }),
  'ssl.keystore.password': password({ default: null, importance: 'high', doc: 'Password of the key store.' }),
  'ssl.key.password': password({ default: null, importance: 'high', doc: 'Password of the private key.' }),
  'ssl.truststore.type': string({ default: 'JKS', doc: 'Form of the trust store: JKS, PKCS12 or PEM.' }),
  'ssl.truststore.location': string({ default: null, importance: 'high', doc: 'File with the certificates to trust.' }),
  'ssl.truststore.password': password({ default: null, importance: 'high', doc: 'Password of the trust store.' }),
  'ssl.endpoint.identification.algorithm': string({
    default: 'https',
    importance: 'low',
    doc: 'How the name of a server is checked; empty: not at all.',
  }),
} as const;

/** Source: org.apache.kafka.connect.runtime.rest.RestServerConfig */
const restKeys = {
  listeners: list({
    default: ['http://:8083'],
    importance: 'low',
    doc: 'Addresses of the REST server, protocol://host:port; an empty host is every interface.',
  }),
  'admin.listeners': list({
    default: null,
    importance: 'low',
    doc: 'Addresses of the admin API. Default: those of listeners; empty: none.',
  }),
  'rest.advertised.host.name': string({
    default: null,
    importance: 'low',
    doc: 'Host name that other workers are told to reach this one by.',
  }),
  'rest.advertised.port': int({ default: null, importance: 'low', doc: 'Port that other workers are told.' }),
  'rest.advertised.listener': string({
    default: null,
    importance: 'low',
    doc: "Which listener other workers are told of: 'http' or 'https'.",
  }),
  'rest.extension.classes': list({ default: [], importance: 'low', doc: 'REST extensions. None can be loaded yet.' }),
  'access.control.allow.origin': string({
    default: '',
    importance: 'low',
    doc: 'Origin that browsers may call from, or *. Empty: no CORS headers.',
  }),
  'access.control.allow.methods': string({ default: '', importance: 'low', doc: 'Methods for such calls. Default: GET, POST and HEAD.' }),
  'response.http.headers.config': string({
    default: '',
    importance: 'low',
    doc: 'Headers for every answer: [set|add|setDate|addDate] name:value, separated by commas.',
  }),
  'ssl.client.auth': string({
    oneOf: ['required', 'requested', 'none'],
    default: 'none',
    importance: 'low',
    doc: 'Whether https clients must show a certificate.',
  }),
} as const;

/** Source: org.apache.kafka.connect.runtime.WorkerConfig */
const commonKeys = {
  'bootstrap.servers': list({
    default: ['localhost:9092'],
    importance: 'high',
    doc: 'Brokers to begin with, host:port; the rest of the cluster is found through them.',
  }),
  'client.dns.lookup': string({
    oneOf: ['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only'],
    default: 'use_all_dns_ips',
    doc: 'How the names of brokers are looked up.',
  }),
  'key.converter': cls({
    importance: 'high',
    doc: "Converter for record keys of connectors that have none of their own; its settings begin with 'key.converter.'.",
  }),
  'key.converter.plugin.version': string({
    default: null,
    importance: 'low',
    doc: 'Version of the key converter. Default: the newest that is installed.',
  }),
  'value.converter': cls({
    importance: 'high',
    doc: "Converter for record values of connectors that have none of their own; its settings begin with 'value.converter.'.",
  }),
  'value.converter.plugin.version': string({
    default: null,
    importance: 'low',
    doc: 'Version of the value converter. Default: the newest that is installed.',
  }),
  'header.converter': cls({
    default: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    importance: 'low',
    doc: "Converter for headers; its settings begin with 'header.converter.'.",
  }),
  'header.converter.plugin.version': string({
    default: null,
    importance: 'low',
    doc: 'Version of the header converter. Default: the newest that is installed.',
  }),
  'task.shutdown.graceful.timeout.ms': long({
    default: 5000,
    importance: 'low',
    doc: 'How long all tasks together may take to stop, in milliseconds; then they are cut off.',
  }),
  'offset.flush.interval.ms': long({ default: 60_000, importance: 'low', doc: 'Milliseconds from one commit of offsets to the next.' }),
  'offset.flush.timeout.ms': long({
    default: 5000,
    importance: 'low',
    doc: 'How long one such commit may take, in milliseconds; then it is given up and tried again with the next.',
  }),
  'plugin.path': list({ default: null, importance: 'low', doc: 'Directories that hold plugins: npm packages, or folders of them.' }),
  'plugin.discovery': string({
    oneOf: ['only_scan', 'hybrid_warn', 'hybrid_fail', 'service_load'],
    ignoreCase: true,
    default: 'hybrid_warn',
    importance: 'low',
    doc: 'How Java finds plugins. Accepted and without effect: here they are found by their package.json.',
  }),
  'config.providers': list({
    default: [],
    importance: 'low',
    doc: 'Names of the config providers that placeholders ${name:path:key} may use.',
  }),
  'connector.client.config.override.policy': string({
    default: 'All',
    doc: 'Which client settings connectors may override: All, None, Principal or Allowlist.',
  }),
  'connector.client.config.override.allowlist': list({
    default: [],
    doc: 'With the policy Allowlist: the client settings that connectors may override.',
  }),
  'topic.creation.enable': boolean({
    default: true,
    importance: 'low',
    doc: 'Whether source connectors with topic.creation settings create their topics.',
  }),
  'topic.tracking.enable': boolean({ default: true, importance: 'low', doc: 'Whether the topics that a connector uses are remembered.' }),
  'topic.tracking.allow.reset': boolean({ default: true, importance: 'low', doc: 'Whether REST may forget them.' }),
  'metric.reporters': list({
    default: ['org.apache.kafka.common.metrics.JmxReporter'],
    importance: 'low',
    doc: 'Java classes that report metrics. Accepted and without effect.',
  }),
  'metrics.num.samples': int({ default: 2, range: [1], importance: 'low', doc: 'Samples kept for a metric over a window.' }),
  'metrics.sample.window.ms': long({ default: 30_000, range: [0], importance: 'low', doc: 'Length of one sample in milliseconds.' }),
  'metrics.recording.level': string({
    oneOf: ['INFO', 'DEBUG'],
    default: 'INFO',
    importance: 'low',
    doc: 'The lowest level of metrics that is recorded.',
  }),
  'worker.threads': int({
    default: null,
    range: [1],
    importance: 'low',
    doc: 'The most threads that run connectors and tasks. Default: the number of processor cores.',
  }),
} as const;

/** The keys of a worker in standalone mode. Source: org.apache.kafka.connect.runtime.standalone.StandaloneConfig */
export const standaloneConfig = defineConfig({
  ...commonKeys,
  ...restKeys,
  ...sslKeys,
  'offset.storage.file.filename': string({ importance: 'high', doc: 'File that keeps the offsets of source connectors.' }),
}) satisfies ConfigDef<object>;

export type StandaloneConfigValues = ConfigOf<typeof standaloneConfig>;

/**
 * The configuration of a standalone worker: its properties as they stand in the file, and typed. Keys that it does not know are
 * kept in `raw`: they may be for clients or plugins.
 */
export interface WorkerConfig {
  readonly raw: Readonly<Record<string, string>>;
  readonly values: StandaloneConfigValues;
  readonly listeners: readonly Listener[];
  /** Null: the admin API is on `listeners`. Empty: there is none. */
  readonly adminListeners: readonly Listener[] | null;
  readonly responseHeaders: readonly HeaderRule[];
  /** `worker.threads`, or the number of cores. */
  readonly threads: number;
}

/** Throws the first ConfigError in Kafka Connect's words. */
export function parseWorkerConfig(raw: Readonly<Record<string, string>>): WorkerConfig {
  const values = parseDiscovery(raw);
  return {
    raw,
    values,
    listeners: parseListeners('listeners', values.listeners),
    adminListeners: values['admin.listeners'] === null ? null : parseListeners('admin.listeners', values['admin.listeners']),
    responseHeaders: parseHeaderRules(values['response.http.headers.config']),
    threads: values['worker.threads'] ?? availableParallelism(),
  };
}

function parseDiscovery(raw: RawConfig): StandaloneConfigValues {
  const values = standaloneConfig.parse(raw);
  const advertised = values['rest.advertised.listener'];
  if (advertised !== null && !['http', 'https'].includes(advertised.toLowerCase())) {
    throw ConfigError.invalid('rest.advertised.listener', advertised, "Listener to advertise must be either 'http' or 'https'");
  }
  return values;
}
