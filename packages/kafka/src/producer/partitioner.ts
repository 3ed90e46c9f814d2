import { murmur2, toPositive } from '@sluice/protocol';
import type { Encoded } from './record-size.ts';

const scratchBytes = 1024;
let scratch: Buffer | null = null;

function keyBytes(key: Exclude<Encoded, null>): Uint8Array {
  if (typeof key !== 'string') return key;
  if (key.length * 3 > scratchBytes) return Buffer.from(key, 'utf8');
  scratch ??= Buffer.allocUnsafeSlow(scratchBytes);
  return scratch.subarray(0, scratch.write(key, 0, 'utf8'));
}

/** The partition that every Kafka client of Java's kind gives a key. Source: BuiltInPartitioner.partitionForKey */
export function partitionForKey(key: Exclude<Encoded, null>, partitionCount: number): number {
  return toPositive(murmur2(keyBytes(key))) % partitionCount;
}

/**
 * Where records without a key go: they stay with one partition for `batch.size` bytes, then move to another at random, so that
 * batches are full. Partitions without a leader are passed over as long as another has one.
 *
 * Source: KIP-794, BuiltInPartitioner without its adaptive part
 */
export class StickyPartitioner {
  readonly #batchBytes: number;
  readonly #random: () => number;
  #partition = -1;
  #bytes = 0;

  constructor(batchBytes: number, random: () => number) {
    this.#batchBytes = Math.max(1, batchBytes);
    this.#random = random;
  }

  partition(partitionCount: number, hasLeader: (partition: number) => boolean): number {
    if (this.#partition < 0 || this.#partition >= partitionCount) this.#switch(partitionCount, hasLeader);
    return this.#partition;
  }

  /** Counts what was appended to the partition in use. `batchEnded` says that it began a new batch, the cheap moment to switch. */
  appended(bytes: number, batchEnded: boolean): void {
    this.#bytes += bytes;
    if ((this.#bytes >= this.#batchBytes && batchEnded) || this.#bytes >= 2 * this.#batchBytes) this.#partition = -1;
  }

  #switch(partitionCount: number, hasLeader: (partition: number) => boolean): void {
    this.#bytes = 0;
    const start = Math.floor(this.#random() * partitionCount);
    for (let step = 0; step < partitionCount; step += 1) {
      const candidate = (start + step) % partitionCount;
      if (hasLeader(candidate)) {
        this.#partition = candidate;
        return;
      }
    }
    this.#partition = start;
  }
}
