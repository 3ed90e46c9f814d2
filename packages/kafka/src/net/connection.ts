import type { Socket } from 'node:net';
import type { ApiName, Input, Requests, Responses } from '@sluice/protocol';
import { FrameReader, apis, correlationIdOf, decodeResponse, encodeRequest, kafkaError } from '@sluice/protocol';
import { tlsFailure } from '../auth/tls-settings.ts';
import { messageOf } from '../errors.ts';
import { DeadlineTimer } from './in-flight.ts';
import type { InFlightRequest } from './in-flight.ts';

export interface ConnectionOptions {
  readonly clientId: string;
  /** host:port, for messages. */
  readonly broker: string;
  readonly requestTimeoutMs: number;
  /** The largest answer that is accepted, bytes. */
  readonly frameBytesMax: number;
  readonly now: () => number;
  /** Said when the broker hangs up before it has answered anything but ApiVersions. */
  readonly earlyCloseHint: string;
  /** Called once, when the connection ends for whatever reason. */
  readonly onClose: (error: Error) => void;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly noResponse?: boolean | undefined;
  /** Goes out even while requests are held back: the login's own requests. */
  readonly bypassHold?: boolean | undefined;
}

/** Versions that only brokers speak among themselves begin above these. */
const clientVersionMax: Partial<Record<ApiName, number>> = { AddPartitionsToTxn: 3 };

const correlationIdMax = 0x7fff_ffff;

/**
 * One socket to a broker. Requests are written in the order of the calls, many at a time, and each is answered by its correlation id.
 * A request that is not answered in time ends the connection, as in Java: a broker answers in order, so nothing behind it will come either.
 */
