import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerConfig } from '../../src/config/broker-config.ts';
import { OffsetsLog, type OffsetsRecord } from '../../src/groups/offsets-log.ts';
import { MetadataStore } from '../../src/topics/metadata-store.ts';
import { OFFSETS_TOPIC } from '../../src/topics/topic-name.ts';
import { Topics } from '../../src/topics/topics.ts';
import { memoryLog, temporaryDirectory } from '../support/fixtures.ts';

test('the log of offsets is written anew when it has grown, and says the same after it', async () => {
  const dataDir = temporaryDirectory();
  const log = memoryLog();
  const open = (): Promise<Topics> =>
    Topics.open({ dataDir, store: new MetadataStore(dataDir), config: new BrokerConfig({}), log, now: () => 1000 });
  let topics = await open();
  const rewriteBytes = 4096;
  const offsets = new OffsetsLog(topics, () => 1000, rewriteBytes);
  const live = new Map<string, string>();
  const records = (entries: Iterable<[string, string]>): OffsetsRecord[] =>
    [...entries].map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value) }));
  for (let commit = 0; commit < 400; commit++) {
    const entry: [string, string] = [`group-${commit % 7}`, `offset ${commit}`];
    live.set(...entry);
    // A commit that is under way while the log is written anew is in neither the old part nor lost.
    const [, , racing] = await Promise.all([
      offsets.append(records([entry])),
      offsets.rewrite(() => records(live)),
      offsets.append(records([['racing', String(commit)]])),
    ]);
    assert.equal(racing, undefined);
    live.set('racing', String(commit));
    await offsets.rewrite(() => records(live));
  }
  const { logs } = topics.get(OFFSETS_TOPIC)!;
  assert.ok(logs[0]!.logStartOffset > 0, 'the old part is gone');
  assert.ok(logs[0]!.sizeInBytes < rewriteBytes * 3, `${logs[0]!.sizeInBytes} bytes are left`);
  await topics.close();

  topics = await open();
  const read = new Map<string, string>();
  await new OffsetsLog(topics, () => 1000).load((key, value) => void read.set(key.toString(), value!.toString()));
  assert.deepEqual(Object.fromEntries(read), Object.fromEntries(live));
  await topics.close();
});
