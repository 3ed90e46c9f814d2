import { parsePem } from './pem.ts';
import type { StoreContent, StorePasswords } from './key-material.ts';

/** Sorts the blocks of a PEM text into a private key with its chain, or certificates alone. */
export function readPem(text: string, passwords: StorePasswords): StoreContent {
  const blocks = parsePem(text);
  const certificates = blocks.filter((block) => block.label.endsWith('CERTIFICATE')).map((block) => block.text);
  const key = blocks.find((block) => block.label.endsWith('PRIVATE KEY'))?.text;
  if (key === undefined) return { privateKeys: [], certificates };
  const passphrase = passwords.key ?? passwords.store;
  return { privateKeys: [{ key, chain: certificates.join(''), ...(passphrase === null ? {} : { passphrase }) }], certificates: [] };
}
