import { attribute, layout, writeInt64 } from './batch-layout.ts';
import { crc32c } from './crc32c.ts';

/**
 * Gives a closed batch another producer id, epoch and first sequence, in place, and its checksum anew: what an
 * idempotent producer does with its unsent batches after its epoch rose.
 */
export function rewriteProducer(batch: Buffer, producer: { producerId: number; epoch: number; baseSequence: number }): void {
  writeInt64(batch, layout.producerId, producer.producerId);
  batch.writeInt16BE(producer.epoch, layout.producerEpoch);
  batch.writeInt32BE(producer.baseSequence, layout.baseSequence);
  writeCrc(batch);
}

/**
 * What a broker writes into a batch that it appends, in place: its offset and leader epoch, which the checksum does not
 * cover, and for LogAppendTime the time.
 */
export function stampBatch(batch: Buffer, stamp: { baseOffset: number; leaderEpoch: number; logAppendTime?: number }): void {
  writeInt64(batch, layout.baseOffset, stamp.baseOffset);
  batch.writeInt32BE(stamp.leaderEpoch, layout.leaderEpoch);
  if (stamp.logAppendTime === undefined) return;
  batch.writeInt16BE(batch.readInt16BE(layout.attributes) | attribute.logAppendTime, layout.attributes);
  writeInt64(batch, layout.maxTimestamp, stamp.logAppendTime);
  writeCrc(batch);
}

function writeCrc(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch.subarray(layout.attributes)), layout.crc);
}
