import { apis, errors, kafkaError } from '@sluice/protocol';
import type { SaslAuthenticator, SaslChannel } from '../auth/sasl-authenticator.ts';
import type { TlsSettings } from '../auth/tls-settings.ts';
import { messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import { hostPortText } from '../settings/bootstrap-servers.ts';
import type { HostPort } from '../settings/bootstrap-servers.ts';
import { Connection } from './connection.ts';
import { dial } from './dial.ts';

const software = { clientSoftwareName: 'sluice', clientSoftwareVersion: '0.1.0' };

/** What all connections of a client have in common. */
export interface ConnectionContext {
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly frameBytesMax: number;
  readonly tls: TlsSettings | null;
  readonly sasl: SaslAuthenticator | null;
  readonly now: () => number;
  readonly random: () => number;
  readonly log: KafkaLog;
}

export interface OpenOptions {
  readonly setupTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly onClose: (connection: Connection, error: Error) => void;
}

/**
 * Opens a connection that is ready for use: socket, TLS, ApiVersions, SASL. Logs in again before the session ends (KIP-368).
 * Rejects with KafkaError NETWORK_EXCEPTION, `AuthenticationError`, or the signal's reason.
 */
export async function openConnection(address: HostPort, context: ConnectionContext, options: OpenOptions): Promise<Connection> {
  const { signal } = options;
  const socket = await dial(address, { tls: context.tls, timeoutMs: options.setupTimeoutMs, signal });
  const session = new Session(context);
  const connection = new Connection(socket, {
    ...context,
    broker: hostPortText(address),
    earlyCloseHint: closeHint(context),
    onClose: (error) => {
      session.end();
      options.onClose(connection, error);
    },
  });
  const onAbort = (): void => connection.close(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await negotiateVersions(connection, context.tls !== null);
    if (context.sasl !== null) await session.begin(connection, context.sasl);
    return connection;
  } catch (error) {
    connection.close(error as Error);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** KIP-35, KIP-511: a broker that does not know our version of the question answers in version 0, and names those that it knows. */
async function negotiateVersions(connection: Connection, isTls: boolean): Promise<void> {
  const ours = apis.ApiVersions;
  let answer = await connection.request('ApiVersions', ours.maxVersion, software).catch((error: unknown) => {
    throw isTls ? error : explainGarbage(error);
  });
  if (answer.errorCode === errors.UNSUPPORTED_VERSION.code) {
    const theirs = answer.apiKeys.find((entry) => entry.apiKey === ours.key);
    answer = await connection.request('ApiVersions', Math.min(theirs?.maxVersion ?? 0, ours.maxVersion), software);
  }
  if (answer.errorCode !== 0) throw kafkaError(answer.errorCode);
  connection.setVersions(answer.apiKeys);
}

/** A broker that wants to be spoken to in another way hangs up on the first request it does not like. */
function closeHint({ tls, sasl }: ConnectionContext): string {
  if (sasl !== null) return '';
  return tls === null ? ' (does it expect SSL or SASL? check security.protocol)' : ' (does it expect SASL? check security.protocol)';
}

/** A broker that expects TLS answers plain bytes with a TLS alert, which reads as a frame of 352 MB. */
function explainGarbage(error: unknown): unknown {
  const text = messageOf(error);
  return text.includes('Invalid receive')
    ? kafkaError('NETWORK_EXCEPTION', `${text} (does it expect SSL? check security.protocol)`, { cause: error })
    : error;
}

/** The SASL session of one connection. */
class Session {
  readonly #context: ConnectionContext;
  #timer: NodeJS.Timeout | null = null;
  #isEnded = false;

  constructor(context: ConnectionContext) {
    this.#context = context;
  }

  async begin(connection: Connection, authenticator: SaslAuthenticator): Promise<void> {
    const channel: SaslChannel = {
      broker: connection.broker,
      version: (api, options) => connection.version(api, options),
      request: (api, version, body) => connection.request(api, version, body, { bypassHold: true }),
    };
    const lifetimeMs = await authenticator.login(channel);
    if (lifetimeMs <= 0 || this.#isEnded) return;
    // As Java does: within 85 to 95 % of the session, so that not all clients come at once.
    const wait = lifetimeMs * (0.85 + 0.1 * this.#context.random());
    this.#timer = setTimeout(() => void this.#renew(connection, authenticator), Math.min(wait, 2_147_483_647)).unref();
  }

  end(): void {
    this.#isEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #renew(connection: Connection, authenticator: SaslAuthenticator): Promise<void> {
    // Invariant: between the requests of a login nothing else may be sent.
    const release = connection.hold();
    try {
      await this.begin(connection, authenticator);
      this.#context.log.debug(`Authenticated again with broker ${connection.broker}`);
    } catch (error) {
      // Whatever waits on the connection is told, and the next connection logs in from the start.
      connection.close(error as Error);
    } finally {
      release();
    }
  }
}
