import { EncodedReply } from './handler.ts';

// Answers to Fetch are encoded by hand, because what they carry is large and is to reach the socket without being copied:
//
//   size int32 · correlationId int32 · (12+: no tagged fields) · throttleTimeMs int32 · (7+: errorCode int16 · sessionId int32) ·
//   topics array × { (−12: topic string; 13+: topicId uuid) · partitions array × {
//       index int32 · errorCode int16 · highWatermark int64 · lastStableOffset int64 · (5+: logStartOffset int64) · abortedTransactions array = null ·
//       (11+: preferredReadReplica int32 = −1) · records bytes · (12+: no tagged fields) } · (12+: no tagged fields) } · (12+: no tagged fields)
//
// From 12 on arrays, strings and bytes have a uvarint of their length + 1, before an int32 (strings: int16). Source: FetchResponse.json

export interface FetchedPartition {
  index: number;
  errorCode: number;
  highWatermark: number;
  lastStableOffset: number;
  logStartOffset: number;
  records: Buffer | null;
}

export interface FetchedTopic {
  name: string;
  id: string;
  partitions: FetchedPartition[];
}

const FIRST_SESSION_VERSION = 7;
const FIRST_FLEXIBLE_VERSION = 12;
const FIRST_TOPIC_ID_VERSION = 13;
/** More than the fixed fields of one topic, or of one partition, take. */
const ENTRY_BYTES = 64;
/** Records below this are copied into the head: one more piece for the socket costs more. */
const COPY_BYTES = 1024;

/** An answer without error and without session: the client sends every partition with each fetch. */
export function encodeFetchResponse(correlationId: number, version: number, topics: readonly FetchedTopic[]): EncodedReply {
  const writer = new PartWriter(version, topics);
  writer.int32(0);
  writer.int32(correlationId);
  writer.tags();
  writer.int32(0);
  if (version >= FIRST_SESSION_VERSION) {
    writer.int16(0);
    writer.int32(0);
  }
  writer.length(topics.length);
  for (const topic of topics) {
    if (version >= FIRST_TOPIC_ID_VERSION) writer.uuid(topic.id);
    else writer.string(topic.name);
    writer.length(topic.partitions.length);
    for (const partition of topic.partitions) writePartition(writer, version, partition);
    writer.tags();
  }
  writer.tags();
  return new EncodedReply(writer.finish());
}

function writePartition(writer: PartWriter, version: number, partition: FetchedPartition): void {
  writer.int32(partition.index);
  writer.int16(partition.errorCode);
  writer.int64(partition.highWatermark);
  writer.int64(partition.lastStableOffset);
  if (version >= 5) writer.int64(partition.logStartOffset);
  writer.length(-1);
  if (version >= 11) writer.int32(-1);
  writer.records(partition.records ?? Buffer.alloc(0));
  writer.tags();
}

/** Writes small fields into one buffer, and cuts it where records come between. */
class PartWriter {
  readonly #isFlexible: boolean;
  readonly #buffer: Buffer;
  readonly #parts: Buffer[] = [];
  #at = 0;
  #cutAt = 0;

  constructor(version: number, topics: readonly FetchedTopic[]) {
    this.#isFlexible = version >= FIRST_FLEXIBLE_VERSION;
    let bytes = ENTRY_BYTES;
    for (const { name, partitions } of topics) {
      bytes += ENTRY_BYTES + Buffer.byteLength(name);
      for (const { records } of partitions) bytes += ENTRY_BYTES + (records !== null && records.length < COPY_BYTES ? records.length : 0);
    }
    this.#buffer = Buffer.allocUnsafe(bytes);
  }

  int16(value: number): void {
    this.#at = this.#buffer.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  int64(value: number): void {
    this.#at = this.#buffer.writeBigInt64BE(BigInt(value), this.#at);
  }

  uuid(base64url: string): void {
    this.#at += this.#buffer.write(base64url, this.#at, 16, 'base64url');
  }

  /** The length of an array or of bytes, −1 for null. */
  length(value: number): void {
    if (this.#isFlexible) this.#uvarint(value + 1);
    else this.int32(value);
  }

  string(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#isFlexible) this.#uvarint(bytes + 1);
    else this.int16(bytes);
    this.#at += this.#buffer.write(text, this.#at);
  }

  records(records: Buffer): void {
    this.length(records.length);
    if (records.length < COPY_BYTES) {
      this.#at += records.copy(this.#buffer, this.#at);
      return;
    }
    this.#parts.push(this.#buffer.subarray(this.#cutAt, this.#at), records);
    this.#cutAt = this.#at;
  }

  tags(): void {
    if (this.#isFlexible) this.#buffer[this.#at++] = 0;
  }

  finish(): Buffer[] {
    this.#parts.push(this.#buffer.subarray(this.#cutAt, this.#at));
    const size = this.#parts.reduce((sum, part) => sum + part.length, 0) - 4;
    this.#buffer.writeInt32BE(size, 0);
    return this.#parts;
  }

  #uvarint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
    this.#buffer[this.#at++] = rest;
  }
}
