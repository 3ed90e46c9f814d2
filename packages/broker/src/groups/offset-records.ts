import { readInt64, writeInt64 } from '../log/batch-header.ts';
import type { GroupSnapshot, MemberSnapshot } from './group-types.ts';

// The records of __consumer_offsets, as Kafka writes them: a string is int16 length and UTF-8, −1 for null; bytes have an int32 length.
//
//   offset key    version int16 = 1 · group string · topic string · partition int32
//   offset value  version int16 = 3 · offset int64 · leaderEpoch int32 · metadata string · commitTimestamp int64
//   group key     version int16 = 2 · group string
//   group value   version int16 = 3 · protocolType string · generation int32 · protocol string? · leader string? · stateTimestamp int64 · members int32 × {
//                   memberId string · groupInstanceId string? · clientId string · clientHost string · rebalanceTimeout int32 · sessionTimeout int32 ·
//                   subscription bytes · assignment bytes }
//
// Source: OffsetCommitKey/Value.json, GroupMetadataKey/Value.json of Kafka's group coordinator

const OFFSET_KEY_VERSION = 1;
const OFFSET_VALUE_VERSION = 3;
const GROUP_KEY_VERSION = 2;
const GROUP_VALUE_VERSION = 3;

export interface CommittedOffset {
  offset: number;
  leaderEpoch: number;
  metadata: string;
  committedMs: number;
}

export type RecordKey =
  | { kind: 'offset'; groupId: string; topic: string; partition: number }
  | { kind: 'group'; groupId: string }
  | { kind: 'unknown' };

export function encodeOffsetKey(groupId: string, topic: string, partition: number): Buffer {
  return Buffer.concat([int16(OFFSET_KEY_VERSION), string(groupId), string(topic), int32(partition)]);
}

export function encodeGroupKey(groupId: string): Buffer {
  return Buffer.concat([int16(GROUP_KEY_VERSION), string(groupId)]);
}

/** Versions of a newer Kafka are `unknown`. */
export function decodeKey(buffer: Buffer): RecordKey {
  const cursor = new Cursor(buffer);
  const version = cursor.int16();
  if (version === GROUP_KEY_VERSION) return { kind: 'group', groupId: cursor.string() ?? '' };
  if (version > OFFSET_KEY_VERSION || version < 0) return { kind: 'unknown' };
  return { kind: 'offset', groupId: cursor.string() ?? '', topic: cursor.string() ?? '', partition: cursor.int32() };
}

export function encodeOffsetValue(value: CommittedOffset): Buffer {
  return Buffer.concat([
    int16(OFFSET_VALUE_VERSION),
    int64(value.offset),
    int32(value.leaderEpoch),
    string(value.metadata),
    int64(value.committedMs),
  ]);
}

export function decodeOffsetValue(buffer: Buffer): CommittedOffset {
  const cursor = new Cursor(buffer);
  const version = cursor.int16();
  if (version !== OFFSET_VALUE_VERSION)
    throw new Error(`A committed offset of version ${version}: this broker reads version ${OFFSET_VALUE_VERSION}.`);
  return { offset: cursor.int64(), leaderEpoch: cursor.int32(), metadata: cursor.string() ?? '', committedMs: cursor.int64() };
}

export function encodeGroupValue(group: GroupSnapshot): Buffer {
  const head = [
    int16(GROUP_VALUE_VERSION),
    string(group.protocolType),
    int32(group.generationId),
    string(group.protocolName),
    string(group.leader),
    int64(group.stateSinceMs),
  ];
  return Buffer.concat([...head, int32(group.members.length), ...group.members.map(encodeMember)]);
}

export function decodeGroupValue(groupId: string, buffer: Buffer): GroupSnapshot {
  const cursor = new Cursor(buffer);
  const version = cursor.int16();
  if (version !== GROUP_VALUE_VERSION) throw new Error(`A group of version ${version}: this broker reads version ${GROUP_VALUE_VERSION}.`);
  const group = {
    groupId,
    protocolType: cursor.string() ?? '',
    generationId: cursor.int32(),
    protocolName: cursor.string(),
    leader: cursor.string(),
    stateSinceMs: cursor.int64(),
  };
  return { ...group, members: Array.from({ length: cursor.int32() }, () => decodeMember(cursor)) };
}

function encodeMember(member: MemberSnapshot): Buffer {
  return Buffer.concat([
    string(member.memberId),
    string(member.groupInstanceId),
    string(member.clientId),
    string(member.clientHost),
    int32(member.rebalanceTimeoutMs),
    int32(member.sessionTimeoutMs),
    bytes(member.subscription),
    bytes(member.assignment),
  ]);
}

function decodeMember(cursor: Cursor): MemberSnapshot {
  return {
    memberId: cursor.string() ?? '',
    groupInstanceId: cursor.string(),
    clientId: cursor.string() ?? '',
    clientHost: cursor.string() ?? '',
    rebalanceTimeoutMs: cursor.int32(),
    sessionTimeoutMs: cursor.int32(),
    subscription: cursor.bytes(),
    assignment: cursor.bytes(),
  };
}

function int16(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function int32(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function int64(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(8);
  writeInt64(buffer, value, 0);
  return buffer;
}

function string(value: string | null): Buffer {
  if (value === null) return int16(-1);
  const text = Buffer.from(value);
  return Buffer.concat([int16(text.length), text]);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([int32(value.length), value]);
}

class Cursor {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  int16(): number {
    return this.#buffer.readInt16BE((this.#at += 2) - 2);
  }

  int32(): number {
    return this.#buffer.readInt32BE((this.#at += 4) - 4);
  }

  int64(): number {
    return readInt64(this.#buffer, (this.#at += 8) - 8);
  }

  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.#take(length).toString('utf8');
  }

  /** A copy: what it is read from may be a large buffer. */
  bytes(): Buffer {
    return Buffer.from(this.#take(this.int32()));
  }

  #take(length: number): Buffer {
    if (length < 0 || this.#at + length > this.#buffer.length)
      throw new RangeError(`A length of ${length} at byte ${this.#at} of ${this.#buffer.length}.`);
    this.#at += length;
    return this.#buffer.subarray(this.#at - length, this.#at);
  }
}
