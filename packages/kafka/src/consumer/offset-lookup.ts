import { errorInfo, kafkaError } from '@sluice/protocol';
import type { ConsumerClient } from './consumer-client.ts';
import { byTopic, partitionKey } from './topic-partition.ts';
import type { TopicPartition } from './topic-partition.ts';

export interface OffsetQuery extends TopicPartition {
  /** ms since the epoch, or -2 for the log's start, -1 for its end. */
  readonly timestamp: number;
}

export interface OffsetAnswer extends OffsetQuery {
  /** -1: no record has that timestamp or a later one. */
  readonly offset: number;
}

/** Ten and later ask the broker to wait; the shape is the same in these. */
const listOffsetsVersionMax = 9;

/**
 * Asks the leaders for offsets. Partitions whose leader is not known, or that answer with a passing error, are missing from the
 * result and their metadata is refreshed. Throws errors that stay. Source: OffsetFetcher
 */
export async function lookUpOffsets(
  client: ConsumerClient,
  queries: readonly OffsetQuery[],
  options: { isReadCommitted: boolean; timeoutMs: number; signal: AbortSignal },
): Promise<OffsetAnswer[]> {
  const byNode = new Map<number, OffsetQuery[]>();
  for (const query of queries) {
    const leader = client.metadata.leader(query.topic, query.partition);
    if (leader < 0) client.metadata.invalidate(query.topic);
    else byNode.set(leader, [...(byNode.get(leader) ?? []), query]);
  }
  const answers = await Promise.all([...byNode].map(([node, each]) => askNode(client, node, each, options)));
  return answers.flat();
}

async function askNode(
  client: ConsumerClient,
  node: number,
  queries: readonly OffsetQuery[],
  { isReadCommitted, timeoutMs, signal }: { isReadCommitted: boolean; timeoutMs: number; signal: AbortSignal },
): Promise<OffsetAnswer[]> {
  const topics = [...byTopic(queries)].map(([name, each]) => ({
    name,
    partitions: each.map(({ partition, timestamp }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp })),
  }));
  const body = { replicaId: -1, isolationLevel: isReadCommitted ? 1 : 0, topics };
  const response = await client
    .send(node, 'ListOffsets', body, { signal, timeoutMs, minVersion: 1, maxVersion: listOffsetsVersionMax })
    .catch((error: unknown) => {
      for (const topic of topics) client.metadata.invalidate(topic.name);
      throw error;
    });
  const timestamps = new Map(queries.map((query) => [partitionKey(query), query.timestamp]));
  const answers: OffsetAnswer[] = [];
  for (const topic of response.topics) {
    for (const { partitionIndex: partition, offset, errorCode } of topic.partitions) {
      const where = { topic: topic.name, partition };
      if (errorCode === 0) answers.push({ ...where, offset, timestamp: timestamps.get(partitionKey(where)) ?? 0 });
      else if (errorInfo(errorCode).retriable) client.metadata.invalidate(topic.name);
      else
        throw kafkaError(
          errorCode,
          errorInfo(errorCode).name === 'TOPIC_AUTHORIZATION_FAILED' ? `Not authorized to access topics: [${topic.name}]` : null,
        );
    }
  }
  return answers;
}
