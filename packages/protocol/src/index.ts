export { apis } from './generated/messages.ts';
export type { ApiInfo, ApiName, MessageName, Messages, Requests, Responses } from './generated/types.ts';
export {
  apiOfKey,
  correlationIdOf,
  decodeMessage,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeMessage,
  encodeRequest,
  encodeResponse,
  type DecodedHeader,
  type DecodedRequest,
  type Input,
  type RequestHeader,
} from './protocol.ts';
export { zeroUuid } from './defaults.ts';
export { FrameReader } from './frame-reader.ts';
export { errorInfo, errors, kafkaError, KafkaError, type ErrorInfo, type ErrorName } from './kafka-error.ts';
export { ProtocolError } from './protocol-error.ts';
export { BatchView, readBatches } from './records/batch-view.ts';
export { rewriteProducer, stampBatch } from './records/batch-edit.ts';
export type { CompressionType, EncodedHeader, TimestampType } from './records/batch-layout.ts';
export { crc32c } from './records/crc32c.ts';
export { RecordBatchBuilder, type BatchClosing, type RecordBatchOptions } from './records/record-batch-builder.ts';
export { decodeBatch, decodeHeaders, type RecordColumns } from './records/record-columns.ts';
export { murmur2, toPositive } from './murmur2.ts';
