import * as fs from 'node:fs';
import type { BrokerLog } from '../broker-options.ts';
import type { BatchHeader } from './batch-header.ts';
import { readProducers, removeProducers } from './log-checkpoints.ts';
import type { ProducerState } from './producer-state.ts';
import { Segment, segmentBaseOffset } from './segment.ts';

export interface RecoveryOptions {
  directory: string;
  /** For messages. */
  name: string;
  indexIntervalBytes: number;
  log: BrokerLog;
  now: number;
  /** Filled. */
  producers: ProducerState;
}

/**
 * Takes up the segments in a log's directory, in order, and what is known of producers: from their file as far as that goes, and from the batches after it.
 * What a crash tore off the end is cut off, and said.
 */
export async function recoverLog(options: RecoveryOptions): Promise<{ segments: Segment[]; producersKnownTo: number }> {
  const snapshot = readProducers(options.directory);
  options.producers.restore(snapshot?.producers ?? []);
  const producersKnownTo = snapshot?.offset ?? 0;
  const segments = await recoverSegments(options, producersKnownTo);
  if (producersKnownTo <= (segments.at(-1)?.nextOffset ?? 0)) return { segments, producersKnownTo };
  // The file is of offsets that the log has lost with the machine: only the log itself tells.
  removeProducers(options.directory);
  options.producers.restore([]);
  for (const segment of segments) await segment.close();
  return { segments: await recoverSegments(options, 0), producersKnownTo: 0 };
}

async function recoverSegments(options: RecoveryOptions, producersKnownTo: number): Promise<Segment[]> {
  const { directory, name, indexIntervalBytes, log, now, producers } = options;
  const bases = fs.readdirSync(directory).flatMap((file) => segmentBaseOffset(file) ?? []);
  const segments: Segment[] = [];
  const onBatch = (header: BatchHeader): void => {
    if (header.baseOffset < producersKnownTo) return;
    producers.append(header, header.baseOffset, header.isLogAppendTime ? header.maxTimestamp : -1, now);
  };
  for (const base of bases.toSorted((a, b) => a - b)) {
    const segment = new Segment(directory, base, { indexIntervalBytes, now });
    const { bytesCut, problem } = await segment.recover({ replayFrom: producersKnownTo, onBatch });
    if (problem !== null) {
      const what =
        bytesCut === 0
          ? 'It is left as it is.'
          : `The last ${bytesCut} bytes are cut off: they were never acknowledged, unless the machine itself failed.`;
      log.warn(`Log of ${name}, segment ${segment.path}: ${problem}. ${what}`);
    }
    segments.push(segment);
  }
  return segments;
}
