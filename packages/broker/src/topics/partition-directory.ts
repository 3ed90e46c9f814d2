import * as fs from 'node:fs';
import { join } from 'node:path';
import type { BrokerLog } from '../broker-options.ts';

// The directory of a partition is `topic-partition.id`: a topic that is deleted and created again has another id, so that what a crash
// left of the old one is never taken for the new one. The metadata file alone says which of them count.

const PATTERN = /-\d+\.[\w-]{22}$/;
const STRAY = '.stray';

export function partitionDirectory(dataDir: string, topic: { name: string; id: string }, partition: number): string {
  return join(dataDir, `${topic.name}-${partition}.${topic.id}`);
}

/** Whether a name in the data directory is that of a partition. */
export function isPartitionDirectory(name: string): boolean {
  return PATTERN.test(name);
}

/**
 * Looks through the data directory before the logs are opened: partitions that the metadata does not know are removed where they are empty, and set aside
 * (and said in the log) where they are not. A crash while a topic was created or deleted leaves such.
 */
export function tidyDataDirectory(
  dataDir: string,
  topics: Iterable<{ name: string; id: string; partitions: number }>,
  log: BrokerLog,
): void {
  const known = new Set<string>();
  for (const topic of topics) {
    for (let partition = 0; partition < topic.partitions; partition++) known.add(partitionDirectory(dataDir, topic, partition));
  }
  for (const entry of fs.readdirSync(dataDir)) {
    const directory = join(dataDir, entry);
    if (!isPartitionDirectory(entry) || known.has(directory)) continue;
    if (segmentBytes(directory) === 0) {
      fs.rmSync(directory, { recursive: true, force: true });
      continue;
    }
    fs.renameSync(directory, directory + STRAY);
    log.warn(
      `${directory} belongs to no topic (a crash while a topic was deleted leaves that): it is set aside as ${entry}${STRAY} and may be removed.`,
    );
  }
}

/** Bytes of the segments in a partition's directory. */
function segmentBytes(directory: string): number {
  let bytes = 0;
  for (const file of fs.readdirSync(directory)) {
    if (file.endsWith('.log')) bytes += fs.statSync(join(directory, file)).size;
  }
  return bytes;
}
