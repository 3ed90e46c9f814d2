export { fileStreamSink } from './file-stream-sink-connector.ts';
export type { FileStreamSinkConfig } from './file-stream-sink-config.ts';
export { FileStreamSinkTask } from './file-stream-sink-task.ts';
export { fileStreamSource } from './file-stream-source-connector.ts';
export type { FileStreamSourceConfig } from './file-stream-source-config.ts';
export { FileStreamSourceTask } from './file-stream-source-task.ts';
