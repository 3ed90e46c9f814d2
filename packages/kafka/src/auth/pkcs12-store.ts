import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import type { Bag } from 'node-forge';
import { messageOf } from '../errors.ts';
import { StoreFormatError } from './key-material.ts';
import type { PrivateKeyEntry, StoreContent, StorePasswords } from './key-material.ts';
import { toPem } from './pem.ts';

interface CertificateBag {
  readonly pem: string;
  readonly localKeyId: string | undefined;
}

/**
 * Reads a PKCS12 store, in the old encryption (RC2, 3DES, which Node's OpenSSL refuses) as in that of today's keytool (PBES2).
 * Importing this module loads node-forge, so import it only when there is a store to read.
 */
export function readPkcs12(content: Buffer, passwords: StorePasswords): StoreContent {
  const bags = readBags(content, passwords);
  const oids = forge.pki.oids;
  const certificates = withoutRepeats(bags.filter((bag) => bag.type === oids['certBag']).map(certificateOf));
  const used = new Set<CertificateBag>();
  const privateKeys = bags
    .filter((bag) => bag.type === oids['keyBag'] || bag.type === oids['pkcs8ShroudedKeyBag'])
    .map((bag): PrivateKeyEntry => {
      const chain = chainOf(bag.attributes['localKeyId']?.[0], certificates);
      for (const certificate of chain) used.add(certificate);
      return { key: toPem('PRIVATE KEY', privateKeyOf(bag)), chain: chain.map((certificate) => certificate.pem).join('') };
    });
  return { privateKeys, certificates: certificates.filter((certificate) => !used.has(certificate)).map((certificate) => certificate.pem) };
}

function readBags(content: Buffer, passwords: StorePasswords): Bag[] {
  // node-forge reads a cut file as far as it goes, and then blames the password.
  const lengthBytes = (content[1] ?? 0) > 0x80 ? content[1]! & 0x7f : 0;
  if (lengthBytes > 0 && lengthBytes <= 4 && content.readUIntBE(2, lengthBytes) > content.length - 2 - lengthBytes) {
    throw new StoreFormatError('the PKCS12 file is cut short');
  }
  let failure: unknown;
  // keytool gives key and store the same password; a store made otherwise may have two.
  for (const password of new Set([passwords.store ?? '', passwords.key ?? passwords.store ?? ''])) {
    try {
      const asn1 = forge.asn1.fromDer(content.toString('latin1'), false);
      return forge.pkcs12.pkcs12FromAsn1(asn1, false, password).safeContents.flatMap((safe) => safe.safeBags);
    } catch (error) {
      failure ??= error;
    }
  }
  const isPassword = /MAC could not be verified|decrypt/i.test(messageOf(failure));
  throw new StoreFormatError(isPassword ? 'keystore password was incorrect' : `not a readable PKCS12 store: ${messageOf(failure)}`, {
    cause: failure,
  });
}

/** A certificate may stand in a store by itself and once more in a chain: the one that says whose key it is for stays. */
function withoutRepeats(certificates: readonly CertificateBag[]): CertificateBag[] {
  const kept = new Map<string, CertificateBag>();
  for (const certificate of certificates) if (kept.get(certificate.pem)?.localKeyId === undefined) kept.set(certificate.pem, certificate);
  return [...kept.values()];
}

function certificateOf(bag: Bag): CertificateBag {
  // node-forge knows the inside of RSA certificates only and leaves others as they are.
  const der = forge.asn1.toDer(bag.asn1 ?? forge.pki.certificateToAsn1(bag.cert!)).getBytes();
  return { pem: toPem('CERTIFICATE', Buffer.from(der, 'latin1')), localKeyId: bag.attributes['localKeyId']?.[0] };
}

function privateKeyOf(bag: Bag): Buffer {
  if (bag.asn1 === undefined && (bag.key === undefined || bag.key === null))
    throw new StoreFormatError('the password of the private key is incorrect');
  const asn1 = bag.asn1 ?? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key!));
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1');
}

/** The certificate of a key, then the one that issued it, and so on. */
function chainOf(localKeyId: string | undefined, certificates: readonly CertificateBag[]): CertificateBag[] {
  const own = certificates.find((certificate) => localKeyId !== undefined && certificate.localKeyId === localKeyId) ?? certificates[0];
  const chain: CertificateBag[] = [];
  for (let next = own; next !== undefined && !chain.includes(next);) {
    chain.push(next);
    const last = new X509Certificate(next.pem);
    next = certificates.find((candidate) => !chain.includes(candidate) && last.checkIssued(new X509Certificate(candidate.pem)));
  }
  return chain;
}
