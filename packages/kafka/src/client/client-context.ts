import type { ConnectionContext } from '../net/open-connection.ts';
import type { NodeTimes } from '../net/broker-node.ts';
import type { KafkaLog } from '../log.ts';
import type { ClientSettings } from '../settings/client-settings.ts';

/** Larger answers are taken for what they then mostly are: another protocol on the port. */
const frameBytesMin = 256 * 1024 * 1024;

/** Reads key stores and prepares the login, once for all connections of a client. TLS and SASL are loaded only where they are used. */
export async function createConnectionContext(
  settings: ClientSettings,
  { log, now, random }: { log: KafkaLog; now: () => number; random: () => number },
): Promise<ConnectionContext> {
  const isTls = settings.get('security.protocol').endsWith('SSL');
  return {
    clientId: settings.get('client.id'),
    requestTimeoutMs: settings.get('request.timeout.ms'),
    frameBytesMax:
      settings.kind === 'consumer' ? Math.max(frameBytesMin, Math.min(2 * settings.get('fetch.max.bytes'), 2_147_483_647)) : frameBytesMin,
    tls: isTls ? await (await import('../auth/tls-settings.ts')).loadTlsSettings(settings) : null,
    sasl: await createAuthenticator(settings, now, random),
    now,
    random,
    log,
  };
}

async function createAuthenticator(settings: ClientSettings, now: () => number, random: () => number): Promise<ConnectionContext['sasl']> {
  if (settings.sasl === null) return null;
  const { SaslAuthenticator } = await import('../auth/sasl-authenticator.ts');
  if (settings.sasl.mechanism !== 'OAUTHBEARER') return new SaslAuthenticator(settings.sasl, null);
  const { OAuthTokenSource } = await import('../auth/oauth-token-source.ts');
  return new SaslAuthenticator(settings.sasl, new OAuthTokenSource(settings, settings.sasl.options, { now, random }));
}

/** How long connections take, rest and stay. */
export function nodeTimes(settings: ClientSettings): NodeTimes {
  return {
    reconnectBackoffMs: settings.get('reconnect.backoff.ms'),
    reconnectBackoffMaxMs: settings.get('reconnect.backoff.max.ms'),
    setupTimeoutMs: settings.get('socket.connection.setup.timeout.ms'),
    setupTimeoutMaxMs: settings.get('socket.connection.setup.timeout.max.ms'),
    idleMaxMs: settings.get('connections.max.idle.ms'),
  };
}
