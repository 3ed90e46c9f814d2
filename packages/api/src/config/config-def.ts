/** Kafka's types of a configuration value. Source: org.apache.kafka.common.config.ConfigDef.Type */
export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';
export type Importance = 'HIGH' | 'MEDIUM' | 'LOW';
export type Width = 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';

/** The raw configuration: text values, as they stand in a file or a REST body. A null is a JSON null. */
export type RawConfig = Readonly<Record<string, string | null>>;

/** One key as REST describes it (`GET /connector-plugins/<p>/config`). */
export interface ConfigKeyInfo {
  readonly name: string;
  readonly type: ConfigType;
  readonly required: boolean;
  readonly default_value: string | null;
  readonly importance: Importance;
  readonly documentation: string;
  readonly group: string | null;
  readonly width: Width;
  readonly display_name: string;
  readonly dependents: readonly string[];
  readonly order: number;
}

/** The state of one key for a given configuration, as REST's validate shows it. `value` is text; a password's is `[hidden]`. */
export interface ConfigValueInfo {
  readonly name: string;
  readonly value: string | null;
  readonly recommended_values: readonly string[];
  readonly errors: readonly string[];
  readonly visible: boolean;
}

/** What parsing may ask of its surroundings. */
export interface ParseOptions {
  /** Whether a plugin class of that name (or alias) can be found; without it every name that is not empty is accepted. */
  readonly resolveClass?: (name: string) => boolean;
}

/**
 * A set of configuration keys with their types, defaults and rules; `T` is what `parse` returns.
 * Made with `defineConfig`, put together with `mergeConfigs` and `embedConfig`.
 *
 * Source: org.apache.kafka.common.config.ConfigDef
 */
export interface ConfigDef<T = unknown> {
  /** All keys in definition order, without internal ones and without those that only a configuration brings (see `keysFor`). */
  readonly keys: readonly ConfigKeyInfo[];
  /** The keys for this configuration: `keys` and, for each name in the list of a `named` group, that group's keys. */
  keysFor(raw: RawConfig): readonly ConfigKeyInfo[];
  /** Strict: throws the first {@link ConfigError}. Unknown keys are ignored. The result is frozen. */
  parse(raw: RawConfig, options?: ParseOptions): T;
  /** Collecting: every key's value and all its errors, in the order of `keysFor`, with recommenders and cross-key rules applied. */
  validate(raw: RawConfig, options?: ParseOptions): readonly ConfigValueInfo[];
  /** Whether the definition knows that key, by its name or an alias, or as one of a prefix or named group. */
  has(key: string): boolean;
  /** Typed values as the text `parse` reads: how a task's own keys get into its configuration. Throws a ConfigError for what text cannot say. */
  format(values: Partial<T>): Record<string, string>;
}
