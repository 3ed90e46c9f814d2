import { KafkaConfigError } from '../errors.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const key = 'bootstrap.servers';
// An optional listener name (`SSL://`), a name or address, IPv6 in brackets, a port.
const urlPattern = /^.*?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/;

/**
 * Reads `host:port` items, IPv6 in brackets. Looks up no names.
 *
 * Source: org.apache.kafka.clients.ClientUtils.parseAndValidateAddresses
 */
export function parseBootstrapServers(urls: readonly string[]): HostPort[] {
  return urls
    .filter((url) => url !== '')
    .map((url) => {
      const match = urlPattern.exec(url);
      if (match === null) throw new KafkaConfigError(`Invalid url in ${key}: ${url}`, key);
      const port = Number(match[2]);
      if (port > 65_535) throw new KafkaConfigError(`Invalid port in ${key}: ${url}`, key);
      // Java's clients read an empty host as the own machine.
      return { host: match[1] === '' ? 'localhost' : match[1]!, port };
    });
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPortText({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
