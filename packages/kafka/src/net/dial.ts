import type { Socket } from 'node:net';
import { kafkaError } from '@sluice/protocol';
import { tlsFailure } from '../auth/tls-settings.ts';
import type { TlsSettings } from '../auth/tls-settings.ts';
import { messageOf } from '../errors.ts';
import { hostPortText } from '../settings/bootstrap-servers.ts';
import type { HostPort } from '../settings/bootstrap-servers.ts';

export interface DialOptions {
  readonly tls: TlsSettings | null;
  /** For each address of the host, ms. `socket.connection.setup.timeout.ms` */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a socket to a broker, trying all addresses of the host in turn (`client.dns.lookup=use_all_dns_ips`).
 * Rejects with KafkaError NETWORK_EXCEPTION, or `AuthenticationError` where TLS fails for good.
 */
export async function dial(address: HostPort, options: DialOptions): Promise<Socket> {
  const broker = hostPortText(address);
  const failures: string[] = [];
  let last: unknown;
  for (const ip of await lookUp(address.host)) {
    options.signal.throwIfAborted();
    try {
      return await dialAddress(ip, address, options);
    } catch (error) {
      options.signal.throwIfAborted();
      const fatal = tlsFailure(error, broker);
      if (fatal !== null) throw fatal;
      last = error;
      failures.push(
        `${messageOf(error)}${isCutHandshake(error) ? ' (does the broker speak SSL on this port? check security.protocol)' : ''}`,
      );
    }
  }
  throw kafkaError('NETWORK_EXCEPTION', failures.join(', '), { cause: last });
}

/** Node's words for a peer that hangs up between the TCP and the TLS handshake, as a plain Kafka port does. */
function isCutHandshake(error: unknown): boolean {
  return messageOf(error).includes('disconnected before secure TLS connection');
}

async function lookUp(host: string): Promise<string[]> {
  const { lookup } = await import('node:dns/promises');
  try {
    return (await lookup(host, { all: true })).map((found) => found.address);
  } catch (error) {
    throw kafkaError('NETWORK_EXCEPTION', messageOf(error), { cause: error });
  }
}

async function dialAddress(ip: string, address: HostPort, options: DialOptions): Promise<Socket> {
  const { connect, isIP } = await import('node:net');
  const tls = options.tls === null ? null : await import('node:tls');
  return new Promise((resolve, reject) => {
    const socket =
      tls === null
        ? connect({ host: ip, port: address.port })
        : tls.connect({
            host: ip,
            port: address.port,
            secureContext: options.tls!.secureContext,
            // The certificate is checked against the name that was configured, not the address it stands for.
            checkServerIdentity: options.tls!.verifiesHost
              ? (_host, certificate) => tls.checkServerIdentity(address.host, certificate)
              : () => undefined,
            ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
          });
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', settle);
      socket.removeListener('close', onClose);
      if (error === null) {
        resolve(socket);
        return;
      }
      // A late error of a socket that was given up has nobody to tell.
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => settle(options.signal.reason as Error);
    const onClose = (): void => settle(new Error(`connect ${ip}:${address.port}: the connection was closed`));
    const timer = setTimeout(
      () => settle(new Error(`connect ETIMEDOUT ${ip}:${address.port} after ${options.timeoutMs} ms`)),
      options.timeoutMs,
    );
    options.signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', settle);
    socket.once('close', onClose);
    socket.once(tls === null ? 'connect' : 'secureConnect', () => settle(null));
  });
}

/** Finds out which of the bootstrap hosts have an address. With `canonical`, each address becomes the name it has in DNS. */
export async function resolveBootstrap(servers: readonly HostPort[], canonical: boolean): Promise<HostPort[]> {
  const { lookup, lookupService } = await import('node:dns/promises');
  const resolved = await Promise.all(
    servers.map(async (server): Promise<HostPort[]> => {
      try {
        const found = await lookup(server.host, { all: true });
        if (!canonical) return [server];
        return await Promise.all(
          found.map(async ({ address }) => ({ host: (await lookupService(address, server.port)).hostname, port: server.port })),
        );
      } catch {
        return [];
      }
    }),
  );
  return resolved.flat();
}
