import { decodeMessage, errors } from '@sluice/protocol';
import type { BrokerLog } from '../broker-options.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { errorCode } from '../error-code.ts';
import { CommittedOffsets } from './committed-offsets.ts';
import { Group } from './group.ts';
import { failedJoin, failedSync } from './group-results.ts';
import type { Clock, GroupSnapshot, JoinRequest, JoinResult, MemberIdentity, SyncRequest, SyncResult } from './group-types.ts';
import {
  decodeGroupValue,
  decodeKey,
  decodeOffsetValue,
  encodeGroupKey,
  encodeGroupValue,
  encodeOffsetKey,
  encodeOffsetValue,
} from './offset-records.ts';
import type { CommittedOffset } from './offset-records.ts';
import type { OffsetsLog, OffsetsRecord } from './offsets-log.ts';

const NONE = errors.NONE.code;
const MINUTE_MS = 60_000;

export interface GroupCoordinatorOptions {
  offsetsLog: OffsetsLog;
  config: BrokerConfig;
  clock: Clock;
  log: BrokerLog;
}

export interface CommitRequest extends MemberIdentity {
  groupId: string;
  generationId: number;
  offsets: readonly { topic: string; partition: number; offset: number; leaderEpoch: number; metadata: string | null }[];
}

/** The groups of this broker, with their committed offsets; both are kept in __consumer_offsets. */
export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions;
  readonly #groups = new Map<string, Group>();
  readonly #offsets = new CommittedOffsets();

  private constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
  }

  /** Takes up the groups and offsets that are on disk. */
  static async open(options: GroupCoordinatorOptions): Promise<GroupCoordinator> {
    const coordinator = new GroupCoordinator(options);
    await coordinator.#load();
    return coordinator;
  }

  group(groupId: string): Group | null {
    return this.#groups.get(groupId) ?? null;
  }

  groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Fulfilled once the rebalance that the member takes part in is complete. */
  join(groupId: string, request: JoinRequest): Promise<JoinResult> {
    const refused = (code: number): JoinResult => failedJoin(code, request.memberId);
    const { config } = this.#options;
    const isTimeoutRight =
      request.sessionTimeoutMs >= config.number('group.min.session.timeout.ms') &&
      request.sessionTimeoutMs <= config.number('group.max.session.timeout.ms');
    if (groupId === '') return Promise.resolve(refused(errors.INVALID_GROUP_ID.code));
    if (!isTimeoutRight) return Promise.resolve(refused(errors.INVALID_SESSION_TIMEOUT.code));
    const group = this.#groups.get(groupId);
    if (group === undefined && request.memberId !== '') return Promise.resolve(refused(errors.UNKNOWN_MEMBER_ID.code));
    return new Promise((resolve) => (group ?? this.#create(groupId)).join(request, resolve));
  }

  /** Fulfilled with the member's assignment. */
  sync(groupId: string, request: SyncRequest): Promise<SyncResult> {
    const group = this.#groups.get(groupId);
    if (group !== undefined) return new Promise((resolve) => group.sync(request, resolve));
    return Promise.resolve(failedSync(errors.UNKNOWN_MEMBER_ID.code));
  }

  heartbeat(groupId: string, request: MemberIdentity & { generationId: number }): number {
    return this.#groups.get(groupId)?.heartbeat(request) ?? errors.UNKNOWN_MEMBER_ID.code;
  }

  leave(groupId: string, member: MemberIdentity): number {
    return this.#groups.get(groupId)?.leave(member) ?? errors.UNKNOWN_MEMBER_ID.code;
  }

  /** The error code of each offset, in order. An offset counts, and is seen, once it is written. */
  async commit(request: CommitRequest): Promise<number[]> {
    const { groupId, offsets } = request;
    const problem = this.#checkCommit(request);
    if (problem !== NONE) return offsets.map(() => problem);
    const maxMetadata = this.#options.config.number('offset.metadata.max.bytes');
    const committedMs = this.#options.clock.now();
    const accepted = offsets.flatMap(({ topic, partition, offset, leaderEpoch, metadata }) => {
      const value = { offset, leaderEpoch, metadata: metadata ?? '', committedMs };
      return Buffer.byteLength(value.metadata) > maxMetadata ? [] : [{ topic, partition, value }];
    });
    try {
      await this.#options.offsetsLog.append(
        accepted.map(({ topic, partition, value }) => ({
          key: encodeOffsetKey(groupId, topic, partition),
          value: encodeOffsetValue(value),
        })),
      );
    } catch (error) {
      // What Kafka answers where the offsets topic cannot be written: the client tries again.
      this.#options.log.error(`The offsets of group ${groupId} could not be written: ${(error as Error).message}`);
      return offsets.map(() => errors.COORDINATOR_NOT_AVAILABLE.code);
    }
    for (const { topic, partition, value } of accepted) this.#offsets.set(groupId, topic, partition, value);
    return offsets.map(({ metadata }) => (Buffer.byteLength(metadata ?? '') > maxMetadata ? errors.OFFSET_METADATA_TOO_LARGE.code : NONE));
  }

  committed(groupId: string, topic: string, partition: number): CommittedOffset | null {
    return this.#offsets.get(groupId, topic, partition);
  }

  /** All offsets of a group. */
  committedOf(groupId: string): ReturnType<CommittedOffsets['of']> {
    return this.#offsets.of(groupId);
  }

  /** Removes a group that has no members, with its offsets. */
  async delete(groupId: string): Promise<number> {
    const group = this.#groups.get(groupId);
    if (group === undefined) return errors.GROUP_ID_NOT_FOUND.code;
    if (group.state !== 'Empty') return errors.NON_EMPTY_GROUP.code;
    const offsets = [...this.#offsets.of(groupId)];
    return this.#tryWrite(async () => {
      await this.#removeOffsets(groupId, offsets, [{ key: encodeGroupKey(groupId), value: null }]);
      group.die();
      this.#groups.delete(groupId);
    });
  }

  /** Whether offsets of a topic may be deleted: not while members of the group read it. */
  checkDeleteOffsets(groupId: string): number {
    const group = this.#groups.get(groupId);
    if (group === undefined) return errors.GROUP_ID_NOT_FOUND.code;
    return group.state === 'Empty' || group.protocolType === 'consumer' ? NONE : errors.NON_EMPTY_GROUP.code;
  }

  /** Whether a member of the group has subscribed to the topic. */
  isSubscribed(groupId: string, topic: string): boolean {
    const group = this.#groups.get(groupId);
    if (group === undefined || group.protocolType !== 'consumer') return false;
    return group.members().some((member) => member.protocols.some(({ metadata }) => subscribedTopics(metadata).includes(topic)));
  }

  deleteOffsets(groupId: string, partitions: readonly { topic: string; partition: number }[]): Promise<number> {
    return this.#tryWrite(() => this.#removeOffsets(groupId, partitions));
  }

  /** Forgets what groups committed for a topic that is gone. */
  async onTopicDeleted(topic: string): Promise<void> {
    for (const groupId of this.#offsets.groupIds()) {
      await this.#removeOffsets(
        groupId,
        [...this.#offsets.of(groupId)].filter((entry) => entry.topic === topic),
      );
    }
  }

  /** The regular work: offsets of groups that have been empty for `offsets.retention.minutes` are forgotten; the log is kept short. */
  async maintain(): Promise<void> {
    const now = this.#options.clock.now();
    const limit = now - this.#options.config.number('offsets.retention.minutes') * MINUTE_MS;
    for (const group of this.#groups.values()) {
      if (group.state !== 'Empty' || group.stateSinceMs > limit) continue;
      const offsets = [...this.#offsets.of(group.id)];
      const expired = offsets.filter(({ offset }) => offset.committedMs <= limit);
      if (expired.length === offsets.length && !group.hasPending) await this.delete(group.id);
      else await this.#removeOffsets(group.id, expired);
    }
    await this.#options.offsetsLog.rewrite(() => this.#live());
  }

  /** Releases whoever waits, and stops all timers. What is on disk stays. */
  close(): void {
    for (const group of this.#groups.values()) group.die();
    this.#groups.clear();
  }

  #create(groupId: string): Group {
    const { config, clock, log } = this.#options;
    const group = new Group(groupId, {
      clock,
      initialRebalanceDelayMs: config.number('group.initial.rebalance.delay.ms'),
      maxSize: config.number('group.max.size'),
      store: (snapshot) => this.#store(snapshot),
    });
    this.#groups.set(groupId, group);
    log.debug(`Group ${groupId} is new.`);
    return group;
  }

  async #store(snapshot: GroupSnapshot): Promise<void> {
    try {
      await this.#options.offsetsLog.append([{ key: encodeGroupKey(snapshot.groupId), value: encodeGroupValue(snapshot) }]);
    } catch (error) {
      this.#options.log.error(`Group ${snapshot.groupId} could not be written: ${(error as Error).message}`);
      throw error;
    }
  }

  #checkCommit(request: CommitRequest): number {
    const { groupId } = request;
    if (groupId === '') return errors.INVALID_GROUP_ID.code;
    const group = this.#groups.get(groupId);
    if (group !== undefined) return group.checkCommit(request);
    if (request.generationId >= 0) return errors.ILLEGAL_GENERATION.code;
    this.#create(groupId);
    return NONE;
  }

  async #removeOffsets(
    groupId: string,
    partitions: readonly { topic: string; partition: number }[],
    more: readonly OffsetsRecord[] = [],
  ): Promise<void> {
    const tombstones = partitions.map(({ topic, partition }) => ({ key: encodeOffsetKey(groupId, topic, partition), value: null }));
    await this.#options.offsetsLog.append([...tombstones, ...more]);
    for (const { topic, partition } of partitions) this.#offsets.delete(groupId, topic, partition);
  }

  async #tryWrite(write: () => Promise<void>): Promise<number> {
    try {
      await write();
      return NONE;
    } catch (error) {
      this.#options.log.error(`__consumer_offsets could not be written: ${(error as Error).message}`);
      return errorCode(error);
    }
  }

  async #load(): Promise<void> {
    const snapshots = new Map<string, GroupSnapshot>();
    await this.#options.offsetsLog.load((keyBytes, value) => {
      const key = decodeKey(keyBytes);
      if (key.kind === 'group') {
        if (value === null) snapshots.delete(key.groupId);
        else snapshots.set(key.groupId, decodeGroupValue(key.groupId, value));
      } else if (key.kind === 'offset') {
        if (value === null) this.#offsets.delete(key.groupId, key.topic, key.partition);
        else this.#offsets.set(key.groupId, key.topic, key.partition, decodeOffsetValue(value));
      }
    });
    for (const groupId of new Set([...this.#offsets.groupIds(), ...snapshots.keys()])) {
      const group = this.#create(groupId);
      const snapshot = snapshots.get(groupId);
      if (snapshot !== undefined) group.restore(snapshot);
    }
  }

  #live(): OffsetsRecord[] {
    const groups = [...this.#groups.values()].filter(({ generationId }) => generationId > 0);
    return [
      ...this.#offsets.records(),
      ...groups.map((group) => ({ key: encodeGroupKey(group.id), value: encodeGroupValue(group.snapshot()) })),
    ];
  }
}

/** The topics that a consumer's metadata names; none where it is not a consumer's. */
function subscribedTopics(metadata: Buffer): readonly string[] {
  try {
    return decodeMessage('ConsumerProtocolSubscription', metadata).body.topics;
  } catch {
    return [];
  }
}
