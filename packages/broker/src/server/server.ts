import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { BrokerLog } from '../broker-options.ts';
import { Connection } from './connection.ts';
import type { BrokerState } from '../handlers/handler.ts';

/** How long connections have to end by themselves when the broker stops. */
const STOP_TIMEOUT_MS = 1000;

export interface ListenAddress {
  host: string;
  port: number;
}

/** Reads `host:port` or `[ipv6]:port`. Throws an error that says what is wrong. */
export function parseListen(listen: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new Error(`Invalid value ${listen} for the address to listen on: expected host:port, for example 127.0.0.1:9092.`);
  return { host: match[1] ?? match[2] ?? '', port };
}

/** The broker's socket, and the connections that came through it. */
export class BrokerServer {
  readonly #server: Server;
  readonly #log: BrokerLog;
  readonly #connections = new Set<Connection>();
  #broker: BrokerState | null = null;
  /** Came before the broker was ready. */
  #early: Socket[] = [];

  private constructor(server: Server, log: BrokerLog) {
    this.#server = server;
    this.#log = log;
    server.on('connection', (socket) => this.#onConnection(socket));
    server.on('error', (error) => log.error(`The broker's socket: ${error.message}`));
  }

  /** Takes the address; connections are kept waiting until `serve`. */
  static async listen(address: ListenAddress, log: BrokerLog): Promise<BrokerServer> {
    const server = createServer({ pauseOnConnect: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ port: address.port, ...(address.host === '' ? {} : { host: address.host }) }, resolve);
    try {
      await promise;
    } catch (error) {
      const where = `${address.host}:${address.port}`;
      const why = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'another program listens there' : (error as Error).message;
      throw new Error(`The broker cannot listen on ${where}: ${why}.`, { cause: error });
    }
    server.off('error', reject);
    return new BrokerServer(server, log);
  }

  /** The port that was taken. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  serve(broker: BrokerState): void {
    this.#broker = broker;
    for (const socket of this.#early.splice(0)) this.#onConnection(socket);
  }

  /** Takes no more connections and begins no more requests. `release` is to end what requests wait for; fulfilled when all connections have ended. */
  async stop(release: () => void): Promise<void> {
    const isClosed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#early) socket.destroy();
    for (const connection of this.#connections) connection.stop();
    release();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, STOP_TIMEOUT_MS);
    await Promise.all([...this.#connections].map(({ ended }) => ended));
    clearTimeout(timer);
    await isClosed;
  }

  #onConnection(socket: Socket): void {
    const broker = this.#broker;
    if (broker === null) {
      this.#early.push(socket);
      return;
    }
    const limit = broker.config.number('max.connections');
    if (this.#connections.size >= limit) {
      this.#log.warn(`A connection from ${socket.remoteAddress} was refused: there are ${limit} already (max.connections).`);
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, broker);
    this.#connections.add(connection);
    void connection.ended.then(() => this.#connections.delete(connection));
    socket.resume();
  }
}
