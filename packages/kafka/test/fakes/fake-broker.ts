import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import type { ApiName, DecodedRequest, Input, Responses } from '@sluice/protocol';
import { FrameReader, apis, decodeRequest, decodeRequestHeader, encodeResponse } from '@sluice/protocol';

export type RequestOf<A extends ApiName> = Extract<DecodedRequest, { api: A }>;

/** What a broker answers: a body, nothing (`null`: never), or `hangUp`. */
type Answer<A extends ApiName> = Input<Responses[A]> | null | 'hangUp';
type Handler<A extends ApiName> = (request: RequestOf<A>, socket: Socket) => Answer<A> | Promise<Answer<A>>;
export type Handlers = { [A in ApiName]?: Handler<A> };

export interface FakeBrokerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly nodeId?: number;
  /** Caps of what ApiVersions announces, by API. `null`: the API is not there. */
  readonly versions?: Partial<Record<ApiName, number | null>>;
  readonly tls?: TlsOptions;
}

/** A broker of a few lines for tests, on a real socket. It answers ApiVersions and Metadata by itself. */
export class FakeBroker {
  readonly handlers: Handlers;
  readonly nodeId: number;
  /** Every request that came in, in order. */
  readonly requests: DecodedRequest[] = [];
  readonly sockets = new Set<Socket>();
  /** Sockets ever accepted. */
  connections = 0;
  clusterId = 'fake-cluster';
  /** What Metadata names; itself by default. */
  members: readonly FakeBroker[] = [this];
  topics = new Map<string, Input<Responses['Metadata']['topics'][number]>>();
  readonly #server: Server;
  readonly #options: FakeBrokerOptions;
  #port = 0;

  private constructor(options: FakeBrokerOptions, handlers: Handlers) {
    this.#options = options;
    this.nodeId = options.nodeId ?? 1;
    this.handlers = { ApiVersions: () => ({ apiKeys: this.announced() }), Metadata: (request) => this.metadata(request), ...handlers };
    const onSocket = (socket: Socket): void => this.#serve(socket);
    this.#server = options.tls === undefined ? createServer(onSocket) : createTlsServer(options.tls, onSocket);
    this.#server.on('tlsClientError', () => {});
  }

  static async start(handlers: Handlers = {}, options: FakeBrokerOptions = {}): Promise<FakeBroker> {
    const broker = new FakeBroker(options, handlers);
    await broker.listen(options.port ?? 0);
    return broker;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, this.#options.host ?? '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `${this.#options.host ?? '127.0.0.1'}:${this.#port}`;
  }

  count(api: ApiName): number {
    return this.requests.filter((request) => request.api === api).length;
  }

  announced(): { apiKey: number; minVersion: number; maxVersion: number }[] {
    return (Object.keys(apis) as ApiName[]).flatMap((api) => {
      const cap = this.#options.versions?.[api];
      const { key, minVersion, maxVersion } = apis[api];
      return cap === null ? [] : [{ apiKey: key, minVersion, maxVersion: Math.min(maxVersion, cap ?? maxVersion) }];
    });
  }

  metadata(request: RequestOf<'Metadata'>): Input<Responses['Metadata']> {
    const names = request.body.topics?.map((topic) => topic.name ?? '') ?? [...this.topics.keys()];
    return {
      clusterId: this.clusterId,
      controllerId: this.members[0]?.nodeId ?? -1,
      brokers: this.members.map((broker) => ({
        nodeId: broker.nodeId,
        host: broker.#options.host ?? '127.0.0.1',
        port: broker.port,
        rack: null,
      })),
      topics: names.map((name) => this.topics.get(name) ?? { name, errorCode: 3 }),
    };
  }

  /** Ends all connections, but listens on. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    const reader = new FrameReader({ maxBytes: 10_000_000 });
    let last = Promise.resolve();
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk) => {
      let frames: Buffer[];
      try {
        frames = reader.push(Buffer.from(chunk));
      } catch {
        // Not Kafka's protocol: a broker hangs up.
        socket.destroy();
        return;
      }
      for (const frame of frames) last = last.then(() => this.#answer(frame, socket));
    });
  }

  /** Like a real broker: the next request of a connection is looked at once the last is answered. */
  async #answer(frame: Buffer, socket: Socket): Promise<void> {
    const header = decodeRequestHeader(frame);
    if (header.api === 'ApiVersions' && header.version > this.announced().find((entry) => entry.apiKey === 18)!.maxVersion) {
      socket.write(encodeResponse('ApiVersions', 0, header.correlationId, { errorCode: 35, apiKeys: this.announced() }));
      return;
    }
    const request = decodeRequest(frame);
    this.requests.push(request);
    const handler = this.handlers[request.api] as Handler<ApiName> | undefined;
    if (handler === undefined) throw new Error(`the fake broker has no handler for ${request.api}`);
    const answer = await handler(request, socket);
    if (answer === 'hangUp') socket.destroy();
    else if (answer !== null && socket.writable) socket.write(encodeResponse(request.api, request.version, request.correlationId, answer));
  }
}

/** A topic whose partitions are all led by one node. */
export function topicOf(
  name: string,
  leaders: readonly number[],
  leaderEpoch = 0,
  topicId?: string,
): Input<Responses['Metadata']['topics'][number]> {
  return {
    name,
    ...(topicId === undefined ? {} : { topicId }),
    partitions: leaders.map((leaderId, partitionIndex) => ({
      partitionIndex,
      leaderId,
      leaderEpoch,
      replicaNodes: [leaderId],
      isrNodes: [leaderId],
    })),
  };
}

/** Looks again and again until the condition holds. */
export async function until(condition: () => boolean, what: string, timeoutMs = 3000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
