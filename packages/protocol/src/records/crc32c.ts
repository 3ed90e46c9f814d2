import { createRequire } from 'node:module';

type Crc32c = (input: Uint8Array, seed?: number) => number;
let native: Crc32c | null = null;

/** CRC-32C (Castagnoli) of the bytes; `seed` is the checksum of the bytes before them. */
export function crc32c(buffer: Uint8Array, seed = 0): number {
  native ??= load();
  return native(buffer, seed);
}

/** The native module is loaded with the first batch, and not trusted before it computed the standard's check value. */
function load(): Crc32c {
  const loaded = createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Crc32c };
  const check = loaded.crc32c(Buffer.from('123456789'));
  if (check !== 0xe306_9283) throw new Error(`@node-rs/crc32 computes CRC-32C wrongly here: 0x${check.toString(16)} for the check value`);
  return loaded.crc32c;
}
