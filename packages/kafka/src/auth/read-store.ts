import { StoreFormatError } from './key-material.ts';
import type { StoreContent, StorePasswords } from './key-material.ts';

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
