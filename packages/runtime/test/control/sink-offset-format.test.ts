import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSinkOffsets } from '../../src/control/sink-offset-format.ts';

const partition = { kafka_topic: 't', kafka_partition: 1 };

test('numbers may be texts, a null offset removes, the last of two counts', () => {
  const parsed = parseSinkOffsets([
    { partition, offset: { kafka_offset: 1 } },
    { partition: { kafka_topic: 't', kafka_partition: '2' }, offset: { kafka_offset: '9' } },
    { partition: { kafka_topic: 'u', kafka_partition: 0 }, offset: null },
    { partition, offset: { kafka_offset: 3 } },
  ]);
  assert.deepEqual(parsed, [
    { topic: 't', partition: 1, offset: 3 },
    { topic: 't', partition: 2, offset: 9 },
    { topic: 'u', partition: 0, offset: null },
  ]);
});

const wrong: [partition: Record<string, unknown> | null, offset: Record<string, unknown> | null, message: string][] = [
  [null, null, 'The partition for a sink connector offset cannot be null or missing'],
  [{ kafka_topic: 't' }, null, "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'"],
  [{ kafka_topic: null, kafka_partition: 1 }, null, 'Kafka topic names must be valid strings and may not be null'],
  [{ kafka_topic: 't', kafka_partition: null }, null, 'Kafka partitions must be valid numbers and may not be null'],
  [
    { kafka_topic: 't', kafka_partition: 'x' },
    null,
    "Failed to parse the following Kafka partition value in the provided offsets: 'x'. Partition values for sink connectors need to be integers.",
  ],
  [partition, { other: 1 }, "The offset for a sink connector should either be null or contain the key 'kafka_offset'"],
  [
    partition,
    { kafka_offset: 1.5 },
    "Failed to parse the following Kafka offset value in the provided offsets: '1.5'. Offset values for sink connectors need to be integers.",
  ],
];

for (const [wrongPartition, offset, message] of wrong) {
  test(`sink offset ${JSON.stringify([wrongPartition, offset])} is a bad request`, () => {
    assert.throws(() => parseSinkOffsets([{ partition: wrongPartition, offset }]), { message, status: 400 });
  });
}
