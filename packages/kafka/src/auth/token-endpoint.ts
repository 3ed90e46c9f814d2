import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KafkaConfigError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { ClientSettings } from '../settings/client-settings.ts';
import type { JaasOptions } from './oauth-token.ts';
import { loadTlsSettings } from './tls-settings.ts';
import type { TlsProperties } from './tls-settings.ts';

const urlKey = 'sasl.oauthbearer.token.endpoint.url';
const answerBytesMax = 1024 * 1024;

/** The endpoint could not be asked, or refused. Its answer is not shown, as it may hold a token. */
export class TokenEndpointError extends Error {
  readonly retriable: boolean;

  constructor(message: string, retriable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TokenEndpointError';
    this.retriable = retriable;
  }
}

/**
 * Asks an OAuth token endpoint with the client credentials grant (RFC 6749 §4.4). Resolves to the access token.
 * Credentials come from `sasl.oauthbearer.client.credentials.*` (KIP-1139) or from clientId, clientSecret and scope in `sasl.jaas.config`.
 */
export async function requestToken(url: string, settings: ClientSettings, options: JaasOptions): Promise<string> {
  const target = parseUrl(url);
  const clientId = settings.get('sasl.oauthbearer.client.credentials.client.id') ?? options['clientId']?.reveal();
  const secret = settings.get('sasl.oauthbearer.client.credentials.client.secret') ?? options['clientSecret'];
  if (clientId === undefined || secret === undefined) {
    throw KafkaConfigError.invalid('sasl.jaas.config', '[hidden]', `Options clientId and clientSecret are needed for ${urlKey}`);
  }
  const encode = settings.get('sasl.oauthbearer.header.urlencode') ? encodeURIComponent : (text: string): string => text;
  const scope = settings.get('sasl.oauthbearer.scope') ?? options['scope']?.reveal();
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
  const { status, body } = await post(target, form.toString(), {
    authorization: `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret.reveal())}`).toString('base64')}`,
    options,
    connectTimeoutMs: settings.get('sasl.login.connect.timeout.ms'),
    readTimeoutMs: settings.get('sasl.login.read.timeout.ms'),
  });
  return readAnswer(status, body);
}

function parseUrl(url: string): URL {
  const target = URL.parse(url);
  if (target === null || !['http:', 'https:'].includes(target.protocol))
    throw KafkaConfigError.invalid(urlKey, url, 'It must be an http, https or file URL');
  return target;
}

function readAnswer(status: number, body: string): string {
  const answer = parseAnswer(body);
  if (status < 200 || status > 299) {
    const reason = [answer.error, answer.error_description].filter((text) => typeof text === 'string').join(': ');
    throw new TokenEndpointError(
      `it answered ${status}${reason === '' ? '' : ` ${reason}`}`,
      status >= 500 || status === 429 || status === 408,
    );
  }
  const token = answer.access_token ?? answer.id_token;
  if (typeof token !== 'string' || token === '') throw new TokenEndpointError('its answer has no access_token', false);
  return token;
}

function parseAnswer(body: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  } catch {
    // What is no JSON has no token; the status says the rest.
    return {};
  }
}

interface PostOptions {
  authorization: string;
  options: JaasOptions;
  connectTimeoutMs: number | null;
  readTimeoutMs: number | null;
}

async function post(
  target: URL,
  form: string,
  { authorization, options, connectTimeoutMs, readTimeoutMs }: PostOptions,
): Promise<{ status: number; body: string }> {
  const isTls = target.protocol === 'https:';
  const { request } = isTls ? await import('node:https') : await import('node:http');
  const tls = isTls ? await tlsOptions(options) : {};
  const headers = {
    authorization,
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(form),
  };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout((connectTimeoutMs ?? 10_000) + (readTimeoutMs ?? 30_000));
    const fail = (error: Error): void => reject(new TokenEndpointError(error.message, true, { cause: error }));
    const call = request(target, { method: 'POST', headers, signal, agent: false, ...tls }, (answer) => {
      readBody(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), fail);
    });
    call.on('error', fail);
    call.end(form);
  });
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`its answer is larger than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The endpoint has its own `ssl.*` settings: options of the login module. */
async function tlsOptions(options: JaasOptions): Promise<RequestOptions> {
  if (!Object.keys(options).some((key) => key.startsWith('ssl.'))) return {};
  const defaults: Readonly<Record<string, string | readonly string[]>> = {
    'ssl.endpoint.identification.algorithm': 'https',
    'ssl.enabled.protocols': ['TLSv1.2', 'TLSv1.3'],
    'ssl.cipher.suites': [],
  };
  const isSecret = (key: string): boolean => /password$|\.key$|certificate/.test(key);
  const get = (key: string): unknown => {
    const secret: Secret | undefined = options[key];
    if (secret === undefined) return defaults[key] ?? null;
    if (isSecret(key)) return secret;
    return Array.isArray(defaults[key]) ? secret.reveal().split(/\s*,\s*/) : secret.reveal();
  };
  const { secureContext, verifiesHost } = await loadTlsSettings({ get } as TlsProperties);
  return { secureContext, ...(verifiesHost ? {} : { checkServerIdentity: () => undefined }) } as RequestOptions;
}
