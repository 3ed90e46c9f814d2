import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { apiOfKey, correlationIdOf, decodeResponse, encodeResponse, FrameReader } from '@sluice/protocol';
import type { ApiName, Responses } from '@sluice/protocol';

const framed = (frame: Buffer): Buffer => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(frame.length);
  return Buffer.concat([size, frame]);
};

/**
 * Stands between clients and a single broker and cuts connections at random, before a request gets through or before its answer does. It names itself
 * as the broker in the answers that say where brokers are, so that no client goes round it.
 */
export class CuttingProxy {
  cuts = 0;
  /** Chance that a frame, instead of going on, ends its connection. */
  cutChance = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: { host: string; port: number };
  readonly #random: () => number;

  private constructor(target: { host: string; port: number }, random: () => number) {
    this.#target = target;
    this.#random = random;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(bootstrap: string, random: () => number): Promise<CuttingProxy> {
    const [host, port] = bootstrap.split(':') as [string, string];
    const proxy = new CuttingProxy({ host, port: Number(port) }, random);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(downstream: Socket): void {
    const upstream = connect(this.#target);
    const asked = new Map<number, { api: ApiName; version: number }>();
    const requests = new FrameReader({ maxBytes: 2 ** 30 });
    const answers = new FrameReader({ maxBytes: 2 ** 30 });
    const end = (): void => {
      for (const socket of [downstream, upstream]) {
        socket.destroy();
        this.#sockets.delete(socket);
      }
    };
    for (const socket of [downstream, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    const passes = (): boolean => {
      if (this.#random() >= this.cutChance) return true;
      this.cuts += 1;
      end();
      return false;
    };
    downstream.on('data', (chunk: Buffer) => {
      for (const frame of requests.push(chunk)) {
        if (!passes()) return;
        const api = apiOfKey(frame.readInt16BE(0));
        if (api === 'Metadata' || api === 'FindCoordinator') asked.set(frame.readInt32BE(4), { api, version: frame.readInt16BE(2) });
        upstream.write(framed(frame));
      }
    });
    upstream.on('data', (chunk: Buffer) => {
      for (const frame of answers.push(chunk)) {
        if (!passes()) return;
        const request = asked.get(correlationIdOf(frame));
        asked.delete(correlationIdOf(frame));
        downstream.write(request === undefined ? framed(frame) : this.#renamed(request.api, request.version, frame));
      }
    });
  }

  #renamed(api: ApiName, version: number, frame: Buffer): Buffer {
    const { correlationId, body } = decodeResponse(api, version, frame);
    const here = { host: '127.0.0.1', port: this.#port };
    const found = body as Responses['FindCoordinator'];
    if (api === 'Metadata') for (const broker of (body as Responses['Metadata']).brokers) Object.assign(broker, here);
    else for (const each of version < 4 ? [found] : found.coordinators) Object.assign(each, here);
    return encodeResponse(api, version, correlationId, body);
  }
}
