import type { Socket } from 'node:net';
import { apis, decodeRequest, decodeRequestHeader, encodeResponse, errors, FrameReader } from '@sluice/protocol';
import type { ApiName, DecodedHeader, DecodedRequest } from '@sluice/protocol';
import { EncodedReply } from '../handlers/handler.ts';
import type { BrokerState, Handler, Reply, RequestContext } from '../handlers/handler.ts';
import { announcedVersions, handlers } from '../handlers/table.ts';

/** Requests that were read ahead while one is answered; beyond it the socket is not read. */
const MAX_QUEUED_FRAMES = 32;
const MAX_QUEUED_BYTES = 4 << 20;
const FRAME_SIZE_BYTES = 4;

/** The connection cannot go on, by what its client sent. */
class ConnectionFault extends Error {}

/**
 * One client. Its requests are answered one after the other, in the order in which they came, and a request is begun only when the answer before it has gone
 * to the socket: so one connection holds one answer, and what it has read ahead.
 */
export class Connection {
  /** Fulfilled when the connection has ended. */
  readonly ended: Promise<void>;

  readonly #socket: Socket;
  readonly #broker: BrokerState;
  readonly #peer: string;
  readonly #host: string;
  readonly #reader: FrameReader;
  readonly #closed = new AbortController();
  #frames: Buffer[] = [];
  #queuedBytes = 0;
  /** What this connection has of the broker's memory. */
  #heldBytes = 0;
  #isAnswering = false;
  #isStopping = false;

  constructor(socket: Socket, broker: BrokerState) {
    this.#socket = socket;
    this.#broker = broker;
    this.#host = socket.remoteAddress ?? 'unknown';
    this.#peer = `${this.#host}:${socket.remotePort}`;
    this.#reader = new FrameReader({ maxBytes: broker.config.number('socket.request.max.bytes') });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    socket.setNoDelay(true);
    const idleMs = broker.config.number('connections.max.idle.ms');
    if (idleMs > 0) socket.setTimeout(Math.min(idleMs, 0x7fff_ffff));
    socket.on('timeout', () => {
      // A request that waits (a fetch, a join) is not idleness.
      if (!this.#isAnswering) socket.destroy();
    });
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', (error) => broker.log.debug(`Connection from ${this.#peer}: ${error.message}`));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => {
      this.#closed.abort();
      this.#release(this.#heldBytes);
      resolve();
    });
  }

  /** Answers the request that is under way, without making it wait any longer, and then ends. Begins no other. */
  stop(): void {
    this.#isStopping = true;
    this.#socket.pause();
    this.#closed.abort();
    if (!this.#isAnswering) this.#socket.end(() => this.#socket.destroy());
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#isStopping) return;
    this.#hold(chunk.length);
    try {
      for (const frame of this.#reader.push(chunk)) {
        this.#frames.push(frame);
        this.#queuedBytes += frame.length;
      }
    } catch (error) {
      return this.#cutOff(error as Error);
    }
    const { memory } = this.#broker;
    const isOverMemory = memory.inUse > memory.limit;
    if (isOverMemory && this.#frames.length === 0 && !this.#isAnswering) {
      // Nothing of it can be answered, so that waiting would not free anything.
      return this.#cutOff(
        new ConnectionFault(`unfinished requests fill the memory for requests (queued.max.request.bytes=${memory.limit})`),
      );
    }
    if (isOverMemory || this.#frames.length > MAX_QUEUED_FRAMES || this.#queuedBytes > MAX_QUEUED_BYTES) this.#socket.pause();
    void this.#answerAll();
  }

  #onEnd(): void {
    if (this.#reader.isPartial) this.#broker.log.warn(`Connection from ${this.#peer} ended inside a request.`);
    if (!this.#isAnswering) this.#socket.end();
  }

  async #answerAll(): Promise<void> {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    try {
      for (
        let frame = this.#frames.shift();
        frame !== undefined && !this.#socket.destroyed;
        frame = this.#isStopping ? undefined : this.#frames.shift()
      ) {
        this.#queuedBytes -= frame.length;
        await this.#answer(frame);
        this.#release(frame.length + FRAME_SIZE_BYTES);
        if (this.#socket.isPaused() && !this.#isStopping && this.#frames.length <= MAX_QUEUED_FRAMES / 2) this.#socket.resume();
      }
    } catch (error) {
      this.#cutOff(error as Error);
    } finally {
      this.#isAnswering = false;
      if (this.#isStopping || this.#socket.readableEnded) this.#socket.end();
    }
  }

  async #answer(frame: Buffer): Promise<void> {
    const header = decodeRequestHeader(frame);
    const { api, version, correlationId } = header;
    const handler = api === null ? undefined : handlers[api];
    if (api === null || handler === undefined)
      throw new ConnectionFault(`request with API key ${header.apiKey}, which this broker does not answer`);
    if (version < apis[api].minVersion || version > apis[api].maxVersion) {
      if (api !== 'ApiVersions')
        throw new ConnectionFault(
          `${api} request of version ${version}; this broker knows ${apis[api].minVersion} to ${apis[api].maxVersion}`,
        );
      // The client then knows what to ask with (KIP-511).
      return this.#write([
        encodeResponse('ApiVersions', 0, correlationId, { errorCode: errors.UNSUPPORTED_VERSION.code, apiKeys: announcedVersions() }),
      ]);
    }
    const request = decodeRequest(frame);
    await this.#reply(request, header, handler as Handler<ApiName>);
  }

  async #reply(request: DecodedRequest, header: DecodedHeader, handler: Handler<ApiName>): Promise<void> {
    const { api, version, correlationId, body } = request;
    const context: RequestContext = {
      version,
      correlationId,
      clientId: header.clientId ?? '',
      clientHost: `/${this.#host}`,
      closed: this.#closed.signal,
    };
    let parts: readonly Buffer[] | 'none' | 'close';
    try {
      const reply = await handler(this.#broker, body, context);
      parts = encodeReply(reply, api, version, correlationId);
    } catch (error) {
      this.#broker.log.error(`Answering a ${api} request of version ${version} from ${this.#peer} failed: ${(error as Error).stack}`);
      parts = 'close';
    }
    if (parts === 'close') this.#socket.destroy();
    else if (parts !== 'none') await this.#write(parts);
  }

  /** Fulfilled when the socket has room again, or is gone: what a slow client has not taken yet is one answer. */
  async #write(parts: readonly Buffer[]): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
    if (!socket.writableNeedDrain) return;
    this.#hold(bytes);
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once('drain', resolve);
    socket.once('close', resolve);
    await promise;
    socket.off('drain', resolve);
    socket.off('close', resolve);
    this.#release(bytes);
  }

  #cutOff(error: Error): void {
    if (this.#socket.destroyed) return;
    this.#broker.log.warn(`Connection from ${this.#peer} was cut off: ${error.message}.`);
    this.#socket.destroy();
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#broker.memory.inUse += bytes;
  }

  #release(bytes: number): void {
    const released = Math.min(bytes, this.#heldBytes);
    this.#heldBytes -= released;
    this.#broker.memory.inUse -= released;
  }
}

function encodeReply(reply: Reply<ApiName>, api: ApiName, version: number, correlationId: number): readonly Buffer[] | 'none' | 'close' {
  if (reply === 'none' || reply === 'close') return reply;
  return reply instanceof EncodedReply ? reply.parts : [encodeResponse(api, version, correlationId, reply)];
}
