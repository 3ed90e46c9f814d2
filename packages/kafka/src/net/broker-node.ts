import type { ApiName } from '@sluice/protocol';
import { kafkaError } from '@sluice/protocol';
import { delay, retryBackoff } from '../client/retry-backoff.ts';
import { ClientClosedError, isRetriable, messageOf } from '../errors.ts';
import { hostPortText } from '../settings/bootstrap-servers.ts';
import type { HostPort } from '../settings/bootstrap-servers.ts';
import type { Connection } from './connection.ts';
import { openConnection } from './open-connection.ts';
import type { ConnectionContext } from './open-connection.ts';
import type { RequestBody, SendOptions, VersionedResponse } from './request-types.ts';

export interface NodeTimes {
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  readonly setupTimeoutMs: number;
  readonly setupTimeoutMaxMs: number;
  /** Negative: never. */
  readonly idleMaxMs: number;
}

export interface NodeOptions {
  readonly times: NodeTimes;
  /** What all connections share; reads key stores at its first use. */
  readonly context: () => Promise<ConnectionContext>;
  readonly now: () => number;
  readonly random: () => number;
  /** The connection was lost, or could not be made. Not called when we close it ourselves. */
  readonly onDisconnect: (node: BrokerNode) => void;
}

/** A call that waits for the connection. */
interface WaitingCall {
  readonly run: (connection: Connection) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One broker and at most one connection to it, which is opened when it is needed, with back-off between attempts, and closed when idle.
 * Calls are written in the order in which they were made, also those that had to wait for the connection.
 */
export class BrokerNode {
  readonly address: HostPort;
  readonly #options: NodeOptions;
  readonly #abort = new AbortController();
  #connection: Connection | null = null;
  #isConnecting = false;
  /** Bounded by what the callers have under way: all are settled when the attempt to connect ends. */
  #waiting: WaitingCall[] = [];
  #failures = 0;
  #nextAttemptAt = 0;
  #idleTimer: NodeJS.Timeout | null = null;
  #isRetired = false;

  constructor(address: HostPort, options: NodeOptions) {
    this.address = address;
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#connection !== null;
  }

  /** Whether the last attempt failed so recently that the next has to wait. */
  get isBackingOff(): boolean {
    return this.#connection === null && this.#options.now() < this.#nextAttemptAt;
  }

  get inFlight(): number {
    return (this.#connection?.inFlight ?? 0) + this.#waiting.length;
  }

  send<A extends ApiName>(api: A, body: RequestBody<A>, options: SendOptions): Promise<VersionedResponse<A>> {
    return this.#withConnection(options.signal, async (connection) => {
      const version = connection.version(api, options);
      const input = typeof body === 'function' ? body(version) : body;
      return { version, body: await connection.request(api, version, input, options) };
    });
  }

  version(api: ApiName, options: SendOptions): Promise<number> {
    return this.#withConnection(options.signal, (connection) => connection.version(api, options));
  }

  /** Closes the connection and rejects what waits for it. */
  close(error: Error = new ClientClosedError()): void {
    this.#abort.abort(error);
    this.#clearIdleTimer();
    this.#connection?.close(error);
    this.#connection = null;
    this.#rejectWaiting(error);
  }

  /** Closes the connection as soon as nothing waits for an answer. */
  retire(): void {
    this.#isRetired = true;
    this.#watchIdle();
  }

