import { type ConfigOf, defineConfig, string } from '@sluice/api';

export const config = defineConfig({
  file: string({ default: null, importance: 'high', doc: 'The file to append the records to; standard output where it is not set.' }),
});

/** Source: org.apache.kafka.connect.file.FileStreamSinkConnector */
export interface FileStreamSinkConfig extends ConfigOf<typeof config> {}
