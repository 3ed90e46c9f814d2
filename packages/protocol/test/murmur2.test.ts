import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32c, murmur2, toPositive } from '../src/index.ts';

test('murmur2 is that of the Java client', () => {
  const golden: Record<string, number> = {
    '': 275646681,
    '21': -973932308,
    abc: 479470107,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  };
  for (const [key, hash] of Object.entries(golden)) assert.equal(murmur2(Buffer.from(key)), hash, key);
  assert.equal(toPositive(-973932308), -973932308 & 0x7fffffff);
  assert.ok(toPositive(-1) > 0);
});

test('CRC-32C continues from the checksum of the bytes before', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(Buffer.from('6789'), crc32c(Buffer.from('12345'))), 0xe3069283);
});
