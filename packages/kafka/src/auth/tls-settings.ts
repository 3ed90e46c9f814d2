import type { SecureContext, SecureVersion } from 'node:tls';
import { AuthenticationError, KafkaConfigError, messageOf } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { opensslCipherName } from './cipher-suites.ts';
import type { PrivateKeyEntry, StoreContent } from './key-material.ts';
import { readStore } from './read-store.ts';

/** The `ssl.*` properties that we use, however they are kept. */
export interface TlsProperties {
  get(key: 'ssl.keystore.location' | 'ssl.truststore.location'): string | null;
  get(key: SslSecretKey): Secret | null;
  get(key: 'ssl.endpoint.identification.algorithm'): string;
  get(key: 'ssl.enabled.protocols' | 'ssl.cipher.suites'): readonly string[];
}

type SslSecretKey =
  | 'ssl.keystore.password'
  | 'ssl.key.password'
  | 'ssl.keystore.key'
  | 'ssl.keystore.certificate.chain'
  | 'ssl.truststore.certificates'
  | 'ssl.truststore.password';

/** What a TLS socket of this client needs. */
export interface TlsSettings {
  readonly secureContext: SecureContext;
  /** Whether the certificate must be for the host that we connect to. */
  readonly verifiesHost: boolean;
}

const protocolNames: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/**
 * Reads key store and trust store, from files or inline, and makes the TLS context of a client. Without a trust store the
 * public certificate authorities that come with Node are trusted. Throws `KafkaConfigError`, with key and file, never a password.
 */
export async function loadTlsSettings(properties: TlsProperties): Promise<TlsSettings> {
  const [{ createSecureContext }, identity, trusted] = await Promise.all([
    import('node:tls'),
    loadKeyStore(properties),
    loadTrustStore(properties),
  ]);
  const algorithm = properties.get('ssl.endpoint.identification.algorithm');
  if (algorithm !== '' && algorithm.toLowerCase() !== 'https') {
    throw KafkaConfigError.invalid(
      'ssl.endpoint.identification.algorithm',
      algorithm,
      'It must be https, or empty to accept a certificate of any host',
    );
  }
  const cipherSuites = properties.get('ssl.cipher.suites');
  const range = protocolRange(properties.get('ssl.enabled.protocols'));
  try {
    const secureContext = createSecureContext({
      ...range,
      ...(cipherSuites.length === 0 ? {} : { ciphers: cipherSuites.map(opensslCipherName).join(':') }),
      ...(trusted === null ? {} : { ca: trusted }),
      ...(identity === null ? {} : { key: identity.key, cert: identity.chain }),
      ...(identity?.passphrase === undefined ? {} : { passphrase: identity.passphrase }),
      // As in Java, any certificate in the trust store ends the chain, not only one that signed itself.
      allowPartialTrustChain: true,
    });
    return { secureContext, verifiesHost: algorithm !== '' };
  } catch (error) {
    throw contextError(error, cipherSuites, properties);
  }
}

function contextError(error: unknown, cipherSuites: readonly string[], properties: TlsProperties): KafkaConfigError {
  const reason = messageOf(error);
  if (/cipher/i.test(reason) && !/decrypt/i.test(reason))
    return KafkaConfigError.invalid('ssl.cipher.suites', cipherSuites.join(','), reason, { cause: error });
  const location = properties.get('ssl.keystore.location');
  const key = location === null ? 'ssl.keystore.key' : 'ssl.keystore.location';
  const hint = /decrypt|password|passphrase/i.test(reason) ? '; check ssl.key.password' : '';
  return KafkaConfigError.invalid(key, location ?? '[hidden]', `Private key and certificate cannot be used: ${reason}${hint}`, {
    cause: error,
  });
}

function protocolRange(names: readonly string[]): { minVersion?: SecureVersion; maxVersion?: SecureVersion } {
  const wrong = names.find((name) => !protocolNames.includes(name as SecureVersion));
  if (wrong !== undefined)
    throw KafkaConfigError.invalid('ssl.enabled.protocols', wrong, `String must be one of: ${protocolNames.join(', ')}`);
  const enabled = protocolNames.filter((name) => names.includes(name));
  return enabled.length === 0 ? {} : { minVersion: enabled[0]!, maxVersion: enabled.at(-1)! };
}

