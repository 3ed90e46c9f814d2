import { KafkaConfigError } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import { silentLog } from '../log.ts';
import { resolveSasl } from '../auth/sasl-settings.ts';
import type { SaslSettings } from '../auth/sasl-settings.ts';
import { parseBootstrapServers } from './bootstrap-servers.ts';
import type { HostPort } from './bootstrap-servers.ts';
import { settingTables } from './client-tables.ts';
import type { ClientKind, SettingKey, SettingTable, SettingValues } from './client-tables.ts';
import { applyAdminRules, applyCommonRules, applyConsumerRules, applyProducerRules } from './setting-rules.ts';
import { parseSetting } from './setting.ts';

/** Properties as they come from a file or a connector: everything is text. */
export type ClientProperties = Readonly<Record<string, string | null>>;

// One line per unknown key and kind for the life of a thread: every task of a worker has clients with the same properties.
const reportedUnknownKeys = new Set<string>();
let clientNumber = 0;

/**
 * The properties of one client in Java's spelling, parsed, checked and with Kafka 4.3's defaults. Nothing is read from disk or network here.
 *
 * Throws `KafkaConfigError` at the first property that is wrong. Properties that concern only a JVM are accepted without effect; unknown ones are logged once.
 */
export class ClientSettings {
  readonly kind: ClientKind;
  /** The brokers to begin with. */
  readonly bootstrapServers: readonly HostPort[];
  /** How to log in, `null` where `security.protocol` has no SASL. */
  readonly sasl: SaslSettings | null;
  readonly #values: Record<string, unknown>;
  readonly #properties: ClientProperties;

  private constructor(kind: ClientKind, properties: ClientProperties, log: KafkaLog) {
    this.kind = kind;
    this.#properties = properties;
    this.#values = parseAll(settingTables[kind], properties);
    const given = (key: string): boolean => this.isSet(key);
    const context = { values: this.#values, given, log };
    applyCommonRules(context);
    if (kind === 'producer') applyProducerRules(context);
    else if (kind === 'consumer') applyConsumerRules(context);
    else applyAdminRules(context);
    if (this.#values['client.id'] === '') this.#values['client.id'] = this.#generatedClientId();
    this.bootstrapServers = parseBootstrapServers(this.get('bootstrap.servers'));
    this.sasl = this.get('security.protocol').startsWith('SASL') ? resolveSasl(this) : null;
    reportUnknownKeys(kind, properties, log);
  }

  static forProducer(properties: ClientProperties, log: KafkaLog = silentLog): ClientSettings {
    return new ClientSettings('producer', properties, log);
  }

  static forConsumer(properties: ClientProperties, log: KafkaLog = silentLog): ClientSettings {
    return new ClientSettings('consumer', properties, log);
  }

  static forAdmin(properties: ClientProperties, log: KafkaLog = silentLog): ClientSettings {
    return new ClientSettings('admin', properties, log);
  }

  /** The value of a property. Throws where this kind of client does not have it. */
  get<K extends SettingKey>(key: K): SettingValues[K] {
    if (!(key in this.#values)) throw new KafkaConfigError(`Unknown configuration '${key}'`, key);
    return this.#values[key] as SettingValues[K];
  }

  /** Whether this kind of client has the property. */
  has(key: SettingKey): boolean {
    return key in this.#values;
  }

  /** Whether the user set the property (an explicit `null` counts as not set). */
  isSet(key: string): boolean {
    return this.#properties[key] !== undefined && this.#properties[key] !== null;
  }

  /** The name for logs. Holds no secret. */
  toString(): string {
    return `${this.kind} ${this.get('client.id')}`;
  }

  toJSON(): Record<string, unknown> {
    return { kind: this.kind, ...this.#values };
  }

  #generatedClientId(): string {
    const number = ++clientNumber;
    if (this.kind === 'producer') return `producer-${this.get('transactional.id') ?? number}`;
    if (this.kind === 'admin') return `adminclient-${number}`;
    const group = this.get('group.id');
    return group === null ? `consumer-${number}` : `consumer-${group}-${this.get('group.instance.id') ?? number}`;
  }
}

/** One property that is wrong. */
export interface ClientConfigProblem {
  readonly key: string;
  readonly message: string;
}

/**
 * All properties that cannot be read as their type or are out of range, without the rules between several and without required ones.
 * This is what a connector's validation asks about its `producer.override.*` keys.
 */
export function clientConfigProblems(kind: ClientKind, properties: ClientProperties): ClientConfigProblem[] {
  const problems: ClientConfigProblem[] = [];
  for (const key of Object.keys(settingTables[kind])) {
    if (properties[key] === undefined) continue;
    try {
      parseOne(settingTables[kind], key, properties[key]);
    } catch (error) {
      if (!(error instanceof KafkaConfigError)) throw error;
      problems.push({ key, message: error.message });
    }
  }
  return problems;
}

/** The names of all properties that a kind of client knows. */
export function clientConfigKeys(kind: ClientKind): string[] {
  return Object.keys(settingTables[kind]);
}

function parseAll(table: SettingTable, properties: ClientProperties): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) {
    const text = properties[key];
    if (text !== undefined && !(text === null && setting.default === undefined)) values[key] = parseOne(table, key, text);
    else if (setting.default === undefined)
      throw new KafkaConfigError(`Missing required configuration "${key}" which has no default value.`, key);
    else values[key] = setting.default;
  }
  return values;
}

function parseOne(table: SettingTable, key: string, text: string | null): unknown {
  const setting = table[key]!;
  const value = text === null ? null : parseSetting(key, setting.type, text);
  setting.validate?.(key, value);
  // A key set to null stands for its default, so that code can rely on the declared type.
  return value ?? setting.default;
}

function reportUnknownKeys(kind: ClientKind, properties: ClientProperties, log: KafkaLog): void {
  const unknown = Object.keys(properties).filter((key) => !(key in settingTables[kind]) && !reportedUnknownKeys.has(`${kind} ${key}`));
  if (unknown.length === 0) return;
  for (const key of unknown) reportedUnknownKeys.add(`${kind} ${key}`);
  log.info(`These configurations '[${unknown.join(', ')}]' were supplied to the ${kind} but are not known.`);
}
