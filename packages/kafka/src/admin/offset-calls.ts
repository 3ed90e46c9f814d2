import { errors } from '@sluice/protocol';
import { isRetriable } from '../errors.ts';
import type { AdminCall, AdminResult } from './admin-call.ts';
import type { TopicPartition } from './group-calls.ts';
import { errorOf } from './topic-calls.ts';

/** Which offset: the first, the next to be written, or the first whose record is not older than a time in ms since the epoch. */
export type OffsetSpec = 'earliest' | 'latest' | number;

export interface OffsetQuery extends TopicPartition {
  readonly spec: OffsetSpec;
}

export interface ListedOffset extends TopicPartition, AdminResult {
  /** -1 where no record is so young. */
  readonly offset: number;
  /** Of the record that a time led to, else -1. */
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

const timestamps = { latest: -1, earliest: -2 } as const;
const isolationLevels = { read_uncommitted: 0, read_committed: 1 } as const;

export async function listOffsets(
  call: AdminCall,
  queries: readonly OffsetQuery[],
  isolationLevel: keyof typeof isolationLevels,
): Promise<ListedOffset[]> {
  const wanted = new Map(queries.map((query) => [`${query.partition} ${query.topic}`, query]));
  const topics = [...new Set(queries.map((query) => query.topic))];
  return call.each([...wanted.keys()], isRetriable, async (keys) => {
    await call.client.metadata.refresh(topics, call.signal);
    const byLeader = Map.groupBy(keys, (key) => call.client.metadata.leader(wanted.get(key)!.topic, wanted.get(key)!.partition));
    const results = await Promise.all(
      [...byLeader].map(async ([leader, some]) => {
        const asked = some.map((key) => wanted.get(key)!);
        return leader < 0 ? withoutLeader(call, asked) : askLeader(call, leader, asked, isolationLevels[isolationLevel]);
      }),
    );
    return new Map(results.flat().map((result) => [`${result.partition} ${result.topic}`, result]));
  });
}

function withoutLeader(call: AdminCall, queries: readonly OffsetQuery[]): ListedOffset[] {
  return queries.map(({ topic, partition }) => {
    const isKnown = call.client.metadata.topic(topic) !== null;
    const error = errorOf(isKnown ? errors.LEADER_NOT_AVAILABLE.code : errors.UNKNOWN_TOPIC_OR_PARTITION.code);
    return { topic, partition, offset: -1, timestamp: -1, leaderEpoch: -1, error };
  });
}

async function askLeader(
  call: AdminCall,
  leader: number,
  queries: readonly OffsetQuery[],
  isolationLevel: number,
): Promise<ListedOffset[]> {
  const topics = [...Map.groupBy(queries, (query) => query.topic)].map(([name, entries]) => ({
    name,
    partitions: entries.map(({ partition, spec }) => ({
      partitionIndex: partition,
      timestamp: typeof spec === 'number' ? spec : timestamps[spec],
    })),
  }));
  const answer = await call.client.send(
    leader,
    'ListOffsets',
    { replicaId: -1, isolationLevel, topics },
    { signal: call.signal, minVersion: 2 },
  );
  return answer.topics.flatMap((topic) =>
    topic.partitions.map((entry) => ({
      topic: topic.name,
      partition: entry.partitionIndex,
      offset: entry.offset,
      timestamp: Number(entry.timestamp),
      leaderEpoch: entry.leaderEpoch,
      error: errorOf(entry.errorCode),
    })),
  );
}
