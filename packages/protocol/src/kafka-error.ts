import { errorTable, type ErrorRow } from './error-table.ts';

/** Kafka's name of an error code, such as 'NOT_LEADER_OR_FOLLOWER'. */
export type ErrorName = keyof typeof errorTable;

export interface ErrorInfo {
  readonly code: number;
  readonly name: ErrorName;
  /** Java's exception class, with its package. */
  readonly javaClass: string;
  /** The same request may succeed later (RetriableException). */
  readonly retriable: boolean;
  /** Retriable, once metadata or the coordinator was looked up anew (RefreshRetriableException, InvalidMetadataException). */
  readonly refreshesMetadata: boolean;
  readonly message: string;
}

/** Every error code, by name: `errors.NOT_COORDINATOR.code`. */
export const errors: Readonly<Record<ErrorName, ErrorInfo>> = readTable();
const byCode: ReadonlyMap<number, ErrorInfo> = new Map(Object.values(errors).map((info) => [info.code, info]));

function readTable(): Record<ErrorName, ErrorInfo> {
  const table: Partial<Record<ErrorName, ErrorInfo>> = {};
  for (const [name, [code, javaClass, kind, message]] of Object.entries(errorTable) as [ErrorName, ErrorRow][]) {
    const packageName = javaClass === '' || javaClass.includes('.') ? '' : 'org.apache.kafka.common.errors.';
    table[name] = { code, name, javaClass: packageName + javaClass, retriable: kind > 0, refreshesMetadata: kind === 2, message };
  }
  return table as Record<ErrorName, ErrorInfo>;
}

/** The entry of an error code; a code that is not known is UNKNOWN_SERVER_ERROR, as in Java's client. */
export function errorInfo(code: number): ErrorInfo {
  return byCode.get(code) ?? errors.UNKNOWN_SERVER_ERROR;
}

/** An error of Kafka's protocol, of a broker or of the client itself. */
export class KafkaError extends Error {
  override readonly name: string = 'KafkaError';
  readonly code: number;
  readonly errorName: ErrorName;
  readonly retriable: boolean;
  readonly refreshesMetadata: boolean;
  readonly javaClass: string;

  constructor(info: ErrorInfo, message: string = info.message, options?: ErrorOptions) {
    super(message, options);
    this.code = info.code;
    this.errorName = info.name;
    this.retriable = info.retriable;
    this.refreshesMetadata = info.refreshesMetadata;
    this.javaClass = info.javaClass;
  }
}

/**
 * The error of a code or name, with Kafka's message or, as in Java, with `detail` in its place. A code that this version
 * does not know becomes UNKNOWN_SERVER_ERROR.
 */
export function kafkaError(error: number | ErrorName, detail?: string | null, options?: ErrorOptions): KafkaError {
  if (typeof error === 'string') return new KafkaError(errors[error], detail ?? undefined, options);
  const info = byCode.get(error);
  if (info !== undefined) return new KafkaError(info, detail ?? undefined, options);
  return new KafkaError(errors.UNKNOWN_SERVER_ERROR, detail ?? `Unexpected error code: ${error}.`, options);
}
