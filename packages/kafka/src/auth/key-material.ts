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
