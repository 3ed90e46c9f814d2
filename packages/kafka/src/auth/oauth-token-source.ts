import { AuthenticationError, KafkaConfigError, isRetriable, messageOf } from '../errors.ts';
import { delay, retryBackoff } from '../client/retry-backoff.ts';
import type { Secret } from '../secret.ts';
import type { ClientSettings } from '../settings/client-settings.ts';
import { tokenOf, unsecuredToken } from './oauth-token.ts';
import type { JaasOptions, OAuthToken } from './oauth-token.ts';

/** How often a token endpoint is asked before a login fails. */
const attemptsMax = 5;

export interface OAuthTokenSourceOptions {
  now: () => number;
  random: () => number;
}

/**
 * Where the connections of a client get their bearer token: made here without a signature, read from a `file:` URL, or asked
 * from `sasl.oauthbearer.token.endpoint.url` with client credentials. One token serves until `sasl.login.refresh.window.factor` of its life has passed.
 *
 * Source: OAuthBearerLoginCallbackHandler, ClientCredentialsJwtRetriever, ExpiringCredentialRefreshingLogin
 */
export class OAuthTokenSource {
  /** SASL extensions (KIP-342), sent beside the token. */
  readonly extensions: Readonly<Record<string, string>>;
  readonly #settings: ClientSettings;
  readonly #options: JaasOptions;
  readonly #now: () => number;
  readonly #random: () => number;
  #current: OAuthToken | null = null;
  #refreshAtMs = 0;
  #pending: Promise<OAuthToken> | null = null;

  constructor(settings: ClientSettings, jaasOptions: JaasOptions, options: OAuthTokenSourceOptions) {
    this.#settings = settings;
    this.#options = jaasOptions;
    this.#now = options.now;
    this.#random = options.random;
    this.extensions = readExtensions(jaasOptions);
  }

  /** A token that holds for a while. Throws `AuthenticationError` or `KafkaConfigError`. */
  async get(): Promise<Secret> {
    if (this.#current !== null && this.#now() < this.#refreshAtMs) return this.#current.token;
    this.#pending ??= this.#load().finally(() => {
      this.#pending = null;
    });
    return (await this.#pending).token;
  }

  /** The broker did not take the token: the next login gets another. */
  discard(): void {
    this.#current = null;
  }

  async #load(): Promise<OAuthToken> {
    const token = await this.#retrieve();
    this.#current = token;
    this.#refreshAtMs = this.#refreshTime(token);
    return token;
  }

  #refreshTime({ issuedAtMs, expiresAtMs }: OAuthToken): number {
    const now = this.#now();
    // A token that does not say when it ends is asked for anew at each login.
    if (expiresAtMs === null) return now;
    const life = expiresAtMs - Math.min(issuedAtMs ?? now, now);
    const factor =
      this.#settings.get('sasl.login.refresh.window.factor') + this.#settings.get('sasl.login.refresh.window.jitter') * this.#random();
    const bufferMs = this.#settings.get('sasl.login.refresh.buffer.seconds') * 1000;
    const refreshAt = expiresAtMs - life * (1 - Math.min(factor, 1));
    // The buffer before the end is kept where the token lives long enough for it.
    return life > 2 * bufferMs ? Math.min(refreshAt, expiresAtMs - bufferMs) : refreshAt;
  }

  async #retrieve(): Promise<OAuthToken> {
    const url = this.#settings.get('sasl.oauthbearer.token.endpoint.url');
    if (url === null) {
      const token = unsecuredToken(this.#options, this.#now());
      if (token !== null) return token;
      throw new KafkaConfigError(
        'SASL OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url, or unsecuredLoginStringClaim_sub in sasl.jaas.config for development',
        'sasl.oauthbearer.token.endpoint.url',
      );
    }
    if (/^file:/i.test(url)) return this.#fromFile(url);
    return this.#fromEndpoint(url);
  }

  async #fromFile(url: string): Promise<OAuthToken> {
    const { readFile } = await import('node:fs/promises');
    try {
      return tokenOf((await readFile(new URL(url), 'utf8')).trim());
    } catch (error) {
      throw KafkaConfigError.invalid('sasl.oauthbearer.token.endpoint.url', url, messageOf(error), { cause: error });
    }
  }

  async #fromEndpoint(url: string): Promise<OAuthToken> {
    const { requestToken } = await import('./token-endpoint.ts');
    const initialMs = this.#settings.get('sasl.login.retry.backoff.ms');
    const maxMs = this.#settings.get('sasl.login.retry.backoff.max.ms');
    for (let failures = 0; ; failures++) {
      try {
        return tokenOf(await requestToken(url, this.#settings, this.#options));
      } catch (error) {
        if (error instanceof KafkaConfigError) throw error;
        if (!isRetriable(error) || failures + 1 >= attemptsMax) {
          throw new AuthenticationError(`No token from sasl.oauthbearer.token.endpoint.url ${url}: ${messageOf(error)}`, 'sasl', {
            cause: error,
          });
        }
        await delay(retryBackoff(failures, { initialMs, maxMs, random: this.#random }));
      }
    }
  }
}

function readExtensions(options: JaasOptions): Record<string, string> {
  const extensions: Record<string, string> = {};
  for (const [option, value] of Object.entries(options)) {
    const match = /^(?:unsecuredLoginExtension_|extension_)([A-Za-z]+)$/.exec(option);
    // `auth` is the token's own place in the message.
    if (match !== null && match[1] !== 'auth') extensions[match[1]!] = value.reveal();
  }
  return extensions;
}
