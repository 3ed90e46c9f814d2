import { createRequire } from 'node:module';
import { ProtocolError } from '../protocol-error.ts';

interface Lz4 {
  compressFrameSync(data: Uint8Array): Buffer;
  decompressFrameSync(data: Uint8Array): Buffer;
}
let library: Lz4 | null = null;

function lz4(): Lz4 {
  library ??= createRequire(import.meta.url)('lz4-napi') as Lz4;
  return library;
}

/** Writes an LZ4 frame of independent blocks without checksums, as Java's producer does and all that Java's consumer reads. */
export function compressLz4(data: Buffer): Buffer {
  return lz4().compressFrameSync(data);
}

/** Reads LZ4 frames. RangeError when they could have more than maxBytes. */
export function decompressLz4(data: Buffer, maxBytes: number): Buffer {
  const size = largestSize(data);
  if (size > maxBytes) throw new RangeError(`frames of up to ${size} bytes`);
  return lz4().decompressFrameSync(data);
}

const frameMagic = 0x184d_2204;
const endMark = 0;
const flag = { contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10, dictionary: 0x01 } as const;
/** No byte of an LZ4 block stands for more. */
const largestRatio = 255;

/**
 * What the frames hold at most, from the lengths of their blocks: known before memory is taken for it.
 *
 *     magic uint32 · flags · block size · content size uint64? · dictionary uint32? · header checksum
 *     (length uint32, its highest bit set for a stored block · bytes · checksum uint32?)* · 0 uint32 · checksum uint32?
 */
function largestSize(data: Buffer): number {
  let size = 0;
  let at = 0;
  while (at < data.length) {
    if (data.length - at < 7 || data.readUInt32LE(at) !== frameMagic) throw new ProtocolError('no frame begins where one should');
    const flags = data[at + 4]!;
    const blockMax = 1 << (8 + 2 * ((data[at + 5]! >> 4) & 0x07));
    at += 7 + ((flags & flag.contentSize) === 0 ? 0 : 8) + ((flags & flag.dictionary) === 0 ? 0 : 4);
    for (;;) {
      if (data.length - at < 4) throw new ProtocolError('a frame without an end');
      const word = data.readUInt32LE(at);
      at += 4;
      if (word === endMark) break;
      const length = word & 0x7fff_ffff;
      size += word === length ? Math.min(blockMax, length * largestRatio) : length;
      at += length + ((flags & flag.blockChecksum) === 0 ? 0 : 4);
    }
    if ((flags & flag.contentChecksum) !== 0) at += 4;
  }
  return size;
}
