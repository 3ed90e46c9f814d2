import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScramClient } from '../src/auth/scram-client.ts';

const user = { username: 'user', password: 'pencil', isDelegationToken: false };
const serverFirst = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';

// The example of RFC 7677.
function example(): ScramClient {
  return new ScramClient('SCRAM-SHA-256', user, 'rOprNGfwEbeRWgbNEkqO');
}

test('the exchange of RFC 7677 comes out to the letter', async () => {
  const client = example();
  assert.equal(client.first().toString(), 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  const proof = 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
  assert.equal((await client.final(Buffer.from(serverFirst))).toString(), proof);
  client.verify(Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='));
});

test('a broker that does not know the password is found out', async () => {
  const client = example();
  await client.final(Buffer.from(serverFirst));
  assert.throws(() => client.verify(Buffer.from('v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')), /does not know the password/);
  assert.throws(() => example().verify(Buffer.from('v=')), /does not know the password/);
});

test('a nonce that does not continue ours, a missing salt and too few iterations are refused', async () => {
  await assert.rejects(example().final(Buffer.from('r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096')), /nonce/);
  await assert.rejects(example().final(Buffer.from('r=rOprNGfwEbeRWgbNEkqOxx,s=,i=4096')), /salt/);
  await assert.rejects(example().final(Buffer.from(serverFirst.replace('4096', '1'))), /4096 are required/);
  await assert.rejects(example().final(Buffer.from('e=unknown-user')), /unknown-user/);
});

test('signs in user names are escaped, and delegation tokens say what they are', () => {
  const client = new ScramClient('SCRAM-SHA-512', { username: 'a=b,c', password: 'x', isDelegationToken: true }, 'abc');
  assert.equal(client.first().toString(), 'n,,n=a=3Db=2Cc,r=abc,tokenauth=true');
});