  #withConnection<T>(signal: AbortSignal | undefined, action: (connection: Connection) => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted();
      this.#abort.signal.throwIfAborted();
      // Runs the synchronous part of the action, the write, at once: that keeps the order.
      const run = (connection: Connection): void => {
        try {
          resolve(action(connection));
        } catch (error) {
          reject(error);
        }
      };
      if (this.#connection !== null) {
        run(this.#connection);
        return;
      }
      this.#waiting.push(watched({ run, reject }, signal, (call) => this.#forget(call)));
      void this.#connect();
    });
  }

  #forget(call: WaitingCall): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== call);
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    try {
      const wait = this.#nextAttemptAt - this.#options.now();
      if (wait > 0) await delay(wait, this.#abort.signal);
      const connection = await openConnection(this.address, await this.#options.context(), {
        setupTimeoutMs: this.#setupTimeout(),
        signal: this.#abort.signal,
        onClose: (closed) => this.#onClose(closed),
      });
      this.#isConnecting = false;
      this.#onOpen(connection);
    } catch (error) {
      this.#isConnecting = false;
      this.#onFailure(error);
    }
  }

  #onOpen(connection: Connection): void {
    if (!connection.isOpen || this.#abort.signal.aborted) {
      connection.close(new ClientClosedError());
      this.#onFailure(kafkaError('NETWORK_EXCEPTION', `Disconnected from broker ${connection.broker}`));
      return;
    }
    this.#failures = 0;
    this.#nextAttemptAt = 0;
    this.#connection = connection;
    this.#watchIdle();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call.run(connection);
  }

  #onFailure(error: unknown): void {
    if (this.#abort.signal.aborted) {
      this.#rejectWaiting(this.#abort.signal.reason);
      return;
    }
    this.#backOff();
    this.#rejectWaiting(isRetriable(error) ? withBroker(error, this.address) : error);
    this.#options.onDisconnect(this);
  }

  #onClose(closed: Connection): void {
    // Closed by ourselves, or before it was ready: then connecting fails and tells.
    if (this.#connection !== closed) return;
    this.#connection = null;
    this.#clearIdleTimer();
    this.#backOff();
    this.#options.onDisconnect(this);
  }

  #backOff(): void {
    const { reconnectBackoffMs: initialMs, reconnectBackoffMaxMs: maxMs } = this.#options.times;
    this.#nextAttemptAt = this.#options.now() + retryBackoff(this.#failures++, { initialMs, maxMs, random: this.#options.random });
  }

  #setupTimeout(): number {
    const { setupTimeoutMs: initialMs, setupTimeoutMaxMs: maxMs } = this.#options.times;
    return retryBackoff(this.#failures, { initialMs, maxMs, random: this.#options.random });
  }

  #rejectWaiting(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call.reject(error);
  }

  #watchIdle(): void {
    this.#clearIdleTimer();
    const connection = this.#connection;
    const idleMaxMs = this.#isRetired ? 100 : this.#options.times.idleMaxMs;
    if (connection === null || idleMaxMs < 0) return;
    const idleMs = this.#options.now() - connection.lastUsedAt;
    if (connection.inFlight === 0 && (this.#isRetired || idleMs >= idleMaxMs)) {
      this.#connection = null;
      connection.close(new Error('the connection was idle'));
      return;
    }
    const wait = connection.inFlight > 0 ? idleMaxMs : Math.max(1, idleMaxMs - idleMs);
    this.#idleTimer = setTimeout(() => this.#watchIdle(), Math.min(wait, 2_147_483_647)).unref();
  }

  #clearIdleTimer(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
  }
}

function withBroker(error: unknown, address: HostPort): unknown {
  const broker = hostPortText(address);
  const text = messageOf(error);
  return text.includes(broker) ? error : kafkaError('NETWORK_EXCEPTION', `Broker ${broker}: ${text}`, { cause: error });
}

/** The same call, that is also taken back when the signal is aborted. */
function watched(call: WaitingCall, signal: AbortSignal | undefined, forget: (call: WaitingCall) => void): WaitingCall {
  if (signal === undefined) return call;
  const onAbort = (): void => {
    forget(withSignal);
    call.reject(signal.reason);
  };
  const done = (): void => signal.removeEventListener('abort', onAbort);
  const withSignal: WaitingCall = {
    run: (connection) => {
      done();
      call.run(connection);
    },
    reject: (error) => {
      done();
      call.reject(error);
    },
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return withSignal;
}