async function loadKeyStore(properties: TlsProperties): Promise<PrivateKeyEntry | null> {
  const location = properties.get('ssl.keystore.location');
  const inlineKey = properties.get('ssl.keystore.key');
  const inlineChain = properties.get('ssl.keystore.certificate.chain');
  if (inlineKey !== null || inlineChain !== null) {
    if (location !== null)
      throw new KafkaConfigError('Both SSL key store location and separate private key are specified.', 'ssl.keystore.location');
    if (inlineChain === null)
      throw new KafkaConfigError('SSL private key is specified, but certificate chain is not specified.', 'ssl.keystore.certificate.chain');
    if (inlineKey === null)
      throw new KafkaConfigError('SSL certificate chain is specified, but private key is not specified', 'ssl.keystore.key');
    const [{ readPem }, { parsePem }] = await Promise.all([import('./pem-store.ts'), import('./pem.ts')]);
    const passwords = { store: null, key: properties.get('ssl.key.password')?.reveal() ?? null };
    if (!parsePem(inlineChain.reveal()).some((block) => block.label === 'CERTIFICATE'))
      throw noPemEntry('ssl.keystore.certificate.chain', 'CERTIFICATE');
    return (
      readPem(`${inlineKey.reveal()}\n${inlineChain.reveal()}`, passwords).privateKeys[0] ??
      raise(noPemEntry('ssl.keystore.key', 'PRIVATE KEY'))
    );
  }
  if (location === null) return null;
  const passwords = {
    store: properties.get('ssl.keystore.password')?.reveal() ?? null,
    key: properties.get('ssl.key.password')?.reveal() ?? null,
  };
  const store = await loadStoreFile('ssl.keystore.location', location, passwords);
  const entry = store.privateKeys[0];
  if (entry === undefined) throw KafkaConfigError.invalid('ssl.keystore.location', location, 'The store has no private key');
  if (entry.chain === '')
    throw KafkaConfigError.invalid('ssl.keystore.location', location, 'The store has no certificate for its private key');
  return entry;
}

async function loadTrustStore(properties: TlsProperties): Promise<string[] | null> {
  const location = properties.get('ssl.truststore.location');
  const inline = properties.get('ssl.truststore.certificates');
  if (inline !== null) {
    if (location !== null) {
      throw new KafkaConfigError('Both SSL trust store location and separate trust certificates are specified.', 'ssl.truststore.location');
    }
    const { parsePem } = await import('./pem.ts');
    const certificates = parsePem(inline.reveal()).filter((block) => block.label.endsWith('CERTIFICATE'));
    if (certificates.length === 0) throw noPemEntry('ssl.truststore.certificates', 'CERTIFICATE');
    return certificates.map((block) => block.text);
  }
  if (location === null) return null;
  const store = await loadStoreFile('ssl.truststore.location', location, {
    store: properties.get('ssl.truststore.password')?.reveal() ?? null,
    key: null,
  });
  const certificates = [...store.certificates, ...(await ownCertificates(store))];
  if (certificates.length === 0) throw KafkaConfigError.invalid('ssl.truststore.location', location, 'The store has no certificates');
  return certificates;
}

/** Java trusts the first certificate of each private key in a trust store as well. */
async function ownCertificates(store: StoreContent): Promise<string[]> {
  const { parsePem } = await import('./pem.ts');
  return store.privateKeys.flatMap((entry) => parsePem(entry.chain).slice(0, 1)).map((block) => block.text);
}

async function loadStoreFile(
  key: string,
  location: string,
  passwords: { store: string | null; key: string | null },
): Promise<StoreContent> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readStore(await readFile(location), passwords);
  } catch (error) {
    throw KafkaConfigError.invalid(key, location, `Failed to load SSL keystore ${location}: ${messageOf(error)}`, { cause: error });
  }
}

function noPemEntry(key: string, label: string): KafkaConfigError {
  return KafkaConfigError.invalid(key, '[hidden]', `No matching ${label} entries in PEM file`);
}

function raise(error: Error): never {
  throw error;
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNABORTED',
  'EADDRNOTAVAIL',
  'EMFILE',
]);

/** A TLS failure that another attempt cannot heal, as an authentication error; `null` for an ordinary network error. */
export function tlsFailure(error: unknown, broker: string): AuthenticationError | null {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string' || networkCodes.has(code)) return null;
  const isTls = code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO' || /CERT|SIGNATURE|ISSUER|CRL/.test(code);
  if (!isTls) return null;
  const reason =
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ? 'the broker does not speak TLS on this port, check security.protocol' : tlsReason(error);
  const hint = /CERT|SIGNATURE|ISSUER/.test(code) && !/ALTNAME|ALERT/.test(code) ? ' (check ssl.truststore.location)' : '';
  return new AuthenticationError(`SSL handshake with broker ${broker} failed: ${reason}${hint}`, 'ssl', { cause: error });
}

/** OpenSSL's message names its source files; the reason alone is what helps. */
function tlsReason(error: unknown): string {
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  return String(code).startsWith('ERR_SSL_') && typeof reason === 'string' ? reason : messageOf(error);
}
