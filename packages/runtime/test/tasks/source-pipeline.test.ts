import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Converter, DataError, Headers, type Schema, schema, type SourceRecord } from '@sluice/api';
import { SourcePipeline } from '../../src/tasks/source-pipeline.ts';
import type { Stage } from '../../src/tasks/stage.ts';
import { textConverter, textStages, transformationStage } from '../support/stages.ts';

describe('SourcePipeline', () => {
  it('takes a plain literal through the converters', () => {
    const pipeline = new SourcePipeline(textStages());
    assert.equal(pipeline.run([{ topic: 't', value: 'v' }], 0), 'converted');
    assert.deepEqual(
      [pipeline.topic, pipeline.partition, pipeline.timestamp, pipeline.key, pipeline.value, pipeline.headers],
      ['t', null, null, null, 'v', null],
    );
    const headers = Headers.of([{ key: 'h', schema: null, value: 5 }]);
    assert.equal(pipeline.run([{ topic: 'u', value: 'w', key: 'k', partition: 3, timestamp: 9, headers }], 0), 'converted');
    assert.deepEqual([pipeline.topic, pipeline.partition, pipeline.timestamp, pipeline.key, pipeline.value], ['u', 3, 9, 'k', 'w']);
    assert.deepEqual(pipeline.headers, [{ key: 'h', value: '5' }]);
  });

  it('runs transformations in order, with every field present, and stops at null', () => {
    const seen: unknown[] = [];
    const pipeline = new SourcePipeline(
      textStages({
        transformations: [
          transformationStage('rename', (record) => {
            seen.push(record);
            return { ...record, topic: `new-${record.topic}` };
          }),
          transformationStage('filter', (record) => (record.value === 'drop' ? null : record)),
        ],
      }),
    );
    const batch: SourceRecord[] = [
      { topic: 't', value: 'v' },
      { topic: 't', value: 'drop' },
    ];
    assert.equal(pipeline.run(batch, 0), 'converted');
    assert.equal(pipeline.topic, 'new-t');
    assert.equal(pipeline.run(batch, 1), 'dropped');
    assert.deepEqual(seen[0], {
      topic: 't',
      partition: null,
      keySchema: null,
      key: null,
      valueSchema: null,
      value: 'v',
      timestamp: null,
      headers: Headers.empty,
    });
  });

  it('applies a transformation where its predicate, or its negation, says so', () => {
    const mark = (negate: boolean): SourcePipeline =>
      new SourcePipeline(
        textStages({
          transformations: [
            transformationStage('mark', (record) => ({ ...record, value: `${String(record.value)}!` }), {
              predicate: { test: (record) => record.topic === 'yes' },
              negate,
            }),
          ],
        }),
      );
    const results = [false, true].flatMap((negate) =>
      ['yes', 'no'].map((topic) => {
        const pipeline = mark(negate);
        pipeline.run([{ topic, value: 'v' }], 0);
        return pipeline.value;
      }),
    );
    assert.deepEqual(results, ['v!', 'v', 'v', 'v!']);
  });

  it('names the stage that failed and goes on from there', async () => {
    let refuses = true;
    let transformed = 0;
    const key: Converter = {
      ...textConverter,
      fromConnectData(topic, keySchema, value) {
        if (refuses) throw new DataError('not yet');
        return textConverter.fromConnectData(topic, keySchema, value);
      },
    };
    const count = transformationStage('count', (record) => {
      transformed++;
      return record;
    });
    const pipeline = new SourcePipeline(textStages({ key, transformations: [count] }));
    assert.equal(pipeline.run([{ topic: 't', key: 'k', value: 'v' }], 0), 'failed');
    assert.deepEqual(pipeline.failure!.stage, { name: 'KEY_CONVERTER', class: 'test.TextConverter', alias: null });
    assert.equal((pipeline.failure!.error as Error).message, 'not yet');
    assert.equal(await pipeline.retry(), 'failed');
    refuses = false;
    assert.equal(await pipeline.retry(), 'converted');
    assert.deepEqual([pipeline.key, pipeline.value, transformed], ['k', 'v', 1]);
  });

  it('shows an observer what each stage makes of a record', () => {
    const stages: [string, unknown][] = [];
    const observer = (stage: Stage, output: unknown): void => void stages.push([stage.alias ?? stage.name, output]);
    const upper = transformationStage('upper', (record) => ({ ...record, value: String(record.value).toUpperCase() }));
    const pipeline = new SourcePipeline(textStages({ transformations: [upper] }), observer);
    pipeline.run([{ topic: 't', key: 'k', value: 'v' }], 0);
    assert.deepEqual(
      stages.map(([name]) => name),
      ['upper', 'HEADER_CONVERTER', 'KEY_CONVERTER', 'VALUE_CONVERTER'],
    );
    assert.equal((stages[0]![1] as { value: unknown }).value, 'V');
    assert.deepEqual(
      stages.slice(2).map(([, output]) => output),
      ['k', 'V'],
    );
  });

  it('lets a converter prepare once for a batch, with the schemas after the transformations', async () => {
    const prepared: [string, readonly (Schema | null)[]][] = [];
    const known = new Set<Schema | null>();
    const number = schema.int64();
    const value: Converter = {
      ...textConverter,
      prepareWrite: async (topic, schemas) => {
        prepared.push([topic, schemas]);
        for (const one of schemas) known.add(one);
      },
      fromConnectData: (_topic, valueSchema, data) => {
        if (!known.has(valueSchema)) throw new DataError('schema not in the cache');
        return String(data);
      },
    };
    let transformed = 0;
    const typed = transformationStage('typed', (record) => {
      transformed++;
      return record.value === 0 ? null : { ...record, topic: 'u', valueSchema: number };
    });
    const pipeline = new SourcePipeline(textStages({ value, transformations: [typed] }));
    const batch = [1, 0, 2].map((n) => ({ topic: 't', value: n }));
    await pipeline.prepare(batch);
    assert.deepEqual(prepared, [['u', [number]]]);
    assert.deepEqual(
      batch.map((_, index) => [pipeline.run(batch, index), pipeline.value]),
      [
        ['converted', '1'],
        ['dropped', '1'],
        ['converted', '2'],
      ],
    );
    assert.equal(transformed, 3);
  });

  it('fails the records whose preparation failed, for that reason, and prepares again with a retry', async () => {
    let isDown = true;
    let isKnown = false;
    const value: Converter = {
      ...textConverter,
      prepareWrite: async () => {
        if (isDown) throw new Error('registry is down');
        isKnown = true;
      },
      fromConnectData: (_topic, _schema, data) => {
        if (!isKnown) throw new DataError('schema not in the cache');
        return String(data);
      },
    };
    const pipeline = new SourcePipeline(textStages({ value }));
    const batch = [{ topic: 't', value: 1 }];
    await pipeline.prepare(batch);
    assert.equal(pipeline.run(batch, 0), 'failed');
    assert.equal((pipeline.failure!.error as Error).message, 'registry is down');
    isDown = false;
    assert.equal(await pipeline.retry(), 'converted');
  });
});
