import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStore } from '../src/auth/read-store.ts';
import type { PrivateKeyEntry } from '../src/auth/key-material.ts';
import { parsePem, toPem } from '../src/auth/pem.ts';
import { storeBytes } from './fakes/stores.ts';

const changeit = { store: 'changeit', key: null };
const serverCertificate = toPem('CERTIFICATE', storeBytes('server.der'));

function assertFits(entry: PrivateKeyEntry | undefined): void {
  assert.ok(entry);
  const own = new X509Certificate(entry.chain);
  assert.ok(own.checkPrivateKey(createPrivateKey(entry.key)), 'the key belongs to the first certificate');
}

for (const name of ['server.jks', 'server.p12', 'server-legacy.p12']) {
  test(`${name}: the private key and its certificate come out byte for byte`, async () => {
    const { privateKeys, certificates } = await readStore(storeBytes(name), changeit);
    assert.equal(privateKeys.length, 1);
    assertFits(privateKeys[0]);
    assert.equal(privateKeys[0]!.chain, serverCertificate);
    assert.equal(certificates.length, 0);
  });
}

for (const name of ['trust.jks', 'trust.p12']) {
  test(`${name}: a trust store with only a certificate`, async () => {
    assert.deepEqual(await readStore(storeBytes(name), changeit), { privateKeys: [], certificates: [serverCertificate] });
  });
}

test('elliptic curve keys and a chain of two certificates come out of PKCS12 in order', async () => {
  assertFits((await readStore(storeBytes('ec.p12'), changeit)).privateKeys[0]);
  const { privateKeys } = await readStore(storeBytes('client.p12'), changeit);
  assertFits(privateKeys[0]);
  const chain = parsePem(privateKeys[0]!.chain).map((block) => new X509Certificate(block.text).subject);
  assert.deepEqual(chain, ['CN=sluice-client', 'CN=sluice-ca']);
});

test('a key of a JKS store may have a password of its own', async () => {
  assertFits((await readStore(storeBytes('keypass.jks'), { store: 'changeit', key: 'keypass' })).privateKeys[0]);
  await assert.rejects(readStore(storeBytes('keypass.jks'), changeit), /password of the private key is incorrect/);
});

test('a JKS trust store can be read without its password, as in Java', async () => {
  assert.equal((await readStore(storeBytes('trust.jks'), { store: null, key: null })).certificates.length, 1);
});

test('a wrong password, a changed byte, a cut file and an unknown format are told apart', async () => {
  const wrong = { store: 'guess', key: null };
  for (const name of ['server.jks', 'server.p12', 'server-legacy.p12', 'trust.p12'])
    await assert.rejects(readStore(storeBytes(name), wrong), /password was incorrect/);
  const changed = storeBytes('trust.jks');
  changed[100]! ^= 1;
  await assert.rejects(readStore(changed, changeit), /or the file was changed/);
  await assert.rejects(readStore(storeBytes('trust.jks').subarray(0, 200), { store: null, key: null }), /cut short/);
  await assert.rejects(readStore(storeBytes('trust.p12').subarray(0, 200), changeit), /cut short/);
  await assert.rejects(readStore(storeBytes('server.der'), changeit), /not a readable PKCS12 store/);
  await assert.rejects(readStore(Buffer.from('hello'), changeit), /neither JKS, PKCS12 nor PEM/);
});

test('a PEM file may hold key and chain, on one line too', async () => {
  const key = storeBytes('server-key.pem').toString();
  const entry = (await readStore(Buffer.from(key + serverCertificate), { store: null, key: null })).privateKeys[0];
  assertFits(entry);
  const oneLine = (key + serverCertificate).replaceAll('\n', ' ');
  assert.deepEqual((await readStore(Buffer.from(oneLine), { store: null, key: null })).privateKeys[0], entry);
  const literal = (key + serverCertificate).replaceAll('\n', '\\n');
  assert.deepEqual((await readStore(Buffer.from(literal), { store: null, key: null })).privateKeys[0], entry);
});

test('stores that the keytool of this machine writes can be read', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-keytool-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'made.p12');
  const args = [
    '-genkeypair',
    '-alias',
    'x',
    '-keyalg',
    'EC',
    '-dname',
    'CN=x',
    '-keystore',
    file,
    '-storepass',
    'changeit',
    '-validity',
    '1',
  ];
  try {
    execFileSync('keytool', args, { stdio: 'pipe' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    context.skip('no keytool on this machine');
    return;
  }
  return readStore(readFileSync(file), changeit).then(({ privateKeys }) => assertFits(privateKeys[0]));
});
