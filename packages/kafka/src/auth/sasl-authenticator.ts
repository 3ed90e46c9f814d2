import type { ApiName, Input, Requests, Responses } from '@sluice/protocol';
import { errors, kafkaError } from '@sluice/protocol';
import { AuthenticationError, isRetriable, messageOf } from '../errors.ts';
import type { OAuthTokenSource } from './oauth-token-source.ts';
import type { PasswordSaslSettings, SaslSettings } from './sasl-settings.ts';

/** What a login needs of a connection. */
export interface SaslChannel {
  readonly broker: string;
  version(api: ApiName, options?: { minVersion?: number; maxVersion?: number }): number;
  request<A extends ApiName>(api: A, version: number, body: Input<Requests[A]>): Promise<Responses[A]>;
}

/**
 * Logs connections in. One object serves all connections of a client, so that they share a token.
 *
 *     SaslHandshake(mechanism) *SaslAuthenticate(bytes)
 *
 * Source: KIP-43, KIP-152, KIP-368; org.apache.kafka.common.security.authenticator.SaslClientAuthenticator
 */
export class SaslAuthenticator {
  readonly #settings: SaslSettings;
  readonly #tokens: OAuthTokenSource | null;

  /** `tokens` is needed for OAUTHBEARER only. */
  constructor(settings: SaslSettings, tokens: OAuthTokenSource | null) {
    this.#settings = settings;
    this.#tokens = tokens;
  }

  /**
   * Logs in, for the first time or again. Resolves to how long the session lasts in ms, 0 for as long as the connection.
   * Throws `AuthenticationError` where another attempt cannot help, and what the connection throws.
   */
  async login(channel: SaslChannel): Promise<number> {
    const { mechanism } = this.#settings;
    const handshake = await channel.request('SaslHandshake', channel.version('SaslHandshake', { minVersion: 1 }), { mechanism });
    if (handshake.errorCode === errors.UNSUPPORTED_SASL_MECHANISM.code) {
      throw this.#failure(channel, `the broker has no mechanism ${mechanism}, it has ${handshake.mechanisms.join(', ') || 'none'}`);
    }
    if (handshake.errorCode !== 0) throw this.#failure(channel, messageOf(kafkaError(handshake.errorCode)));
    switch (this.#settings.mechanism) {
      case 'PLAIN':
        return this.#plain(channel, this.#settings);
      case 'OAUTHBEARER':
        return this.#oauthBearer(channel);
      default:
        return this.#scram(channel, this.#settings, this.#settings.mechanism);
    }
  }

  /** message = [authorization id] NUL user NUL password (RFC 4616) */
  async #plain(channel: SaslChannel, settings: PasswordSaslSettings): Promise<number> {
    const answer = await this.#authenticate(channel, Buffer.from(`\0${settings.username}\0${settings.password.reveal()}`));
    return answer.sessionLifetimeMs;
  }

  async #scram(channel: SaslChannel, settings: PasswordSaslSettings, mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'): Promise<number> {
    const { ScramClient } = await import('./scram-client.ts');
    const { username, isDelegationToken } = settings;
    const client = new ScramClient(mechanism, { username, password: settings.password.reveal(), isDelegationToken });
    const challenge = await this.#authenticate(channel, client.first());
    const proof = await this.#checked(channel, () => client.final(challenge.authBytes));
    const answer = await this.#authenticate(channel, proof);
    await this.#checked(channel, () => client.verify(answer.authBytes));
    return answer.sessionLifetimeMs;
  }

  /** message = "n,," ^A "auth=Bearer " token ^A *( name "=" value ^A ) ^A (RFC 7628, KIP-342) */
  async #oauthBearer(channel: SaslChannel): Promise<number> {
    const tokens = this.#tokens!;
    const token = await tokens.get();
    const extensions = Object.entries(tokens.extensions).map(([name, value]) => `${name}=${value}\x01`);
    const answer = await this.#authenticate(channel, Buffer.from(`n,,\x01auth=Bearer ${token.reveal()}\x01${extensions.join('')}\x01`));
    if (answer.authBytes.length === 0) return answer.sessionLifetimeMs;
    // The broker says in JSON what it dislikes, and wants a ^A before it fails the login.
    tokens.discard();
    const reason = answer.authBytes.toString();
    await this.#authenticate(channel, Buffer.from('\x01')).catch((error: unknown) => {
      throw this.#failure(channel, `${reason} (${messageOf(error)})`, error);
    });
    throw this.#failure(channel, reason);
  }

  async #authenticate(channel: SaslChannel, authBytes: Buffer): Promise<Responses['SaslAuthenticate'] & { sessionLifetimeMs: number }> {
    const answer = await channel.request('SaslAuthenticate', channel.version('SaslAuthenticate'), { authBytes });
    if (answer.errorCode !== 0) {
      const error = kafkaError(answer.errorCode, answer.errorMessage);
      if (isRetriable(error)) throw error;
      throw this.#failure(channel, error.message, error);
    }
    return { ...answer, sessionLifetimeMs: Number(answer.sessionLifetimeMs) };
  }

  async #checked<T>(channel: SaslChannel, action: () => T | Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.#failure(channel, messageOf(error), error);
    }
  }

  #failure(channel: SaslChannel, reason: string, cause?: unknown): AuthenticationError {
    const who = this.#settings.mechanism === 'OAUTHBEARER' ? '' : ` of user '${this.#settings.username}'`;
    return new AuthenticationError(
      `SASL ${this.#settings.mechanism} authentication${who} with broker ${channel.broker} failed: ${reason}`,
      'sasl',
      { cause },
    );
  }
}
