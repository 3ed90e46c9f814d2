import { decodeBatch, decodeHeaders, readBatches, RecordBatchBuilder, rewriteProducer } from '@sluice/protocol';
import type { CompressionType, EncodedHeader } from '@sluice/protocol';
import type { Encoded } from './record-size.ts';
import { addToSequence } from './sequence.ts';
import type { ProducerIdAndEpoch } from './sequence.ts';

/**
 * `open`: takes records. `queued`: waits to be sent, the first time or again. `sent`: on the wire. `done`: its outcome is known
 * (it may still wait for the batches before it, because acknowledgements keep the order of the partition).
 */
export type BatchState = 'open' | 'queued' | 'sent' | 'done';

export interface BatchFormat {
  compression: CompressionType;
  compressionLevel: number | null;
  isTransactional: boolean;
}

export interface BatchOptions {
  topic: string;
  partition: number;
  format: BatchFormat;
  /** Uncompressed bytes that the batch may take; the first record always fits. */
  bytesMax: number;
  /** What it takes of `buffer.memory`. */
  reservedBytes: number;
  createdMs: number;
}

const initialBytes = 4096;

/** One record batch on its way: from the first append to the acknowledgement. */
export class ProducerBatch {
  readonly topic: string;
  readonly partition: number;
  readonly createdMs: number;
  /** What it holds of `buffer.memory`. */
  readonly reservedBytes: number;
  readonly cookies: unknown[] = [];
  state: BatchState = 'open';
  attempts = 0;
  /** Not to be sent again before this time. */
  retryAtMs = 0;
  baseSequence = -1;
  producer: ProducerIdAndEpoch | null = null;
  baseOffset = -1;
  error: Error | null = null;
  readonly #format: BatchFormat;
  #builder: RecordBatchBuilder | null;
  #bytes: Buffer | null = null;

  constructor(options: BatchOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.createdMs = options.createdMs;
    this.reservedBytes = options.reservedBytes;
    this.#format = options.format;
    this.#builder = new RecordBatchBuilder({
      compression: options.format.compression,
      level: options.format.compressionLevel,
      maxBytes: options.bytesMax,
      initialCapacity: Math.min(options.bytesMax, initialBytes),
    });
  }

  get recordCount(): number {
    return this.cookies.length;
  }

  get hasSequence(): boolean {
    return this.baseSequence >= 0;
  }

  get lastSequence(): number {
    return addToSequence(this.baseSequence, this.recordCount - 1);
  }

  get nextSequence(): number {
    return addToSequence(this.baseSequence, this.recordCount);
  }

  /** Whether it may still go out: it is neither on the wire nor done. */
  get isPending(): boolean {
    return this.state === 'open' || this.state === 'queued';
  }

  /** False when the record does not fit: then the batch is to be queued and another begun. */
  tryAppend(timestamp: number, key: Encoded, value: Encoded, headers: readonly EncodedHeader[] | null, cookie: unknown): boolean {
    const builder = this.#builder;
    if (builder === null || !builder.tryAppend(timestamp, key, value, headers)) return false;
    this.cookies.push(cookie);
    return true;
  }

  /** Uncompressed bytes so far; of a batch that was sent before, the bytes on the wire. */
  get sizeInBytes(): number {
    return this.#bytes?.length ?? this.#builder?.sizeInBytes ?? 0;
  }

  setSequence(producer: ProducerIdAndEpoch, baseSequence: number): void {
    this.producer = { ...producer };
    this.baseSequence = baseSequence;
    if (this.#bytes !== null) rewriteProducer(this.#bytes, { producerId: producer.id, epoch: producer.epoch, baseSequence });
  }

  /** The batch as it goes on the wire; the same bytes on every attempt, unless its sequence changed. */
  wireBytes(): Buffer {
    if (this.#bytes === null) {
      const builder = this.#builder;
      if (builder === null) throw new Error(`The batch of ${this.topic}-${this.partition} was released`);
      const { id: producerId, epoch: producerEpoch } = this.producer ?? { id: -1, epoch: -1 };
      const { baseSequence } = this;
      this.#bytes = builder.close({ producerId, producerEpoch, baseSequence, isTransactional: this.#format.isTransactional });
      this.#builder = null;
    }
    return this.#bytes;
  }

  /** Ends the batch. Its bytes are let go: nobody sends them again. */
  finish(baseOffset: number, error: Error | null): void {
    this.state = 'done';
    this.baseOffset = baseOffset;
    this.error = error;
    this.#builder = null;
    this.#bytes = null;
  }

  /**
   * Two or more batches with the same records in the same order, each about half the size, queued to be sent. Sequences stay as they were,
   * because the broker refused the batch as a whole. Source: ProducerBatch.split
   */
  split(): ProducerBatch[] {
    const columns = decodeBatch(firstBatch(this.wireBytes()));
    const half = Math.ceil(columns.count / 2);
    return [this.#part(columns, 0, half), this.#part(columns, half, columns.count)];
  }

  #part(columns: ReturnType<typeof decodeBatch>, from: number, to: number): ProducerBatch {
    const part = new ProducerBatch({
      topic: this.topic,
      partition: this.partition,
      format: this.#format,
      // The parts share what the whole had reserved, and no record of it is refused.
      bytesMax: Infinity,
      reservedBytes: from === 0 ? this.reservedBytes : 0,
      createdMs: this.createdMs,
    });
    const { buffer, keyStart, keyEnd, valueStart, valueEnd, timestamps } = columns;
    for (let i = from; i < to; i += 1) {
      const key = slice(buffer, keyStart[i] ?? -1, keyEnd[i] ?? 0);
      const value = slice(buffer, valueStart[i] ?? -1, valueEnd[i] ?? 0);
      const headers = columns.headerCount[i] === 0 ? null : decodeHeaders(columns, i);
      if (!part.tryAppend(timestamps[i] ?? -1, key, value, headers, this.cookies[i])) throw new Error('A split batch refused a record');
    }
    part.state = 'queued';
    part.attempts = this.attempts;
    if (this.producer !== null && this.hasSequence) part.setSequence(this.producer, addToSequence(this.baseSequence, from));
    return part;
  }
}

function slice(buffer: Buffer, start: number, end: number): Buffer | null {
  return start < 0 ? null : buffer.subarray(start, end);
}

function firstBatch(bytes: Buffer): Parameters<typeof decodeBatch>[0] {
  for (const batch of readBatches(bytes)) return batch;
  throw new Error('The batch to split is not a record batch');
}
