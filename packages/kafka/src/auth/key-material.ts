/** A private key with the chain of its certificate, own certificate first. PEM. */
export interface PrivateKeyEntry {
  readonly key: string;
  /** For a PEM key that is still encrypted. */
  readonly passphrase?: string;
  readonly chain: string;
}

/** What a key store or trust store holds. */
export interface StoreContent {
  readonly privateKeys: readonly PrivateKeyEntry[];
  /** Certificates without a private key, PEM. */
  readonly certificates: readonly string[];
}

export interface StorePasswords {
  /** Guards the whole store; `null` skips its integrity check where the format allows it. */
  readonly store: string | null;
  /** Guards the private key; the store's password where `null`. */
  readonly key: string | null;
}

/** What is wrong with a store, without its name or its password. */
export class StoreFormatError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreFormatError';
  }
}

/** Reads a store of any format that we know. The format is told by the content, because Java's `ssl.keystore.type` defaults to JKS while keytool writes PKCS12. */
export async function readStore(content: Buffer, passwords: StorePasswords): Promise<StoreContent> {
  if (content.length >= 4 && content.readUInt32BE(0) === 0xfeedfeed) return (await import('./jks-store.ts')).readJks(content, passwords);
  if (content.length >= 4 && content.readUInt32BE(0) === 0xcececece)
    throw new StoreFormatError('JCEKS is not supported, convert the store to PKCS12 with keytool -importkeystore');
  if (content[0] === 0x30) return (await import('./pkcs12-store.ts')).readPkcs12(content, passwords);
  const text = content.toString('utf8');
  if (text.includes('-BEGIN ')) return (await import('./pem-store.ts')).readPem(text, passwords);
  throw new StoreFormatError('neither JKS, PKCS12 nor PEM');
}
