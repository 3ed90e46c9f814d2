/** The names under which our errors cross threads and HTTP, with the Java exception whose place each takes. */
export const errorClasses = {
  ConnectError: 'org.apache.kafka.connect.errors.ConnectException',
  RetriableError: 'org.apache.kafka.connect.errors.RetriableException',
  DataError: 'org.apache.kafka.connect.errors.DataException',
  SchemaBuilderError: 'org.apache.kafka.connect.errors.SchemaBuilderException',
  ConfigError: 'org.apache.kafka.common.config.ConfigException',
  NotFoundError: 'org.apache.kafka.connect.errors.NotFoundException',
  AlreadyExistsError: 'org.apache.kafka.connect.errors.AlreadyExistsException',
} as const;

export type ErrorName = keyof typeof errorClasses;

const brand = Symbol.for('sluice.error');

/**
 * The base of all errors that Connect's framework or a plugin throws: it stops the task.
 * `instanceof` holds across two copies of this package.
 *
 * Source: org.apache.kafka.connect.errors.ConnectException
 */
export class ConnectError extends Error {
  readonly [brand]: readonly string[];

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    const names: string[] = [];
    for (let type: unknown = new.target; type !== Error && typeof type === 'function'; type = Object.getPrototypeOf(type))
      names.push(type.name);
    this[brand] = names;
    this.name = new.target.name;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && ((value as { [brand]?: readonly string[] })[brand]?.includes(this.name) ?? false);
  }
}

/** The same call may succeed later: the framework tries again, after `afterMs` where that is given. */
export class RetriableError extends ConnectError {
  readonly afterMs: number | undefined;

  constructor(message: string, options?: ErrorOptions & { afterMs?: number }) {
    super(message, options);
    this.afterMs = options?.afterMs;
  }
}

/** The data is not what its schema, or the converter, needs. It is tolerated or dead-lettered as configured. */
export class DataError extends ConnectError {}

/** A schema is built wrongly. */
export class SchemaBuilderError extends DataError {}

/**
 * A configuration value is wrong. The message is Kafka's: `Invalid value <v> for configuration <k>: <why>`.
 *
 * Source: org.apache.kafka.common.config.ConfigException
 */
export class ConfigError extends ConnectError {
  /** The key, where the error is about one. */
  readonly key: string | undefined;

  constructor(message: string, options?: ErrorOptions & { key?: string }) {
    super(message, options);
    this.key = options?.key;
  }

  /** The error for one key. `value` is shown as given; pass `[hidden]` for a password. */
  static invalid(key: string, value: unknown, reason?: string): ConfigError {
    return new ConfigError(`Invalid value ${String(value)} for configuration ${key}${reason === undefined ? '' : `: ${reason}`}`, { key });
  }
}

export class NotFoundError extends ConnectError {}

export class AlreadyExistsError extends ConnectError {}
