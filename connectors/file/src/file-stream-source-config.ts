import { type ConfigOf, defineConfig, int, string } from '@sluice/api';

export const config = defineConfig({
  file: string({ default: null, importance: 'high', doc: 'The file to read lines from; standard input where it is not set.' }),
  topic: string({ nonEmpty: true, importance: 'high', doc: 'The topic to write the lines to.' }),
  'batch.size': int({ default: 2000, importance: 'low', doc: 'The most lines that go to the producer at once.' }),
});

/** Source: org.apache.kafka.connect.file.FileStreamSourceConnector */
export interface FileStreamSourceConfig extends ConfigOf<typeof config> {}
