import { ConfigError } from '@sluice/api';

/** One address that the REST server listens on. */
export interface Listener {
  readonly protocol: 'http' | 'https';
  /** Empty: every interface. */
  readonly host: string;
  readonly port: number;
  /** As it was configured, for messages. */
  readonly text: string;
}

export type HeaderAction = 'set' | 'add' | 'setDate' | 'addDate';

/** One rule of `response.http.headers.config`. */
export interface HeaderRule {
  readonly action: HeaderAction;
  readonly name: string;
  readonly value: string;
}

const listenerPattern = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$/;
const headerActions: readonly HeaderAction[] = ['set', 'add', 'setDate', 'addDate'];

/**
 * The addresses of `listeners` or `admin.listeners`. An empty `admin.listeners` means that there is no admin API.
 *
 * Source: org.apache.kafka.connect.runtime.rest.RestServerConfig, RestServer.createConnector
 * @throws ConfigError
 */
export function parseListeners(key: 'listeners' | 'admin.listeners', texts: readonly string[]): Listener[] {
  if (texts.length === 0 && key === 'listeners') {
    throw new ConfigError('Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.');
  }
  return texts.map((text) => {
    if (text.trim() === '') throw new ConfigError(`Empty URL found when parsing ${key} list.`);
    const match = listenerPattern.exec(text.trim());
    if (match === null) throw ConfigError.invalid(key, text, "Listener doesn't have the right format (protocol://hostname:port).");
    const [, scheme = '', host = '', digits] = match;
    const protocol = scheme.toLowerCase();
    if (protocol !== 'http' && protocol !== 'https')
      throw ConfigError.invalid(key, text, 'Listener protocol must be either "http" or "https".');
    const port = Number(digits);
    if (port < 0 || port > 65_535) throw ConfigError.invalid(key, text, 'The port of a listener must be between 0 and 65535.');
    return { protocol, host, port, text: text.trim() };
  });
}

/**
 * The rules of `response.http.headers.config`: `action name:value`, separated by commas, each optionally in double quotes.
 *
 * Source: org.apache.kafka.connect.runtime.rest.RestServerConfig.validateHttpResponseHeaderConfig
 */
export function parseHeaderRules(text: string): HeaderRule[] {
  return splitQuoted(text).map((rule) => {
    const parts = rule.trim().split(/\s+/);
    if (parts.length !== 2) {
      throw new ConfigError(`Invalid format of header config '${rule}'. Expected: '[action] [header name]:[header value]'`);
    }
    const [actionText = '', pair = ''] = parts;
    const action = headerActions.find((known) => known.toLowerCase() === actionText.toLowerCase());
    if (action === undefined)
      throw new ConfigError(`Invalid header config action: '${actionText}'. Expected one of [${headerActions.join(', ')}]`);
    const [name = '', value, ...more] = pair.split(':');
    if (value === undefined || more.length > 0) {
      throw new ConfigError(`Invalid format of header name and header value pair '${pair}'. Expected: '[header name]:[header value]'`);
    }
    return { action, name, value };
  });
}

/** Splits at commas outside double quotes; the quotes go, blank parts are dropped. */
function splitQuoted(text: string): string[] {
  const parts = text.match(/(?:"[^"]*"|[^,"])+/g) ?? [];
  return parts
    .map((part) =>
      part
        .trim()
        .replace(/^"(.*)"$/s, '$1')
        .trim(),
    )
    .filter((part) => part !== '');
}
