import zlib from 'node:zlib';
import { kafkaError } from '../kafka-error.ts';
import type { CompressionType } from '../records/batch-layout.ts';
import { compressLz4, decompressLz4 } from './lz4.ts';
import { compressSnappy, decompressSnappy } from './snappy.ts';

type Compression = Exclude<CompressionType, 'none'>;

/** Compresses the records of a batch as Java's producer does. `level` null: the codec's default; snappy and lz4 have none. */
export function compress(type: Compression, data: Buffer, level: number | null): Buffer {
  switch (type) {
    case 'gzip':
      return zlib.gzipSync(data, level === null ? {} : { level });
    case 'zstd':
      return zlib.zstdCompressSync(data, level === null ? {} : { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } });
    case 'snappy':
      return compressSnappy(data);
    case 'lz4':
      return compressLz4(data);
  }
}

/** Throws CORRUPT_MESSAGE for bytes of another form, and when the result would have more than `maxBytes`. */
export function decompress(type: Compression, data: Buffer, maxBytes: number): Buffer {
  try {
    switch (type) {
      case 'gzip':
        return zlib.gunzipSync(data, { maxOutputLength: maxBytes });
      case 'zstd':
        return zlib.zstdDecompressSync(data, { maxOutputLength: maxBytes });
      case 'snappy':
        return decompressSnappy(data, maxBytes);
      case 'lz4':
        return decompressLz4(data, maxBytes);
    }
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    const why = isTooLarge ? `has more than ${maxBytes} bytes once decompressed` : `is not ${type}: ${(error as Error).message}`;
    throw kafkaError('CORRUPT_MESSAGE', `A compressed batch of ${data.length} bytes ${why}`, { cause: error });
  }
}
