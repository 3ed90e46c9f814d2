import {
  AlreadyExistsError,
  ConfigError,
  ConnectError,
  DataError,
  errorClasses,
  type ErrorName,
  NotFoundError,
  RetriableError,
  SchemaBuilderError,
} from './errors.ts';

/** An error as plain data: an Error posted between threads arrives without its class and fields. */
export interface WireError {
  /** The name of the class here: `RetriableError`, `TypeError`. */
  readonly name: string;
  /** The name of the nearest class of ours that it extends; null for an error from elsewhere. */
  readonly base: ErrorName | null;
  /** The class as Java's traces and REST name it. */
  readonly javaClass: string;
  readonly message: string;
  readonly stack: string;
  readonly cause?: WireError;
  readonly afterMs?: number;
  readonly key?: string;
  readonly code?: string | number;
}

/** A chain of causes deeper than this is cut. */
const CAUSES_MAX = 16;

const constructors: Readonly<Record<ErrorName, new (message: string, options?: ErrorOptions) => ConnectError>> = {
  ConnectError,
  RetriableError,
  DataError,
  SchemaBuilderError,
  ConfigError,
  NotFoundError,
  AlreadyExistsError,
};
const brand = Symbol.for('sluice.error');
const javaClasses = new WeakMap<Error, string>();

/** For posting to another thread or over HTTP; also takes what is no Error. */
export function errorToWire(error: unknown): WireError {
  return toWire(error, CAUSES_MAX);
}

/** The error again, of our class where it was one (or extended one), with its stack, causes and fields. */
export function errorFromWire(wire: WireError): Error {
  const options = { ...(wire.cause && { cause: errorFromWire(wire.cause) }), ...pick(wire, 'afterMs'), ...pick(wire, 'key') };
  const error: Error & { code?: unknown } =
    wire.base === null ? new Error(wire.message, options) : new constructors[wire.base](wire.message, options);
  define(error, 'name', wire.name);
  define(error, 'stack', wire.stack);
  if (wire.code !== undefined) error.code = wire.code;
  javaClasses.set(error, wire.javaClass);
  return error;
}

/**
 * The text that REST shows as `trace`, in the form of Java's printStackTrace:
 * `org.apache.kafka.connect.errors.ConnectException: message`, its frames, `Caused by: …`.
 */
export function javaTrace(error: unknown): string {
  return traceOf(errorToWire(error));
}

/** The name of an error's class in Java's words: ours have one each, others keep their own name. */
export function javaErrorClass(error: unknown): string {
  if (!(error instanceof Error)) return 'java.lang.Throwable';
  const own = javaClasses.get(error) ?? (error as { javaClass?: unknown }).javaClass;
  if (typeof own === 'string') return own;
  const base = baseOf(error);
  return base === null ? error.name : errorClasses[base];
}

function toWire(error: unknown, depth: number): WireError {
  if (!(error instanceof Error)) {
    const message = String(error);
    return { name: 'Error', base: null, javaClass: 'java.lang.Throwable', message, stack: `Error: ${message}` };
  }
  const fields = error as { afterMs?: unknown; key?: unknown; code?: unknown };
  return {
    name: error.name,
    base: baseOf(error),
    javaClass: javaErrorClass(error),
    message: messageOf(error),
    stack: error.stack ?? `${error.name}: ${error.message}`,
    ...(error.cause !== undefined && error.cause !== null && depth > 0 && { cause: toWire(error.cause, depth - 1) }),
    ...(typeof fields.afterMs === 'number' && { afterMs: fields.afterMs }),
    ...(typeof fields.key === 'string' && { key: fields.key }),
    ...((typeof fields.code === 'string' || typeof fields.code === 'number') && { code: fields.code }),
  };
}

/** An AggregateError of a failed connection has no message of its own, only one for each address. */
function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join('; ');
}

function baseOf(error: Error): ErrorName | null {
  const names = (error as { [brand]?: readonly string[] })[brand];
  return names?.find((name): name is ErrorName => Object.hasOwn(errorClasses, name)) ?? null;
}

function traceOf(wire: WireError): string {
  const head = wire.message === '' ? wire.javaClass : `${wire.javaClass}: ${wire.message}`;
  const frames = wire.stack.split('\n').filter((line) => /^\s+at /.test(line));
  const lines = [head, ...frames.map((line) => `\t${line.trim()}`)].join('\n');
  return wire.cause === undefined ? `${lines}\n` : `${lines}\nCaused by: ${traceOf(wire.cause)}`;
}

function define(error: Error, name: string, value: string): void {
  Object.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false });
}

function pick<K extends keyof WireError>(wire: WireError, key: K): Partial<Pick<WireError, K>> {
  return wire[key] === undefined ? {} : ({ [key]: wire[key] } as Pick<WireError, K>);
}
