import { ConfigError } from '@sluice/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { HeaderRule, Listener } from '../config/rest-server-config.ts';
import type { Herder } from '../control/herder.ts';
import type { LogSink } from '../threads/thread-pool.ts';
import { RequestBody } from './body-binding.ts';
import { errorAnswer, httpError, mapError } from './error-mapper.ts';
import { jsonText } from './json-text.ts';
import { requestTimeoutMs, withTimeout } from './request-timeout.ts';
import { normalizeUri } from './request-uri.ts';
import type { RestAnswer, RestRequest, RestRoute } from './rest-route.ts';

/** A larger request body is refused with 413. */
const bodyBytesMax = 32 * 1024 * 1024;
const pathParameterLengthMax = 16 * 1024;
/** What the path and content type of a request come to before a resource sees it. */
const refusals = new WeakMap<IncomingMessage, string>();
const json = 'application/json';

export interface RestServerOptions {
  readonly listeners: readonly Listener[];
  readonly routes: readonly RestRoute[];
  readonly herder: Herder;
  readonly responseHeaders: readonly HeaderRule[];
  readonly cors: { readonly origin: string; readonly methods: string };
  readonly advertised: { readonly host: string | null; readonly port: number | null; readonly listener: string | null };
  readonly log: LogSink;
}

export interface RestServer {
  /** `http://host:port` that others are told. */
  readonly url: string;
  /** `host:port` of it. */
  readonly workerId: string;
  close(): Promise<void>;
}

/**
 * Serves the routes on every listener. HTTP only: what a request means is between its route and the herder.
 * Throws a ConfigError that names `listeners` where an address cannot be had.
 *
 * Source: org.apache.kafka.connect.runtime.rest.RestServer
 */
export async function startRestServer(options: RestServerOptions): Promise<RestServer> {
  const { default: fastify } = await import('fastify');
  const apps: FastifyInstance[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.close()));
  };
  const ports: number[] = [];
  try {
    for (const listener of options.listeners) {
      if (listener.protocol === 'https')
        throw ConfigError.invalid('listeners', listener.text, 'https listeners are not available yet; use http');
      const app = fastify({
        bodyLimit: bodyBytesMax,
        forceCloseConnections: true,
        keepAliveTimeout: 30_000,
        routerOptions: { maxParamLength: pathParameterLengthMax },
        clientErrorHandler,
        rewriteUrl: (request) => rewriteUrl(request as IncomingMessage),
      });
      apps.push(app);
      mount(app, options);
      ports.push(await listen(app, listener));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { ...advertisedAddress(options, ports), close };
}

/** What is no HTTP, or has a method that Node.js does not know. */
function clientErrorHandler(error: Error, socket: Socket): void {
  if (!socket.writable || (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason] =
    (error as NodeJS.ErrnoException).code === 'HPE_INVALID_METHOD' ? [405, 'Method Not Allowed'] : [400, 'Bad Request'];
  const body = jsonText(httpError(status).body);
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

function rewriteUrl(request: IncomingMessage): string {
  const uri = normalizeUri(request.url ?? '/');
  if ('url' in uri) return uri.url;
  refusals.set(request, uri.refusal);
  return '/';
}

async function listen(app: FastifyInstance, { host, port, text }: Listener): Promise<number> {
  try {
    // Without a host: every interface, IPv6 where there is one.
    await app.listen(host === '' ? { port, host: hasIpv6() ? '::' : '0.0.0.0' } : { port, host });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `the port ${port} is in use by another process; stop that or set another port` : message;
    throw new ConfigError(`Invalid value ${text} for configuration listeners: ${why}`, { cause: error });
  }
  return (app.server.address() as AddressInfo).port;
}

function mount(app: FastifyInstance, options: RestServerOptions): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
  app.addHook('onRequest', (request, reply, next) => {
    const refusal = refusals.get(request.raw);
    if (refusal === undefined) next();
    else void send(reply, errorAnswer(400, refusal), options);
  });
  for (const route of options.routes) {
    app.route({
      method: route.method,
      url: route.path.replace(/\{(\w+)\}/g, ':$1'),
      onRequest: (request, reply, next) => {
        const refused = refuse(route, request);
        if (refused === null) next();
        else void send(reply, refused.answer, options, { framework: !refused.hasContentType });
      },
      handler: (request, reply) => serve(route, request, reply, options),
    });
  }
  app.setNotFoundHandler((request, reply) => notFound(request, reply, options));
  app.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    return send(reply, status < 500 ? httpError(status) : mapError(error), options, { framework: status < 500 });
  });
}

async function serve(route: RestRoute, request: FastifyRequest, reply: FastifyReply, options: RestServerOptions): Promise<unknown> {
  const { herder } = options;
  let answer: RestAnswer;
  try {
    answer = await withTimeout(Promise.resolve(route.handle(restRequest(request))), requestTimeoutMs, () => herder.stage());
  } catch (error) {
    answer = mapError(error);
    if (answer.status === 500) options.log('error', '', `${request.method} ${request.url} failed`, error);
  }
  return send(reply, answer, options);
}

