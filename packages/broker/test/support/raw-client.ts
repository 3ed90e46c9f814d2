import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { apis, decodeResponse, encodeRequest, FrameReader } from '@sluice/protocol';
import type { ApiName, Input, Requests, Responses } from '@sluice/protocol';

/** A connection that speaks the protocol and nothing more. */
export class RawClient {
  readonly socket: Socket;
  /** Fulfilled when the broker has ended the connection. */
  readonly closed: Promise<void>;
  readonly #reader = new FrameReader({ maxBytes: 1 << 28 });
  readonly #waiting: ((frame: Buffer) => void)[] = [];
  #failed: ((error: Error) => void)[] = [];
  #correlationId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    // Not events.once: a reset connection is closed, too.
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk) => {
      for (const frame of this.#reader.push(chunk)) this.#waiting.shift()?.(frame);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const fail of this.#failed) fail(new Error('The broker closed the connection.'));
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Sends a request and gives its answer, which is the next that comes. */
  async send<A extends ApiName>(api: A, body: Input<Requests[A]>, version: number = apis[api].maxVersion): Promise<Responses[A]> {
    const correlationId = ++this.#correlationId;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#waiting.push(resolve);
    this.#failed.push(reject);
    this.socket.write(encodeRequest(api, version, { correlationId, clientId: 'test' }, body));
    const response = decodeResponse(api, version, await promise);
    this.#failed = this.#failed.filter((fail) => fail !== reject);
    if (response.correlationId !== correlationId) throw new Error(`Answer ${response.correlationId} came where ${correlationId} was due.`);
    return response.body;
  }

  /** Sends a request that has no answer. */
  sendOnly<A extends ApiName>(api: A, body: Input<Requests[A]>, version: number = apis[api].maxVersion): void {
    this.socket.write(encodeRequest(api, version, { correlationId: ++this.#correlationId, clientId: 'test' }, body));
  }

  close(): void {
    this.socket.destroy();
  }
}
