import { createRequire } from 'node:module';
import { ProtocolError } from '../protocol-error.ts';

interface Snappy {
  compressSync(input: Uint8Array): Buffer;
  uncompressSync(input: Uint8Array): Buffer;
}
let library: Snappy | null = null;

function snappy(): Snappy {
  library ??= createRequire(import.meta.url)('snappy') as Snappy;
  return library;
}

// The stream of snappy-java: magic, version 1, compatible with version 1; then int32 length and a block, again and again.
const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const streamHeader = Buffer.concat([magic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const blockBytes = 32 * 1024;
/** A copy of 64 bytes takes 3: no block holds more than 22 times its length. */
const largestRatio = 22;

/** Writes the stream of snappy-java, as Java's producer does. */
export function compressSnappy(data: Buffer): Buffer {
  const parts: Buffer[] = [streamHeader];
  for (let at = 0; at < data.length; at += blockBytes) {
    const block = snappy().compressSync(data.subarray(at, at + blockBytes));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length, 0);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** Reads the stream of snappy-java, and the bare block that librdkafka and others write. RangeError beyond maxBytes. */
export function decompressSnappy(data: Buffer, maxBytes: number): Buffer {
  if (!hasMagic(data, 0)) return uncompress(data, maxBytes);
  const blocks: Buffer[] = [];
  let size = 0;
  let at = 0;
  while (at < data.length) {
    if (hasMagic(data, at)) {
      at += streamHeader.length;
      continue;
    }
    if (data.length - at < 4) throw new ProtocolError('the stream ends in the length of a block');
    const length = data.readInt32BE(at);
    at += 4;
    if (length < 0 || length > data.length - at) throw new ProtocolError(`a block of ${length} bytes with ${data.length - at} left`);
    const block = uncompress(data.subarray(at, at + length), maxBytes - size);
    size += block.length;
    blocks.push(block);
    at += length;
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks, size);
}

function hasMagic(data: Buffer, at: number): boolean {
  return data.length - at >= streamHeader.length && data.compare(magic, 0, magic.length, at, at + magic.length) === 0;
}

function uncompress(block: Buffer, maxBytes: number): Buffer {
  const size = uncompressedSize(block);
  if (size > maxBytes) throw new RangeError(`a block of ${size} bytes`);
  if (size > block.length * largestRatio) throw new ProtocolError(`a block of ${block.length} bytes cannot hold ${size}`);
  return snappy().uncompressSync(block);
}

/** A block begins with its uncompressed size, an unsigned varint: known before memory is taken for it. */
function uncompressedSize(block: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  throw new ProtocolError('a block without a size');
}
