import { KafkaConfigError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { ClientSettings } from '../settings/client-settings.ts';
import { JaasSyntaxError, parseJaasConfig } from './jaas-config.ts';
import type { JaasEntry } from './jaas-config.ts';

export interface PasswordSaslSettings {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: Secret;
  /** The credentials are a delegation token (`tokenauth="true"`, SCRAM only). */
  readonly isDelegationToken: boolean;
}

export interface OAuthSaslSettings {
  readonly mechanism: 'OAUTHBEARER';
  /** The options of the login module: claims of an unsecured token, or client credentials. */
  readonly options: Readonly<Record<string, Secret>>;
}

/** How to log in at a broker. */
export type SaslSettings = PasswordSaslSettings | OAuthSaslSettings;

const security = 'org.apache.kafka.common.security';
const loginModules: Readonly<Record<SaslSettings['mechanism'], string>> = {
  PLAIN: `${security}.plain.PlainLoginModule`,
  'SCRAM-SHA-256': `${security}.scram.ScramLoginModule`,
  'SCRAM-SHA-512': `${security}.scram.ScramLoginModule`,
  OAUTHBEARER: `${security}.oauthbearer.OAuthBearerLoginModule`,
};

/**
 * Reads `sasl.mechanism` and `sasl.jaas.config`. Throws `KafkaConfigError` for a mechanism that we do not have, a JAAS text
 * that does not parse, or a login module of another mechanism.
 */
export function resolveSasl(settings: ClientSettings): SaslSettings {
  const mechanism = settings.get('sasl.mechanism');
  if (!isSupported(mechanism)) {
    throw KafkaConfigError.invalid(
      'sasl.mechanism',
      mechanism,
      `Mechanism is not supported. Supported: ${Object.keys(loginModules).join(', ')}`,
    );
  }
  const text = settings.get('sasl.jaas.config');
  if (text === null) {
    throw new KafkaConfigError(
      `Could not find a 'KafkaClient' entry in the JAAS configuration: set sasl.jaas.config to '${loginModules[mechanism]} required …;'`,
      'sasl.jaas.config',
    );
  }
  const entry = parse(text);
  if (entry.loginModule !== loginModules[mechanism]) {
    throw invalidJaas(
      `Login module ${entry.loginModule} does not go with sasl.mechanism ${mechanism}, which needs ${loginModules[mechanism]}`,
    );
  }
  if (mechanism === 'OAUTHBEARER') {
    return { mechanism, options: Object.fromEntries(Object.entries(entry.options).map(([name, value]) => [name, new Secret(value)])) };
  }
  return resolvePassword(mechanism, entry);
}

function resolvePassword(mechanism: PasswordSaslSettings['mechanism'], entry: JaasEntry): PasswordSaslSettings {
  const { username, password, tokenauth } = entry.options;
  if (username === undefined) throw invalidJaas(`Option username is missing for sasl.mechanism ${mechanism}`);
  if (password === undefined) throw invalidJaas(`Option password is missing for sasl.mechanism ${mechanism}`);
  return {
    mechanism,
    username,
    password: new Secret(password),
    isDelegationToken: mechanism !== 'PLAIN' && tokenauth?.toLowerCase() === 'true',
  };
}

function parse(text: Secret): JaasEntry {
  try {
    return parseJaasConfig(text.reveal());
  } catch (error) {
    if (error instanceof JaasSyntaxError) throw invalidJaas(error.message);
    throw error;
  }
}

function invalidJaas(reason: string): KafkaConfigError {
  return KafkaConfigError.invalid('sasl.jaas.config', '[hidden]', reason);
}

function isSupported(mechanism: string): mechanism is SaslSettings['mechanism'] {
  return Object.hasOwn(loginModules, mechanism);
}
