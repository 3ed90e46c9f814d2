import { sinkConnector } from '@sluice/api';
import { config } from './file-stream-sink-config.ts';
import { FileStreamSinkTask } from './file-stream-sink-task.ts';

/**
 * Appends each record's value as a line to a file, or to standard output.
 *
 * Source: org.apache.kafka.connect.file.FileStreamSinkConnector
 */
export const fileStreamSink = sinkConnector({
  class: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
  aliases: ['FileStreamSink', 'FileStreamSinkConnector'],
  config,
  task: FileStreamSinkTask,

  connector({ config: { file }, log }) {
    log.info(`Starting file sink connector writing to ${file === null || file === '' ? 'standard output' : file}`);
    return { taskConfigs: (max) => Array.from({ length: max }, () => ({})) };
  },
});
