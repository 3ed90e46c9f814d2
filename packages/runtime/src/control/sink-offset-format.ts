import type { ConnectorOffset } from './herder.ts';
import { BadRequestError } from './rest-errors.ts';

const keys = { topic: 'kafka_topic', partition: 'kafka_partition', offset: 'kafka_offset' } as const;

/** A committed offset of a consumer group; a null removes it. */
export interface SinkOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | null;
}

/** As REST shows it. */
export function sinkConnectorOffset(topic: string, partition: number, offset: number): ConnectorOffset {
  return { partition: { [keys.topic]: topic, [keys.partition]: partition }, offset: { [keys.offset]: offset } };
}

/**
 * Offsets of a request as a group's. Numbers may be texts; of two for one partition the last counts.
 *
 * Source: org.apache.kafka.connect.util.SinkUtils.parseSinkConnectorOffsets
 * @throws BadRequestError
 */
export function parseSinkOffsets(offsets: readonly ConnectorOffset[]): SinkOffset[] {
  const parsed = new Map<string, SinkOffset>();
  for (const { partition, offset } of offsets) {
    if (partition === null) throw new BadRequestError('The partition for a sink connector offset cannot be null or missing');
    if (!Object.hasOwn(partition, keys.topic) || !Object.hasOwn(partition, keys.partition)) {
      throw new BadRequestError(`The partition for a sink connector offset must contain the keys '${keys.topic}' and '${keys.partition}'`);
    }
    const topic = partition[keys.topic];
    if (topic === null || topic === undefined) throw new BadRequestError('Kafka topic names must be valid strings and may not be null');
    const number = parsePartition(partition[keys.partition]);
    const entry = { topic: text(topic), partition: number, offset: offset === null ? null : parseOffset(offset) };
    parsed.set(`${entry.topic}\u0000${number}`, entry);
  }
  return [...parsed.values()];
}

function parsePartition(value: unknown): number {
  if (value === null || value === undefined) throw new BadRequestError('Kafka partitions must be valid numbers and may not be null');
  const number = wholeNumber(value);
  if (number !== null && Math.abs(number) <= 0x7fffffff) return number;
  throw new BadRequestError(
    `Failed to parse the following Kafka partition value in the provided offsets: '${text(value)}'. Partition values for sink connectors need to be integers.`,
  );
}

function parseOffset(offset: Readonly<Record<string, unknown>>): number {
  if (!Object.hasOwn(offset, keys.offset)) {
    throw new BadRequestError(`The offset for a sink connector should either be null or contain the key '${keys.offset}'`);
  }
  const value = offset[keys.offset];
  const number = wholeNumber(value);
  if (number !== null) return number;
  throw new BadRequestError(
    `Failed to parse the following Kafka offset value in the provided offsets: '${text(value)}'. Offset values for sink connectors need to be integers.`,
  );
}

function wholeNumber(value: unknown): number | null {
  const shown = text(value);
  return /^[+-]?\d+$/.test(shown) && Number.isSafeInteger(Number(shown)) ? Number(shown) : null;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null');
}
