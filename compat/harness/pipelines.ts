import type { Properties } from './workers.ts';

/** The pipeline file, topic, file of the sample configurations. */
export function filePipeline(input: string, output: string, topic = 'connect-test'): Properties[] {
  return [
    { name: 'local-file-source', 'connector.class': 'FileStreamSource', 'tasks.max': '1', file: input, topic },
    { name: 'local-file-sink', 'connector.class': 'FileStreamSink', 'tasks.max': '1', file: output, topics: topic },
  ];
}

/** Text as it stands, without a schema around it. */
export const stringConverters = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
};
