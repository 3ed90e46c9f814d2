import type { KafkaError } from '@sluice/protocol';
import { kafkaError, zeroUuid } from '@sluice/protocol';
import type { TopicMetadata } from '../client/cluster-types.ts';
import { TopicStore } from '../client/topic-store.ts';
import { isControllerError } from './admin-call.ts';
import type { AdminCall, AdminResult } from './admin-call.ts';

export interface NewTopic {
  readonly name: string;
  /** Default: the broker's `num.partitions`. */
  readonly numPartitions?: number | undefined;
  /** Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined;
  readonly configs?: Readonly<Record<string, string | null>> | undefined;
}

export interface CreatedTopic extends AdminResult {
  readonly name: string;
  readonly topicId: string | null;
  /** -1 where the broker does not say. */
  readonly numPartitions: number;
  readonly replicationFactor: number;
}

export interface DeletedTopic extends AdminResult {
  readonly name: string;
}

export interface DescribedTopic extends AdminResult {
  readonly name: string;
  /** `null` where there is an error. */
  readonly topic: TopicMetadata | null;
}

export interface ListedTopic {
  readonly name: string;
  readonly topicId: string | null;
  readonly isInternal: boolean;
}

/** The error of a code, `null` for none. */
export function errorOf(code: number, message?: string | null): KafkaError | null {
  return code === 0 ? null : kafkaError(code, message);
}

const idOf = (topicId: string): string | null => (topicId === zeroUuid || topicId === '' ? null : topicId);

export function createTopics(call: AdminCall, topics: readonly NewTopic[], validateOnly: boolean): Promise<CreatedTopic[]> {
  const wanted = new Map(topics.map((topic) => [topic.name, topic]));
  return call.each([...wanted.keys()], isControllerError, async (names) => {
    const body = {
      topics: names.map((name) => {
        const { numPartitions = -1, replicationFactor = -1, configs = {} } = wanted.get(name)!;
        return { name, numPartitions, replicationFactor, configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })) };
      }),
      timeoutMs: call.timeoutMs,
      validateOnly,
    };
    // Version 4 is the first in which the broker's defaults may be asked for.
    const usesDefaults = body.topics.some((topic) => topic.numPartitions < 0 || topic.replicationFactor < 0);
    const answer = await call.client.send(await call.controller(), 'CreateTopics', body, {
      signal: call.signal,
      ...(usesDefaults ? { minVersion: 4 } : {}),
    });
    return new Map(
      answer.topics.map((topic) => [
        topic.name,
        {
          name: topic.name,
          topicId: idOf(topic.topicId),
          numPartitions: topic.numPartitions,
          replicationFactor: topic.replicationFactor,
          error: errorOf(topic.errorCode, topic.errorMessage),
        },
      ]),
    );
  });
}

export function deleteTopics(call: AdminCall, topicNames: readonly string[]): Promise<DeletedTopic[]> {
  return call.each(topicNames, isControllerError, async (names) => {
    const answer = await call.client.send(
      await call.controller(),
      'DeleteTopics',
      (version) => ({ ...(version < 6 ? { topicNames: names } : { topics: names.map((name) => ({ name })) }), timeoutMs: call.timeoutMs }),
      { signal: call.signal },
    );
    return new Map(
      answer.responses.map((topic) => [topic.name ?? '', { name: topic.name ?? '', error: errorOf(topic.errorCode, topic.errorMessage) }]),
    );
  });
}

export async function createPartitions(call: AdminCall, counts: Readonly<Record<string, number>>): Promise<DeletedTopic[]> {
  return call.each(Object.keys(counts), isControllerError, async (names) => {
    const body = { topics: names.map((name) => ({ name, count: counts[name]!, assignments: null })), timeoutMs: call.timeoutMs };
    const answer = await call.client.send(await call.controller(), 'CreatePartitions', body, { signal: call.signal });
    return new Map(answer.results.map((topic) => [topic.name, { name: topic.name, error: errorOf(topic.errorCode, topic.errorMessage) }]));
  });
}

/** Does not wait for a topic that is not there: its error is UNKNOWN_TOPIC_OR_PARTITION. */
export function describeTopics(call: AdminCall, topicNames: readonly string[]): Promise<DescribedTopic[]> {
  // To a describe call the broker's "unknown" is an answer, though it is retriable to a producer.
  const isPassing = (error: KafkaError): boolean => error.retriable && error.errorName !== 'UNKNOWN_TOPIC_OR_PARTITION';
  return call.each(topicNames, isPassing, async (names) => {
    const body = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false };
    const answer = await call.client.send('any', 'Metadata', body, { signal: call.signal, minVersion: 4 });
    const store = new TopicStore();
    store.apply(answer.topics);
    return new Map(
      answer.topics.map(({ name, errorCode }) => [
        name ?? '',
        { name: name ?? '', topic: store.get(name ?? ''), error: errorOf(errorCode) },
      ]),
    );
  });
}

export function listTopics(call: AdminCall, includeInternal: boolean): Promise<ListedTopic[]> {
  return call.attempt(async () => {
    const answer = await call.client.send(
      'any',
      'Metadata',
      { topics: null, allowAutoTopicCreation: false },
      { signal: call.signal, minVersion: 4 },
    );
    return answer.topics
      .filter((topic) => topic.name !== null && topic.errorCode === 0 && (includeInternal || !topic.isInternal))
      .map((topic) => ({ name: topic.name!, topicId: idOf(topic.topicId), isInternal: topic.isInternal }));
  });
}
