import type { TestContext } from 'node:test';
import { errorInfo } from '@sluice/protocol';
import type { Requests, Responses, Input } from '@sluice/protocol';
import { startBroker } from '../../src/index.ts';
import type { BrokerOptions, RunningBroker } from '../../src/index.ts';
import { memoryLog } from './fixtures.ts';
import { RawClient } from './raw-client.ts';

export interface TestBroker {
  broker: RunningBroker;
  client: RawClient;
  lines: string[];
}

/** A broker on a free port with a client, both ended with the test. */
export async function startTestBroker(t: TestContext, options: BrokerOptions = {}): Promise<TestBroker> {
  const log = memoryLog();
  const broker = await startBroker({ listen: '127.0.0.1:0', log, ...options });
  const client = await RawClient.connect(broker.port);
  t.after(async () => {
    client.close();
    await broker.close();
  });
  return { broker, client, lines: log.lines };
}

export async function createTopic(
  client: RawClient,
  name: string,
  config: Record<string, string> = {},
  numPartitions = 1,
): Promise<string> {
  const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
  const { topics } = await client.send('CreateTopics', { topics: [{ name, numPartitions, replicationFactor: 1, configs }] });
  const [topic] = topics;
  if (topic === undefined || topic.errorCode !== 0) throw new Error(`${errorInfo(topic?.errorCode ?? -1).name}: ${topic?.errorMessage}`);
  return topic.topicId;
}

type ProduceResult = Responses['Produce']['responses'][number]['partitionResponses'][number];

/** Appends a batch by topic name. */
export async function produce(
  client: RawClient,
  topic: string,
  records: Buffer,
  options: { acks?: number; index?: number } = {},
): Promise<ProduceResult> {
  const { acks = -1, index = 0 } = options;
  const { responses } = await client.send(
    'Produce',
    { acks, timeoutMs: 1000, topicData: [{ name: topic, partitionData: [{ index, records }] }] },
    12,
  );
  const result = responses[0]?.partitionResponses[0];
  if (result === undefined) throw new Error('No answer for the partition.');
  return result;
}

type FetchResult = Responses['Fetch']['responses'][number]['partitions'][number];

/** Fetches one partition by topic name. */
export async function fetch(
  client: RawClient,
  topic: string,
  fetchOffset: number,
  options: Input<Requests['Fetch']> & { partitionMaxBytes?: number } = {},
): Promise<FetchResult> {
  const { partitionMaxBytes = 1 << 20, ...request } = options;
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes }];
  const { responses } = await client.send('Fetch', { maxWaitMs: 0, minBytes: 1, ...request, topics: [{ topic, partitions }] }, 12);
  const result = responses[0]?.partitions[0];
  if (result === undefined) throw new Error('No answer for the partition.');
  return result;
}

export function errorName(code: number): string {
  return errorInfo(code).name;
}
