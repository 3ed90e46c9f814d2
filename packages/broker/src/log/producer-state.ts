import { kafkaError } from '@sluice/protocol';
import type { KafkaError } from '@sluice/protocol';
import type { BatchHeader } from './batch-header.ts';

/** How many batches of a producer are remembered, to know one that is sent again: Kafka's limit of requests in flight. */
const BATCHES_KEPT = 5;
const MAX_SEQUENCE = 0x7fff_ffff;

interface AppendedBatch {
  firstSequence: number;
  lastSequence: number;
  baseOffset: number;
  lastOffset: number;
  timestamp: number;
}

interface Producer {
  epoch: number;
  /** Oldest first. */
  batches: AppendedBatch[];
  /** When the last batch came, by this broker's clock. */
  lastAppendMs: number;
}

/** A producer as it is kept on disk. */
export interface ProducerSnapshot {
  id: number;
  epoch: number;
  lastAppendMs: number;
  batches: AppendedBatch[];
}

/**
 * What one partition knows of its idempotent producers: the sequence numbers of their last batches.
 *
 * Source: KIP-98; org.apache.kafka.storage.internals.log.ProducerStateManager, ProducerAppendInfo
 */
export class ProducerState {
  readonly #producers = new Map<number, Producer>();

  get size(): number {
    return this.#producers.size;
  }

  /**
   * Says whether a batch may be appended: `null` yes; otherwise the batch has been appended before, and this is where.
   * Throws OUT_OF_ORDER_SEQUENCE_NUMBER or INVALID_PRODUCER_EPOCH.
   */
  check(header: BatchHeader, name: string): { baseOffset: number; lastOffset: number; timestamp: number } | null {
    const producer = this.#producers.get(header.producerId);
    if (header.producerId < 0 || producer === undefined) return null;
    if (header.producerEpoch < producer.epoch) {
      throw kafkaError(
        'INVALID_PRODUCER_EPOCH',
        `Epoch of producer ${header.producerId} for ${name} is ${header.producerEpoch}, which is smaller than the last seen epoch ${producer.epoch}.`,
      );
    }
    const last = producer.batches.at(-1);
    if (header.producerEpoch > producer.epoch || last === undefined) {
      if (header.baseSequence === 0 || last === undefined) return null;
      throw outOfOrder(
        header,
        name,
        `${header.baseSequence} (incoming seq. number) of a new epoch ${header.producerEpoch}, which must start at 0`,
      );
    }
    const lastSequence = addSequence(header.baseSequence, header.lastOffsetDelta);
    const duplicate = producer.batches.find((batch) => batch.firstSequence === header.baseSequence && batch.lastSequence === lastSequence);
    if (duplicate !== undefined) return duplicate;
    if (header.baseSequence === addSequence(last.lastSequence, 1)) return null;
    throw outOfOrder(header, name, `${header.baseSequence} (incoming seq. number), ${last.lastSequence} (current end sequence number)`);
  }

  /** Takes note of a batch that got `baseOffset`; also used to rebuild the state from the log. */
  append(header: BatchHeader, baseOffset: number, timestamp: number, now: number): void {
    if (header.producerId < 0 || header.isControl) return;
    let producer = this.#producers.get(header.producerId);
    if (producer === undefined || producer.epoch !== header.producerEpoch) {
      producer = { epoch: header.producerEpoch, batches: [], lastAppendMs: now };
      this.#producers.set(header.producerId, producer);
    }
    producer.lastAppendMs = now;
    producer.batches.push({
      firstSequence: header.baseSequence,
      lastSequence: addSequence(header.baseSequence, header.lastOffsetDelta),
      baseOffset,
      lastOffset: baseOffset + header.lastOffsetDelta,
      timestamp,
    });
    if (producer.batches.length > BATCHES_KEPT) producer.batches.shift();
  }

  /** Forgets producers that have been silent for longer than `producer.id.expiration.ms`. */
  expire(now: number, expirationMs: number): void {
    for (const [id, producer] of this.#producers) {
      if (now - producer.lastAppendMs > expirationMs) this.#producers.delete(id);
    }
  }

  snapshot(): ProducerSnapshot[] {
    return [...this.#producers].map(([id, { epoch, lastAppendMs, batches }]) => ({ id, epoch, lastAppendMs, batches: [...batches] }));
  }

  restore(snapshot: readonly ProducerSnapshot[]): void {
    this.#producers.clear();
    for (const { id, epoch, lastAppendMs, batches } of snapshot) this.#producers.set(id, { epoch, lastAppendMs, batches: [...batches] });
  }
}

/** Sequence numbers go from 2^31 − 1 back to 0. */
function addSequence(sequence: number, increment: number): number {
  const sum = sequence + increment;
  return sum > MAX_SEQUENCE ? sum - MAX_SEQUENCE - 1 : sum;
}

function outOfOrder(header: BatchHeader, name: string, what: string): KafkaError {
  return kafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `Out of order sequence number for producer ${header.producerId} in partition ${name}: ${what}.`,
  );
}
