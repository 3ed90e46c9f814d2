import { createHash, timingSafeEqual } from 'node:crypto';
import { StoreFormatError } from './key-material.ts';
import type { PrivateKeyEntry, StoreContent, StorePasswords } from './key-material.ts';
import { toPem } from './pem.ts';

/**
 * Reads Java's own key store format.
 *
 *     store   = magic(4) version(4) count(4) *entry digest(20)
 *     entry   = tag(4) alias(utf) date(8) ( key | cert )
 *     key     = length(4) protected-key count(4) *cert         ; tag 1
 *     cert    = [ type(utf) ] length(4) der                    ; tag 2; the type since version 2
 *     utf     = length(2) bytes
 *     digest  = SHA-1( password as UTF-16BE, "Mighty Aphrodite", everything before )
 *
 * Source: sun.security.provider.JavaKeyStore, KeyProtector
 */
export function readJks(content: Buffer, passwords: StorePasswords): StoreContent {
  if (passwords.store !== null) verifyDigest(content, passwords.store);
  const reader = new JksReader(content.subarray(0, -20));
  reader.skip(4);
  const version = reader.int();
  if (version !== 1 && version !== 2) throw new StoreFormatError(`JKS version ${version} is not supported`);
  const privateKeys: PrivateKeyEntry[] = [];
  const certificates: string[] = [];
  for (let count = reader.int(); count > 0; count--) {
    const tag = reader.int();
    reader.utf();
    reader.skip(8);
    if (tag === 1) privateKeys.push(readPrivateKey(reader, version, passwords));
    else if (tag === 2) certificates.push(readCertificate(reader, version));
    else throw new StoreFormatError(`JKS entry of unknown kind ${tag}`);
  }
  return { privateKeys, certificates };
}

function readPrivateKey(reader: JksReader, version: number, passwords: StorePasswords): PrivateKeyEntry {
  const protectedKey = unwrapProtected(reader.bytes(reader.int()));
  const chain: string[] = [];
  for (let count = reader.int(); count > 0; count--) chain.push(readCertificate(reader, version));
  const password = passwords.key ?? passwords.store;
  if (password === null) throw new StoreFormatError('the private key needs a password');
  return { key: toPem('PRIVATE KEY', decryptKey(protectedKey, password)), chain: chain.join('') };
}

function readCertificate(reader: JksReader, version: number): string {
  const type = version === 2 ? reader.utf() : 'X.509';
  if (type !== 'X.509') throw new StoreFormatError(`certificate of unknown type ${type}`);
  return toPem('CERTIFICATE', reader.bytes(reader.int()));
}

function verifyDigest(content: Buffer, password: string): void {
  const expected = createHash('sha1').update(utf16be(password)).update('Mighty Aphrodite').update(content.subarray(0, -20)).digest();
  const given = content.subarray(-20);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new StoreFormatError('keystore password was incorrect, or the file was changed');
  }
}

const keyProtectorOid = Buffer.from('060a2b060104012a02110101', 'hex');

/** The bytes inside EncryptedPrivateKeyInfo ::= SEQUENCE { SEQUENCE { OID of Sun's key protector, NULL }, OCTET STRING }. */
function unwrapProtected(info: Buffer): Buffer {
  const outer = derContent(info, 0);
  const algorithm = derContent(info, outer.start);
  if (!info.subarray(algorithm.start, algorithm.end).includes(keyProtectorOid))
    throw new StoreFormatError('the private key is encrypted in an unknown way');
  const octets = derContent(info, algorithm.end);
  return info.subarray(octets.start, octets.end);
}

function derContent(der: Buffer, offset: number): { start: number; end: number } {
  const first = der[offset + 1];
  if (first === undefined) throw new StoreFormatError('the private key is cut short');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = offset + 2 + lengthBytes;
  if (lengthBytes > 4 || start > der.length) throw new StoreFormatError('the private key is cut short');
  const end = start + (lengthBytes === 0 ? first : der.readUIntBE(offset + 2, lengthBytes));
  if (end > der.length) throw new StoreFormatError('the private key is cut short');
  return { start, end };
}

/** protected = salt(20) (key XOR keystream) SHA-1(password, key); the keystream is a chain of SHA-1(password, last), from the salt on. */
function decryptKey(data: Buffer, password: string): Buffer {
  if (data.length < 40) throw new StoreFormatError('the private key is cut short');
  const secret = utf16be(password);
  const encrypted = data.subarray(20, -20);
  const key = Buffer.alloc(encrypted.length);
  let last = data.subarray(0, 20);
  for (let index = 0; index < encrypted.length; index++) {
    if (index % 20 === 0) last = createHash('sha1').update(secret).update(last).digest();
    key[index] = encrypted[index]! ^ last[index % 20]!;
  }
  if (!createHash('sha1').update(secret).update(key).digest().equals(data.subarray(-20)))
    throw new StoreFormatError('the password of the private key is incorrect');
  return key;
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

class JksReader {
  readonly #data: Buffer;
  #position = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  bytes(length: number): Buffer {
    if (length < 0 || this.#position + length > this.#data.length) throw new StoreFormatError('the JKS file is cut short');
    this.#position += length;
    return this.#data.subarray(this.#position - length, this.#position);
  }

  skip(length: number): void {
    this.bytes(length);
  }

  int(): number {
    return this.bytes(4).readInt32BE(0);
  }

  utf(): string {
    return this.bytes(this.bytes(2).readUInt16BE(0)).toString('utf8');
  }
}