function restRequest(request: FastifyRequest): RestRequest {
  const params = request.params as Record<string, string>;
  const mark = request.url.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1));
  return {
    param: (name) => params[name] ?? '',
    number: (name) => Number(params[name]),
    query,
    flag: (name, otherwise) => (query.has(name) ? query.get(name)!.toLowerCase() === 'true' : otherwise),
    body: new RequestBody(typeof request.body === 'string' ? request.body : ''),
    baseUrl: `${request.protocol}://${request.headers.host ?? 'localhost'}`,
  };
}

/** What is wrong with a request before its resource is asked; JAX-RS's rules. */
function refuse(route: RestRoute, request: FastifyRequest): { readonly answer: RestAnswer; readonly hasContentType: boolean } | null {
  const { headers } = request;
  const contentType = headers['content-type'] ?? '';
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const isJson = contentType.split(';')[0]!.trim().toLowerCase() === json;
  if (hasBody && contentType !== '' && !isJson && route.consumesAnything !== true) return { answer: httpError(415), hasContentType: false };
  if (headers.accept !== undefined && !acceptsJson(headers.accept)) return { answer: httpError(406), hasContentType: false };
  const { task } = request.params as { task?: string };
  // A task is a 32-bit number; another path is another resource.
  if (task !== undefined && (!/^[+-]?\d+$/.test(task) || Math.abs(Number(task)) > 0x7fffffff))
    return { answer: httpError(404), hasContentType: true };
  if (hasBody && contentType === '' && route.request !== undefined && route.consumesAnything !== true)
    return { answer: httpError(415), hasContentType: true };
  return null;
}

function acceptsJson(accept: string): boolean {
  return accept.split(',').some((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const isRefused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    return !isRefused && ['application/json', 'application/*', '*/*', '*', ''].includes(type);
  });
}

/** A path that nobody serves, a method that is not served there, or a question which are. */
function notFound(request: FastifyRequest, reply: FastifyReply, options: RestServerOptions): Promise<unknown> {
  const path = request.url.split('?')[0]!;
  const methods = options.routes.filter((route) => pathPattern(route.path).test(path)).map((route) => route.method);
  if (methods.length === 0) return send(reply, httpError(404), options, { framework: true });
  if (request.method !== 'OPTIONS') return send(reply, httpError(405), options, { framework: true });
  const allowed = [...(methods.includes('GET') ? ['HEAD'] : []), ...methods, 'OPTIONS'];
  applyHeaders(reply, options);
  if (options.cors.origin !== '' && request.headers['access-control-request-method'] !== undefined) {
    void reply.header('access-control-allow-methods', options.cors.methods === '' ? 'GET,POST,HEAD' : options.cors.methods);
    const wanted = request.headers['access-control-request-headers'];
    if (wanted !== undefined) void reply.header('access-control-allow-headers', wanted);
  }
  return Promise.resolve(reply.header('allow', allowed.join(',')).type('text/plain').send(allowed.join(', ')));
}

const patterns = new Map<string, RegExp>();

function pathPattern(path: string): RegExp {
  let pattern = patterns.get(path);
  if (pattern === undefined) patterns.set(path, (pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`)));
  return pattern;
}

/** Writes an answer. Errors of the framework have no content type, as in the original. */
async function send(
  reply: FastifyReply,
  answer: RestAnswer,
  options: RestServerOptions,
  how: { framework?: boolean } = {},
): Promise<unknown> {
  applyHeaders(reply, options);
  void reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.body === undefined) return reply.send();
  const text = Buffer.from(jsonText(answer.body));
  if (how.framework !== true) return reply.type(json).send(text);
  const { raw } = reply.hijack();
  raw.writeHead(answer.status, { ...(reply.getHeaders() as Record<string, string>), 'content-length': text.length });
  raw.end(raw.req.method === 'HEAD' ? undefined : text);
  return reply;
}

function applyHeaders(reply: FastifyReply, { responseHeaders, cors }: RestServerOptions): void {
  for (const { action, name, value } of responseHeaders) {
    // Java takes the value of a date as milliseconds since the epoch.
    const text = action === 'setDate' || action === 'addDate' ? new Date(Number(value)).toUTCString() : value;
    const earlier = action === 'add' || action === 'addDate' ? reply.getHeader(name) : undefined;
    void reply.header(name, earlier === undefined ? text : `${String(earlier)}, ${text}`);
  }
  const { origin } = reply.request.headers;
  if (cors.origin === '' || origin === undefined) return;
  const allowed = cors.origin.split(',').map((text) => text.trim());
  if (!allowed.includes('*') && !allowed.includes(origin)) return;
  void reply.header('access-control-allow-origin', origin).header('access-control-allow-credentials', 'true');
}

function advertisedAddress({ listeners, advertised }: RestServerOptions, ports: readonly number[]): { url: string; workerId: string } {
  const wanted = advertised.listener?.toLowerCase() ?? (listeners.some(({ protocol }) => protocol === 'http') ? 'http' : 'https');
  const index = Math.max(
    0,
    listeners.findIndex(({ protocol }) => protocol === wanted),
  );
  const { protocol, host } = listeners[index]!;
  const isEverywhere = ['', '0.0.0.0', '::'].includes(host);
  const name = advertised.host ?? (isEverywhere ? machineAddress() : host);
  const workerId = `${name.includes(':') ? `[${name}]` : name}:${advertised.port ?? ports[index]}`;
  return { workerId, url: `${protocol}://${workerId}` };
}

/** The first address of this machine that others can reach. */
function machineAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6') === true);
}
