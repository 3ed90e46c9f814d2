import assert from 'node:assert/strict';
import type { SourceOffset, SourcePartition, SourceRecord } from '@sluice/api';

/** A record on its way to the broker. One object for each record, of one shape: this is on the hot path. */
export interface SubmittedRecord {
  readonly record: SourceRecord;
  readonly queue: PartitionQueue;
  isAcked: boolean;
}

/** What may be committed: at most one entry for each source partition. */
export interface CommittableOffset {
  readonly partition: SourcePartition;
  readonly offset: SourceOffset | null;
}

/** The records of one source partition in the order they were submitted; `head` is the first that is not known to be in the acknowledged run. */
interface PartitionQueue {
  readonly partition: SourcePartition | null;
  records: SubmittedRecord[];
  head: number;
  /** The last offset of the acknowledged run, `undefined` where nothing new may be committed. */
  committable: SourceOffset | null | undefined;
  isDropped: boolean;
}

/** A queue is cut when this many acknowledged records stand before its head. */
const TRIM_RECORDS = 1024;

/**
 * Which source offsets may be committed: the last offset of the acknowledged run at the head of each source partition's queue.
 * Acknowledgements come in any order; a record that is never acknowledged holds back its own source partition only.
 *
 * Two partitions are one where they are equal as JSON objects, whatever the order of their members. An object that is used for many
 * records is looked up by identity. A record without a partition, or without an offset (`undefined`), is followed but commits nothing.
 *
 * Source: org.apache.kafka.connect.runtime.SubmittedRecords
 */
export class SubmittedRecords {
  readonly #queues = new Map<string, PartitionQueue>();
  /** The last partition object and its queue: most batches come from one. */
  #lastPartition: SourcePartition | null | undefined = undefined;
  #lastQueue: PartitionQueue | undefined;
  readonly #byIdentity = new WeakMap<SourcePartition, PartitionQueue>();
  #pending = 0;

  /** Records that were submitted and neither acknowledged nor removed. */
  get pending(): number {
    return this.#pending;
  }

  /** Appends a record; call it right before the record is handed to the producer, so that the order is the producer's. */
  submit(record: SourceRecord): SubmittedRecord {
    const queue = this.#queueOf(record.sourcePartition ?? null);
    const entry = { record, queue, isAcked: false };
    queue.records.push(entry);
    this.#pending++;
    return entry;
  }

  /** Takes back the record submitted last: the producer did not take it. */
  remove(entry: SubmittedRecord): void {
    const { records } = entry.queue;
    assert(records.at(-1) === entry && !entry.isAcked, 'only the record submitted last can be taken back');
    records.pop();
    this.#pending--;
  }

  /** The broker has the record, or it was skipped as tolerated. A second call changes nothing. */
  ack(entry: SubmittedRecord): void {
    if (entry.isAcked) return;
    entry.isAcked = true;
    this.#pending--;
    const { queue } = entry;
    if (queue.records[queue.head] !== entry) return;
    advance(queue);
  }

  /** Takes what may be committed since the last call. */
  takeCommittable(): CommittableOffset[] {
    const taken: CommittableOffset[] = [];
    for (const [key, queue] of this.#queues) {
      if (queue.committable !== undefined) {
        if (queue.partition !== null) taken.push({ partition: queue.partition, offset: queue.committable });
        queue.committable = undefined;
      }
      if (queue.head === queue.records.length) this.#drop(key, queue);
    }
    return taken;
  }

  /** An empty queue is dropped, so that a source with ever new partitions (files, say) does not grow. */
  #drop(key: string, queue: PartitionQueue): void {
    this.#queues.delete(key);
    queue.isDropped = true;
    if (this.#lastQueue === queue) this.#lastPartition = this.#lastQueue = undefined;
  }

  #queueOf(partition: SourcePartition | null): PartitionQueue {
    if (partition === this.#lastPartition && this.#lastQueue !== undefined) return this.#lastQueue;
    const known = partition === null ? undefined : this.#byIdentity.get(partition);
    const queue = known !== undefined && !known.isDropped ? known : this.#queueByValue(partition);
    this.#lastPartition = partition;
    this.#lastQueue = queue;
    return queue;
  }

  #queueByValue(partition: SourcePartition | null): PartitionQueue {
    const key = canonicalText(partition);
    let queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, (queue = { partition, records: [], head: 0, committable: undefined, isDropped: false }));
    if (partition !== null) this.#byIdentity.set(partition, queue);
    return queue;
  }
}

/** Moves the head over the acknowledged run. */
function advance(queue: PartitionQueue): void {
  const { records } = queue;
  let { head } = queue;
  for (let entry = records[head]; entry !== undefined && entry.isAcked; entry = records[++head]) {
    // Invariant: an offset becomes committable only when its record and all before it in its partition are acknowledged.
    const offset = entry.record.sourceOffset;
    if (offset !== undefined) queue.committable = offset;
  }
  if (head === records.length) {
    queue.records = [];
    head = 0;
  } else if (head >= TRIM_RECORDS && head * 2 >= records.length) {
    queue.records = records.slice(head);
    head = 0;
  }
  queue.head = head;
}

/** The same text for equal JSON objects: members in the order of their names. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalText((value as Record<string, unknown>)[name])}`).join(',')}}`;
  }
  return typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'null');
}
