import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Converter, DataError, TopicPartition } from '@sluice/api';
import { SinkPipeline, type SinkPipelineOptions } from '../../src/tasks/sink-pipeline.ts';
import { fetched, testHeaders } from '../support/fake-consumer.ts';
import { textConverter, textStages, transformationStage } from '../support/stages.ts';

const build = (stages = textStages(), options: Partial<SinkPipelineOptions> = {}): SinkPipeline =>
  new SinkPipeline(stages, { decodeHeaders: testHeaders, ...options });

describe('SinkPipeline', () => {
  it('makes a record of one shape from the columns', () => {
    const pipeline = build();
    void pipeline.begin(
      fetched('t', 2, [
        { key: 'k', value: 'v', offset: 7, timestamp: 99, headers: [{ key: 'h', value: Buffer.from('x') }] },
        { key: null, value: null, offset: 9 },
      ]),
    );
    assert.equal(pipeline.run(0), 'converted');
    const { headers, ...record } = pipeline.record!;
    assert.deepEqual(record, {
      topic: 't',
      partition: 2,
      keySchema: null,
      key: 'k',
      valueSchema: null,
      value: 'v',
      timestamp: 99,
      source: TopicPartition.of('t', 2),
      offset: 7,
      timestampType: 'CreateTime',
    });
    assert.deepEqual(headers.toArray(), [{ key: 'h', schema: null, value: 'x' }]);
    assert.equal(pipeline.run(1), 'converted');
    assert.deepEqual(
      [pipeline.record!.key, pipeline.record!.value, pipeline.record!.timestamp, pipeline.record!.headers.size],
      [null, null, null, 0],
    );
  });

  it('keeps where the record was read, whatever a transformation makes of its topic', () => {
    const pipeline = build(
      textStages({ transformations: [transformationStage('rename', (record) => ({ ...record, topic: 'other', partition: null }))] }),
    );
    void pipeline.begin(fetched('t', 1, [{ value: 'v', offset: 3 }]));
    assert.equal(pipeline.run(0), 'converted');
    assert.equal(pipeline.record!.topic, 'other');
    assert.equal(pipeline.record!.source, TopicPartition.of('t', 1));
  });

  it('names the stage that failed, key before value', () => {
    const pipeline = build();
    void pipeline.begin(
      fetched('t', 0, [
        { key: 'bad key', value: 'bad value', offset: 0 },
        { key: 'k', value: 'bad value', offset: 1 },
      ]),
    );
    assert.equal(pipeline.run(0), 'failed');
    assert.equal(pipeline.failure!.stage.name, 'KEY_CONVERTER');
    assert.equal(pipeline.run(1), 'failed');
    assert.equal(pipeline.failure!.stage.name, 'VALUE_CONVERTER');
  });

  it('decodes headers when they are read, or at their stage where errors are tolerated', () => {
    const batch = fetched('t', 0, [{ value: 'v', offset: 0, headers: [{ key: 'h', value: 'bad' }] }]);
    const lazy = build();
    void lazy.begin(batch);
    assert.equal(lazy.run(0), 'converted');
    assert.throws(() => lazy.record!.headers.size, DataError);
    const eager = build(textStages(), { eagerHeaders: true });
    void eager.begin(batch);
    assert.equal(eager.run(0), 'failed');
    assert.equal(eager.failure!.stage.name, 'HEADER_CONVERTER');
  });

  it('goes on from the stage that failed', async () => {
    let refuses = true;
    let keys = 0;
    const key: Converter = {
      ...textConverter,
      toConnectData(...read) {
        keys++;
        return textConverter.toConnectData(...read);
      },
    };
    const late = transformationStage('late', (record) => {
      if (refuses) throw new DataError('not yet');
      return record;
    });
    const pipeline = build(textStages({ key, transformations: [late] }));
    void pipeline.begin(fetched('t', 0, [{ key: 'k', value: 'v', offset: 0 }]));
    assert.equal(pipeline.run(0), 'failed');
    assert.equal(pipeline.failure!.stage.alias, 'late');
    refuses = false;
    assert.equal(await pipeline.retry(), 'converted');
    assert.equal(keys, 1);
  });

  it('lets a converter prepare once for a batch, with all bytes', async () => {
    const prepared: string[][] = [];
    const value: Converter = {
      ...textConverter,
      prepareRead: async (topic, values) => void prepared.push([topic, ...values.map((bytes) => Buffer.from(bytes).toString())]),
    };
    const pipeline = build(textStages({ value }));
    const batch = fetched(
      't',
      0,
      ['a', 'b', null, 'c'].map((text, offset) => ({ value: text, offset })),
    );
    await pipeline.begin({ ...batch, from: 1 });
    assert.deepEqual(prepared, [['t', 'b', 'c']]);
  });
});
