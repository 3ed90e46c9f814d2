import { decodeBatch, readBatches } from '@sluice/protocol';
import { readBatchHeader } from '../../src/log/batch-header.ts';
import type { AppendResult, PartitionLog } from '../../src/log/partition-log.ts';

export function append(log: PartitionLog, batch: Buffer): Promise<AppendResult> {
  return log.append(readBatchHeader(batch, 0), batch);
}

export interface ReadRecord {
  offset: number;
  value: string;
}

export function decodeRecords(records: Buffer): ReadRecord[] {
  return [...readBatches(records)].flatMap((batch) => {
    const { buffer, count, offsets, valueStart, valueEnd } = decodeBatch(batch);
    return Array.from({ length: count }, (_, i) => ({
      offset: offsets[i] ?? -1,
      value: buffer.toString('utf8', valueStart[i], valueEnd[i]),
    }));
  });
}

/** All records from `from` on, read in pieces of `maxBytes`. */
export async function readAll(log: PartitionLog, from = log.logStartOffset, maxBytes = 1 << 20): Promise<ReadRecord[]> {
  const all: ReadRecord[] = [];
  for (let offset = from; offset < log.highWatermark;) {
    const { records, nextOffset } = await log.read(offset, maxBytes, true);
    all.push(...decodeRecords(records).filter((record) => record.offset >= from));
    offset = nextOffset;
  }
  return all;
}
