import type { Properties } from '../compat/harness/workers.ts';

/** One line of the benchmark's table: what the worker runs, and where its records are counted. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** Records of one run, and how many of them are warm-up. */
  readonly records: number;
  readonly warmup: number;
  /** `topic`: by the end offset of the topic; `sink`: by what the sink says it was given. */
  readonly counted: 'topic' | 'sink';
  readonly worker: Properties;
  connector(run: { topic: string; records: number; countFile: string }): Properties;
}

const string = 'org.apache.kafka.connect.storage.StringConverter';
const json = 'org.apache.kafka.connect.json.JsonConverter';

export const rows: readonly Row[] = [
  {
    name: 'source-string',
    title: 'source, string',
    records: 8_000_000,
    warmup: 2_000_000,
    counted: 'topic',
    worker: { 'key.converter': string, 'value.converter': string },
    connector: ({ topic, records }) => ({
      name: 'bench',
      'connector.class': 'GeneratorSource',
      topic,
      records: String(records),
    }),
  },
  {
    name: 'sink-json',
    title: 'sink, JSON without schemas',
    records: 8_000_000,
    warmup: 2_000_000,
    counted: 'sink',
    worker: { 'key.converter': string, 'value.converter': json, 'value.converter.schemas.enable': 'false' },
    connector: ({ topic, countFile }) => ({
      name: 'bench',
      'connector.class': 'CountingSink',
      topics: topic,
      'count.file': countFile,
    }),
  },
];
