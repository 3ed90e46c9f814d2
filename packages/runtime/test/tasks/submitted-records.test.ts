import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type SubmittedRecord, SubmittedRecords } from '../../src/tasks/submitted-records.ts';

const record = (partition: string | null, offset: number | null | undefined) => ({
  topic: 't',
  value: 'v',
  sourcePartition: partition === null ? null : { file: partition },
  ...(offset !== undefined && { sourceOffset: offset === null ? null : { position: offset } }),
});

describe('SubmittedRecords', () => {
  it('commits the last offset of the acknowledged run, whatever the order of the acknowledgements', () => {
    const submitted = new SubmittedRecords();
    const [a, b, c] = [1, 2, 3].map((offset) => submitted.submit(record('f', offset)));
    submitted.ack(b!);
    assert.deepEqual(submitted.takeCommittable(), []);
    submitted.ack(a!);
    assert.deepEqual(submitted.takeCommittable(), [{ partition: { file: 'f' }, offset: { position: 2 } }]);
    submitted.ack(c!);
    submitted.ack(c!);
    assert.equal(submitted.pending, 0);
    assert.deepEqual(submitted.takeCommittable(), [{ partition: { file: 'f' }, offset: { position: 3 } }]);
    assert.deepEqual(submitted.takeCommittable(), []);
  });

  it('holds back only the source partition of a record that is never acknowledged', () => {
    const submitted = new SubmittedRecords();
    submitted.submit(record('stuck', 1));
    submitted.ack(submitted.submit(record('stuck', 2)));
    submitted.ack(submitted.submit(record('fine', 7)));
    assert.deepEqual(submitted.takeCommittable(), [{ partition: { file: 'fine' }, offset: { position: 7 } }]);
    assert.equal(submitted.pending, 1);
  });

  it('takes partitions that are equal as JSON for one', () => {
    const submitted = new SubmittedRecords();
    const first = submitted.submit({ topic: 't', value: 1, sourcePartition: { a: 1, b: { c: 2, d: 3 } }, sourceOffset: { n: 1 } });
    const second = submitted.submit({ topic: 't', value: 1, sourcePartition: { b: { d: 3, c: 2 }, a: 1 }, sourceOffset: { n: 2 } });
    submitted.ack(second);
    assert.deepEqual(submitted.takeCommittable(), []);
    submitted.ack(first);
    assert.deepEqual(submitted.takeCommittable(), [{ partition: { a: 1, b: { c: 2, d: 3 } }, offset: { n: 2 } }]);
  });

  it('takes back the record that the producer did not take', () => {
    const submitted = new SubmittedRecords();
    const first = submitted.submit(record('f', 1));
    submitted.remove(submitted.submit(record('f', 2)));
    submitted.ack(first);
    assert.deepEqual(submitted.takeCommittable(), [{ partition: { file: 'f' }, offset: { position: 1 } }]);
    assert.equal(submitted.pending, 0);
  });

  it('goes on with a partition whose queue was empty and dropped, by the same object and by an equal one', () => {
    const submitted = new SubmittedRecords();
    const partition = { file: 'f' };
    for (let position = 1; position <= 3; position++) {
      submitted.ack(
        submitted.submit({
          topic: 't',
          value: 1,
          sourcePartition: position === 3 ? { ...partition } : partition,
          sourceOffset: { position },
        }),
      );
      assert.deepEqual(submitted.takeCommittable(), [{ partition, offset: { position } }]);
    }
  });

  it('commits null where the offset is null, and nothing where there is no partition or no offset', () => {
    const submitted = new SubmittedRecords();
    submitted.ack(submitted.submit(record('f', 1)));
    submitted.ack(submitted.submit(record('f', undefined)));
    submitted.ack(submitted.submit(record(null, 1)));
    submitted.ack(submitted.submit(record('g', null)));
    assert.deepEqual(submitted.takeCommittable(), [
      { partition: { file: 'f' }, offset: { position: 1 } },
      { partition: { file: 'g' }, offset: null },
    ]);
  });

  it('never commits past a record that is not acknowledged, and everything in the end', () => {
    const partitions = ['a', 'b', 'c'];
    fc.assert(
      fc.property(
        fc.array(fc.nat(2), { maxLength: 3000, size: 'max' }),
        fc.infiniteStream(fc.nat()),
        fc.nat(9),
        (sources, choices, takeEvery) => {
          const submitted = new SubmittedRecords();
          const open: { entry: SubmittedRecord; partition: number; position: number }[] = [];
          const committed = [0, 0, 0];
          const next = [0, 0, 0];
          const take = (): void => {
            for (const { partition, offset } of submitted.takeCommittable()) {
              const index = partitions.indexOf((partition as { file: string }).file);
              const { position } = offset as { position: number };
              assert.ok(position > committed[index]!, 'commits go forwards');
              const oldestOpen = Math.min(...open.filter((one) => one.partition === index).map((one) => one.position));
              assert.ok(position < oldestOpen, `committed ${position}, but ${oldestOpen} is not acknowledged`);
              committed[index] = position;
            }
            assert.equal(submitted.pending, open.length);
          };
          let step = 0;
          const ackOne = (): void => {
            const [{ entry }] = open.splice(choices.next().value! % open.length, 1) as [(typeof open)[0]];
            submitted.ack(entry);
            if (step++ % (takeEvery + 1) === 0) take();
          };
          for (const partition of sources) {
            const position = ++next[partition]!;
            open.push({ entry: submitted.submit(record(partitions[partition]!, position)), partition, position });
            while (open.length > 5 && choices.next().value! % 2 === 0) ackOne();
          }
          while (open.length > 0) ackOne();
          take();
          assert.deepEqual(committed, next);
        },
      ),
      { numRuns: 60 },
    );
  });
});
