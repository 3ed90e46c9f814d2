import { readFileSync } from 'node:fs';

// Made with keytool of Java 17, for these tests only; the password is `changeit`.
const stores = JSON.parse(readFileSync(new URL('../fixtures/stores.json', import.meta.url), 'utf8')) as Record<string, string>;

/** A key store or certificate of the fixtures. */
export function storeBytes(name: string): Buffer {
  const base64 = stores[name];
  if (base64 === undefined) throw new Error(`no fixture ${name}`);
  return Buffer.from(base64, 'base64');
}
