import { spawnSync } from 'node:child_process';
import { ClientSettings, Consumer, KafkaClient, silentLog } from '@sluice/kafka';
import { decodeHeaders } from '@sluice/protocol';
import { services } from '../../tools/services/services.ts';
import { waitFor } from './process.ts';

/** One record of a topic, its bytes as text. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

interface KcatMessage {
  partition: number;
  offset: number;
  key: string | null;
  payload: string | null;
  headers?: string[];
}

/** Everything in the first partition of a topic: read by kcat where it is, a program that we did not write; by our own consumer elsewhere. */
export async function readTopic(bootstrapServers: string, topic: string): Promise<TopicRecord[]> {
  return services().kcat.present ? readWithKcat(bootstrapServers, topic) : readWithOurs(bootstrapServers, topic);
}

function readWithKcat(bootstrapServers: string, topic: string): TopicRecord[] {
  const { status, stdout, stderr } = spawnSync(
    'kcat',
    ['-b', bootstrapServers, '-C', '-t', topic, '-p', '0', '-o', 'beginning', '-e', '-q', '-J'],
    { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60_000 },
  );
  if (status !== 0) throw new Error(`kcat ended with ${status}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as KcatMessage)
    .map(({ partition, offset, key, payload, headers = [] }) => ({
      partition,
      offset,
      key,
      value: payload,
      headers: headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? null] as const] : [])),
    }));
}

async function readWithOurs(bootstrapServers: string, topic: string): Promise<TopicRecord[]> {
  const settings = ClientSettings.forConsumer({ 'bootstrap.servers': bootstrapServers, 'auto.offset.reset': 'earliest' }, silentLog);
  const client = new KafkaClient(settings, { log: silentLog });
  await client.connect();
  const consumer = new Consumer(client, settings, { log: silentLog });
  const records: TopicRecord[] = [];
  try {
    consumer.assign([{ topic, partition: 0 }]);
    let quiet = 0;
    await waitFor(`${topic} is read to its end`, async () => {
      const batches = await consumer.poll(500);
      quiet = batches.length === 0 ? quiet + 1 : 0;
      for (const { columns, from, to, partition } of batches) {
        const slice = (start: number, end: number): string | null => (start < 0 ? null : columns.buffer.toString('utf8', start, end));
        for (let i = from; i < to; i++) {
          records.push({
            partition,
            offset: columns.offsets[i]!,
            key: slice(columns.keyStart[i]!, columns.keyEnd[i]!),
            value: slice(columns.valueStart[i]!, columns.valueEnd[i]!),
            headers: decodeHeaders(columns, i).map(({ key, value }) => [key, value === null ? null : value.toString()] as const),
          });
        }
      }
      return records.length > 0 && quiet >= 2;
    });
  } finally {
    await consumer.close({ timeoutMs: 1000 });
    await client.close();
  }
  return records;
}
