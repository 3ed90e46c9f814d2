/**
 * A client property is wrong. The text is Kafka's: `Invalid value <v> for configuration <k>: <why>`.
 *
 * Source: org.apache.kafka.common.config.ConfigException
 */
export class KafkaConfigError extends Error {
  /** The property at fault, `null` where the rule concerns several. */
  readonly key: string | null;
  readonly javaClass: string = 'org.apache.kafka.common.config.ConfigException';
  readonly retriable: boolean = false;

  constructor(message: string, key: string | null, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaConfigError';
    this.key = key;
  }

  /** The error for one key. Never pass a password as `value`. */
  static invalid(key: string, value: unknown, reason?: string, options?: ErrorOptions): KafkaConfigError {
    return new KafkaConfigError(
      `Invalid value ${String(value)} for configuration ${key}${reason === undefined ? '' : `: ${reason}`}`,
      key,
      options,
    );
  }
}

/**
 * The broker refused us, or we refuse the broker: credentials, certificates or mechanism are wrong. Trying again cannot help.
 *
 * Source: org.apache.kafka.common.errors.AuthenticationException and its subclasses
 */
export class AuthenticationError extends Error {
  readonly javaClass: string;
  readonly retriable: boolean = false;

  constructor(message: string, kind: 'sasl' | 'ssl', options?: ErrorOptions) {
    super(message, options);
    this.name = 'AuthenticationError';
    this.javaClass = `org.apache.kafka.common.errors.${kind === 'sasl' ? 'Sasl' : 'Ssl'}AuthenticationException`;
  }
}

/** The client was closed while, or before, the call was made. */
export class ClientClosedError extends Error {
  readonly retriable: boolean = false;

  constructor() {
    super('The Kafka client is closed');
    this.name = 'ClientClosedError';
  }
}

/** Whether the same call may succeed later. Errors that do not say are not retriable. */
export function isRetriable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { retriable?: unknown }).retriable === true;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An AggregateError of several connection attempts has an empty message of its own.
  if (error.message === '' && error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error.message;
}