export class Connection {
  readonly broker: string;
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #inFlight = new Map<number, InFlightRequest>();
  readonly #deadlines: DeadlineTimer;
  /** Written once the hold ends, in order. Bounded by what the callers have under way. */
  #heldBack: (() => void)[] = [];
  #holds = 0;
  #throttleTimer: NodeJS.Timeout | null = null;
  #correlationId = 0;
  #answers = 0;
  #corked = false;
  #closed: Error | null = null;
  #versions: ReadonlyMap<number, { minVersion: number; maxVersion: number }> | null = null;
  /** When a request was last written or answered. */
  lastUsedAt: number;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.broker = options.broker;
    this.#options = options;
    this.#socket = socket;
    this.#reader = new FrameReader({ maxBytes: options.frameBytesMax });
    this.#deadlines = new DeadlineTimer(() => this.#expire(), options.now);
    this.lastUsedAt = options.now();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(null));
  }

  get isOpen(): boolean {
    return this.#closed === null;
  }

  /** Requests that wait for an answer or for a hold to end. */
  get inFlight(): number {
    return this.#inFlight.size + this.#heldBack.length;
  }

  /** What the broker speaks, from its ApiVersions answer. */
  setVersions(versions: readonly { apiKey: number; minVersion: number; maxVersion: number }[]): void {
    this.#versions = new Map(versions.map((entry) => [entry.apiKey, entry]));
  }

  /** The highest version of an API that both sides, and the caller, know. Throws KafkaError UNSUPPORTED_VERSION where there is none. */
  version(api: ApiName, options: { minVersion?: number | undefined; maxVersion?: number | undefined } = {}): number {
    const ours = apis[api];
    const min = Math.max(ours.minVersion, options.minVersion ?? 0);
    const max = Math.min(ours.maxVersion, options.maxVersion ?? Infinity, clientVersionMax[api] ?? Infinity);
    const theirs = this.#versions?.get(ours.key);
    if (theirs === undefined) throw kafkaError('UNSUPPORTED_VERSION', `The broker ${this.broker} does not support ${api}`);
    const version = Math.min(max, theirs.maxVersion);
    if (version >= Math.max(min, theirs.minVersion)) return version;
    const range = `The supported range is [${theirs.minVersion},${theirs.maxVersion}]`;
    throw kafkaError(
      'UNSUPPORTED_VERSION',
      `The broker ${this.broker} does not support ${api} with version in range [${min},${max}]. ${range}.`,
    );
  }

  /** Sends a request. Rejects with KafkaError NETWORK_EXCEPTION or REQUEST_TIMED_OUT (both retriable), the signal's reason, or what is wrong with the body. */
  request<A extends ApiName>(api: A, version: number, body: Input<Requests[A]>, options: RequestOptions = {}): Promise<Responses[A]> {
    return new Promise<Responses[A]>((resolve, reject) => {
      options.signal?.throwIfAborted();
      if (this.#closed !== null) throw this.#closed;
      this.#correlationId = (this.#correlationId + 1) & correlationIdMax;
      const correlationId = this.#correlationId;
      const frame = encodeRequest(api, version, { correlationId, clientId: this.#options.clientId }, body);
      const request: InFlightRequest = {
        api,
        version,
        deadline: 0,
        resolve: resolve as (body: unknown) => void,
        reject,
      };
      this.#watchSignal(request, options.signal);
      const write = (): void => this.#write(request, correlationId, frame, options);
      if (this.#holds > 0 && options.bypassHold !== true) this.#heldBack.push(write);
      else write();
    });
  }

  /** Holds back what is sent from now on, until the returned function is called. Holds add up. */
  hold(): () => void {
    this.#holds++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#holds--;
      if (this.#holds > 0 || this.#closed !== null) return;
      const heldBack = this.#heldBack;
      this.#heldBack = [];
      for (const write of heldBack) write();
    };
  }

  /** Ends the connection. Everything that waits is rejected with `error`. What was written before is still delivered. */
  close(error: Error): void {
    if (this.#closed !== null) return;
    this.#settleClosed(error);
    this.#socket.destroySoon();
    const socket = this.#socket;
    setTimeout(() => socket.destroy(), 1000).unref();
  }

  #write(request: InFlightRequest, correlationId: number, frame: Buffer, options: RequestOptions): void {
    // Nobody waits any more: aborted while it was held back.
    if (request.reject === null) return;
    if (this.#closed !== null) {
      request.reject(this.#closed);
      return;
    }
    this.lastUsedAt = this.#options.now();
    this.#cork();
    this.#socket.write(frame);
    if (options.noResponse === true) {
      request.resolve!(undefined);
      return;
    }
    const deadline = this.lastUsedAt + (options.timeoutMs ?? this.#options.requestTimeoutMs);
    this.#inFlight.set(correlationId, Object.assign(request, { deadline }));
    this.#deadlines.atLatest(deadline);
  }

  /** All that is written within one turn of the event loop leaves in one packet. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }

  #watchSignal(request: InFlightRequest, signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const { resolve, reject } = request;
    const onAbort = (): void => {
      request.resolve = null;
      request.reject = null;
      reject!(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    request.resolve = (body) => {
      signal.removeEventListener('abort', onAbort);
      resolve!(body);
    };
    request.reject = (error) => {
      signal.removeEventListener('abort', onAbort);
      reject!(error);
    };
  }

  #onData(chunk: Buffer): void {
    if (this.#closed !== null) return;
    try {
      for (const frame of this.#reader.push(chunk)) this.#onFrame(frame);
    } catch (error) {
      // What follows on the stream cannot be understood either.
      this.#fail(error as Error);
    }
  }

  #onFrame(frame: Buffer): void {
    const correlationId = correlationIdOf(frame);
    const request = this.#inFlight.get(correlationId);
    if (request === undefined) throw new Error(`the broker answered a request that was not made (correlation id ${correlationId})`);
    this.#inFlight.delete(correlationId);
    this.#answers++;
    this.lastUsedAt = this.#options.now();
    if (this.#inFlight.size === 0) this.#deadlines.clear();
    let body: unknown;
    try {
      body = decodeResponse(request.api, request.version, frame).body;
    } catch (error) {
      request.reject?.(error);
      throw error;
    }
    this.#throttle((body as { throttleTimeMs?: unknown }).throttleTimeMs);
    request.resolve?.(body);
  }

  /** The broker asks for a pause (KIP-219). It does not read from us meanwhile either. */
  #throttle(timeMs: unknown): void {
    if (typeof timeMs !== 'number' || timeMs <= 0 || this.#throttleTimer !== null) return;
    const release = this.hold();
    this.#throttleTimer = setTimeout(() => {
      this.#throttleTimer = null;
      release();
    }, timeMs).unref();
  }

  #expire(): void {
    const now = this.#options.now();
    let next = Infinity;
    for (const request of this.#inFlight.values()) {
      if (request.deadline <= now) {
        request.reject?.(kafkaError('REQUEST_TIMED_OUT', `The broker ${this.broker} did not answer ${request.api} in time`));
        this.#fail(new Error(`it did not answer ${request.api} in time`));
        return;
      }
      next = Math.min(next, request.deadline);
    }
    if (next !== Infinity) this.#deadlines.atLatest(next);
  }

  #fail(cause: Error | null): void {
    if (this.#closed !== null) return;
    const reason =
      cause === null ? `the broker closed the connection${this.#answers <= 1 ? this.#options.earlyCloseHint : ''}` : messageOf(cause);
    const error =
      tlsFailure(cause, this.broker) ?? kafkaError('NETWORK_EXCEPTION', `Disconnected from broker ${this.broker}: ${reason}`, { cause });
    this.#settleClosed(error);
    this.#socket.destroy();
  }

  #settleClosed(error: Error): void {
    this.#closed = error;
    this.#deadlines.clear();
    if (this.#throttleTimer !== null) clearTimeout(this.#throttleTimer);
    const waiting = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const request of waiting) request.reject?.(error);
    const heldBack = this.#heldBack;
    this.#heldBack = [];
    for (const write of heldBack) write();
    this.#options.onClose(error);
  }
}
