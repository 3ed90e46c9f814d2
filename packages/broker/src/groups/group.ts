import { randomUUID } from 'node:crypto';
import { errors } from '@sluice/protocol';
import { GroupRoster } from './group-roster.ts';
import { Deadline, GroupMember, NEW_MEMBER_JOIN_TIMEOUT_MS } from './group-member.ts';
import { failedJoin, failedSync } from './group-results.ts';
import type { Clock, GroupSnapshot, GroupState, JoinRequest, JoinResult, MemberIdentity, SyncRequest, SyncResult } from './group-types.ts';

export interface GroupOptions {
  clock: Clock;
  /** How long the first join of an empty group waits for more members. */
  initialRebalanceDelayMs: number;
  maxSize: number;
  /** Makes the group last. It goes on when this is fulfilled; a rejection is answered to its members. */
  store: (snapshot: GroupSnapshot) => Promise<void>;
  newMemberId?: (prefix: string) => string;
}

const NONE = errors.NONE.code;
const UNKNOWN_MEMBER_ID = errors.UNKNOWN_MEMBER_ID.code;
const FENCED_INSTANCE_ID = errors.FENCED_INSTANCE_ID.code;
const ILLEGAL_GENERATION = errors.ILLEGAL_GENERATION.code;
const REBALANCE_IN_PROGRESS = errors.REBALANCE_IN_PROGRESS.code;
const INCONSISTENT_GROUP_PROTOCOL = errors.INCONSISTENT_GROUP_PROTOCOL.code;
const EMPTY = Buffer.alloc(0);

/**
 * A group of the classic protocol, of any protocol type: a state machine without I/O, that gets requests and time passed in.
 *
 *   Empty → PreparingRebalance (waits for all members to join) → CompletingRebalance (waits for the leader's assignment) → Stable,
 *   and from there back to PreparingRebalance when a member comes, goes or changes.
 *
 * Source: KIP-62, KIP-345 (static members), KIP-394 (member id required), KIP-814; GroupCoordinator.scala, ClassicGroup.java
 */
export class Group {
  readonly id: string;
  #state: GroupState = 'Empty';
  #stateSinceMs: number;
  #generationId = 0;
  #protocolType: string | null = null;
  #protocolName: string | null = null;
  readonly #roster = new GroupRoster();
  /** Ids that were given and not yet joined with. */
  readonly #pending = new Map<string, Deadline>();
  readonly #options: GroupOptions;
  readonly #clock: Clock;
  #cancelJoin: (() => void) | null = null;
  #isInitialDelay = false;
  #cancelSync: (() => void) | null = null;
  /** Members that have got their generation and not asked for their assignment. */
  readonly #pendingSync = new Set<string>();

  constructor(id: string, options: GroupOptions) {
    this.id = id;
    this.#options = options;
    this.#clock = options.clock;
    this.#stateSinceMs = options.clock.now();
  }

  get state(): GroupState {
    return this.#state;
  }

  get stateSinceMs(): number {
    return this.#stateSinceMs;
  }

  get generationId(): number {
    return this.#generationId;
  }

  get protocolType(): string {
    return this.#protocolType ?? '';
  }

  get protocolName(): string {
    return this.#state === 'Stable' ? (this.#protocolName ?? '') : '';
  }

  /** Whether somebody has been given an id to join with. */
  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  members(): readonly GroupMember[] {
    return this.#roster.all();
  }

  /** Metadata that DescribeGroups shows: of the selected protocol, once that is settled. */
  describedMetadata(member: GroupMember): Buffer {
    return this.#state === 'Stable' ? member.metadata(this.#protocolName) : EMPTY;
  }

  /** Takes up what `store` was given before a restart: the members have their session timeout to be heard of again. */
  restore(snapshot: GroupSnapshot): void {
    this.#protocolType = snapshot.protocolType === '' ? null : snapshot.protocolType;
    this.#protocolName = snapshot.protocolName;
    this.#generationId = snapshot.generationId;
    for (const { subscription, assignment, ...stored } of snapshot.members) {
      const protocols = [{ name: snapshot.protocolName ?? '', metadata: subscription }];
      const member = this.#newMember(stored.memberId, { ...stored, protocols });
      member.assignment = assignment;
      member.isNew = false;
      this.#roster.add(member);
      member.session.set(member.sessionTimeoutMs);
    }
    this.#roster.leaderId = snapshot.leader;
    this.#state = this.#roster.size > 0 ? 'Stable' : 'Empty';
    this.#stateSinceMs = snapshot.stateSinceMs;
  }

  snapshot(): GroupSnapshot {
    const members = this.members().map((member) => ({
      memberId: member.id,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      sessionTimeoutMs: member.sessionTimeoutMs,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      subscription: member.metadata(this.#protocolName),
      assignment: member.assignment,
    }));
    const { id: groupId, protocolType } = this;
    return {
      groupId,
      protocolType,
      generationId: this.#generationId,
      protocolName: this.#protocolName,
      leader: this.#roster.leaderId,
      stateSinceMs: this.#stateSinceMs,
      members,
    };
  }

  /** Answers through `respond`, once the rebalance that this begins or takes part in has all its members. */
  join(request: JoinRequest, respond: (result: JoinResult) => void): void {
    const refuse = (errorCode: number, memberId = request.memberId): void => respond(failedJoin(errorCode, memberId));
    if (this.#state === 'Dead') return refuse(errors.COORDINATOR_NOT_AVAILABLE.code);
    if (!this.#supports(request)) return refuse(INCONSISTENT_GROUP_PROTOCOL);
    if (request.memberId === '') return this.#joinWithoutId(request, respond);
    if (this.#pending.has(request.memberId)) {
      if (request.groupInstanceId !== null) return refuse(UNKNOWN_MEMBER_ID);
      this.#pending.get(request.memberId)?.clear();
      this.#pending.delete(request.memberId);
      return this.#addAndRebalance(request.memberId, request, respond);
    }
    const problem = this.#roster.check(request);
    const member = this.#roster.get(request.memberId);
    if (problem !== NONE || member === null) return refuse(problem);
    this.#rejoin(member, request, respond);
  }

  /** Answers through `respond` with the member's assignment, once the leader has sent it and it lasts. */
  sync(request: SyncRequest, respond: (result: SyncResult) => void): void {
    const refuse = (errorCode: number): void => respond(failedSync(errorCode));
    const problem = this.#roster.check(request);
    const member = this.#roster.get(request.memberId);
    if (problem !== NONE || member === null) return refuse(problem);
    if (request.generationId !== this.#generationId) return refuse(ILLEGAL_GENERATION);
    if (request.protocolType !== null && request.protocolType !== this.#protocolType) return refuse(INCONSISTENT_GROUP_PROTOCOL);
    if (request.protocolName !== null && request.protocolName !== this.#protocolName) return refuse(INCONSISTENT_GROUP_PROTOCOL);
    if (this.#state === 'PreparingRebalance') return refuse(REBALANCE_IN_PROGRESS);
    this.#pendingSync.delete(member.id);
    if (this.#state === 'Stable') {
      member.session.set(member.sessionTimeoutMs);
      return respond(this.#synced(member));
    }
    if (this.#state !== 'CompletingRebalance') return refuse(UNKNOWN_MEMBER_ID);
    member.onSynced?.(failedSync(REBALANCE_IN_PROGRESS));
    member.onSynced = respond;
    if (member.id === this.#roster.leaderId) void this.#takeAssignments(request.assignments);
  }

  heartbeat(request: MemberIdentity & { generationId: number }): number {
    if (this.#state === 'Dead') return errors.COORDINATOR_NOT_AVAILABLE.code;
    if (request.generationId === -1 && this.#pending.has(request.memberId)) return NONE;
    const problem = this.#roster.check(request);
    const member = this.#roster.get(request.memberId);
    if (problem !== NONE || member === null) return problem;
    if (request.generationId !== this.#generationId) return ILLEGAL_GENERATION;
    member.session.set(member.sessionTimeoutMs);
    return this.#state === 'PreparingRebalance' ? REBALANCE_IN_PROGRESS : NONE;
  }

  /** A member goes; an administrator may name it by its instance id alone. */
  leave(request: MemberIdentity): number {
    if (this.#state === 'Dead') return errors.COORDINATOR_NOT_AVAILABLE.code;
    const { groupInstanceId } = request;
    if (groupInstanceId !== null && request.memberId === '') {
      const member = this.#roster.ofInstance(groupInstanceId);
      if (member === null) return UNKNOWN_MEMBER_ID;
      this.#removeAndRebalance(member.id);
      return NONE;
    }
    const isPending = this.#pending.has(request.memberId);
    const problem = isPending ? NONE : this.#roster.check(request);
    if (isPending) this.#forgetPending(request.memberId);
    else if (problem === NONE) this.#removeAndRebalance(request.memberId);
    return problem;
  }

  /** Whether offsets may be committed by whoever says this of himself. */
  checkCommit(request: MemberIdentity & { generationId: number }): number {
    if (this.#state === 'Dead') return errors.COORDINATOR_NOT_AVAILABLE.code;
    // An administrator, or a consumer that assigns its partitions itself.
    if (request.generationId < 0 && this.#state === 'Empty') return NONE;
    if (request.generationId < 0 && request.memberId === '' && request.groupInstanceId === null) return UNKNOWN_MEMBER_ID;
    const problem = this.#roster.check(request);
    if (problem !== NONE) return problem;
    if (request.generationId !== this.#generationId) return ILLEGAL_GENERATION;
    // A commit is a sign of life, too.
    const member = this.#roster.get(request.memberId);
    member?.session.set(member.sessionTimeoutMs);
    return this.#state === 'CompletingRebalance' ? REBALANCE_IN_PROGRESS : NONE;
  }

  /** Ends the group; whoever waits is told. */
  die(): void {
    this.#setState('Dead');
    this.#cancelJoin?.();
    this.#cancelSync?.();
    for (const pending of this.#pending.values()) pending.clear();
    for (const member of this.members()) {
      member.session.clear();
      member.onJoined?.(failedJoin(errors.COORDINATOR_NOT_AVAILABLE.code, member.id));
      member.onSynced?.(failedSync(errors.COORDINATOR_NOT_AVAILABLE.code));
    }
    this.#roster.clear();
  }

  #joinWithoutId(request: JoinRequest, respond: (result: JoinResult) => void): void {
    const { groupInstanceId } = request;
    const memberId = (this.#options.newMemberId ?? ((prefix) => `${prefix}-${randomUUID()}`))(groupInstanceId ?? request.clientId);
    const known = this.#roster.ofInstance(groupInstanceId);
    if (known !== null) return this.#replaceStatic(known, memberId, request, respond);
    if (this.#roster.size + this.#pending.size >= this.#options.maxSize) return respond(failedJoin(errors.GROUP_MAX_SIZE_REACHED.code, ''));
    if (groupInstanceId !== null || !request.isMemberIdRequired) return this.#addAndRebalance(memberId, request, respond);
    const deadline = new Deadline(this.#clock, () => this.#forgetPending(memberId));
    this.#pending.set(memberId, deadline);
    deadline.set(request.sessionTimeoutMs);
    respond(failedJoin(errors.MEMBER_ID_REQUIRED.code, memberId));
  }

  #rejoin(member: GroupMember, request: JoinRequest, respond: (result: JoinResult) => void): void {
    const isSame = member.hasProtocols(request.protocols);
    switch (this.#state) {
      case 'PreparingRebalance':
        return this.#updateAndRebalance(member, request, respond);
      case 'CompletingRebalance':
        // It asks again because the answer got lost.
        if (isSame) return this.#answerNow(member, respond);
        return this.#updateAndRebalance(member, request, respond);
      case 'Stable':
        // A leader joins again because it wants to assign anew.
        if (isSame && member.id !== this.#roster.leaderId) return this.#answerNow(member, respond);
        return this.#updateAndRebalance(member, request, respond);
      default:
        return respond(failedJoin(UNKNOWN_MEMBER_ID, member.id));
    }
  }

  #answerNow(member: GroupMember, respond: (result: JoinResult) => void): void {
    member.session.set(member.sessionTimeoutMs);
    respond(this.#joined(member));
  }

  /** A static member that comes back without its id takes the place of its former self, and the group need not rebalance. */
  #replaceStatic(member: GroupMember, newId: string, request: JoinRequest, respond: (result: JoinResult) => void): void {
    const oldLeaderId = this.#roster.leaderId;
    const wasLeader = oldLeaderId === member.id;
    const oldProtocols = member.protocols;
    member.onJoined?.(failedJoin(FENCED_INSTANCE_ID, member.id));
    member.onSynced?.(failedSync(FENCED_INSTANCE_ID));
    member.onJoined = null;
    member.onSynced = null;
    this.#pendingSync.delete(member.id);
    this.#roster.rename(member, newId);
    this.#update(member, request);
    if (this.#state !== 'Stable' || this.#roster.selectProtocol() !== this.#protocolName)
      return this.#updateAndRebalance(member, request, respond);
    member.session.set(member.sessionTimeoutMs);
    this.#options.store(this.snapshot()).then(
      () => {
        const result = this.#joined(member);
        // A leader of an older version must not take itself for one: it would assign, and nobody waits for that.
        if (request.isSkipAssignmentKnown) respond({ ...result, skipAssignment: wasLeader });
        else respond({ ...result, leader: oldLeaderId ?? '', members: [] });
      },
      () => {
        member.protocols = oldProtocols;
        respond(failedJoin(errors.UNKNOWN_SERVER_ERROR.code, newId));
      },
    );
  }

  #addAndRebalance(memberId: string, request: JoinRequest, respond: (result: JoinResult) => void): void {
    const member = this.#newMember(memberId, request);
    if (this.#roster.size === 0) this.#protocolType = request.protocolType;
    this.#roster.add(member);
    member.onJoined = respond;
    member.session.set(NEW_MEMBER_JOIN_TIMEOUT_MS);
    this.#rebalance();
  }

  #updateAndRebalance(member: GroupMember, request: JoinRequest, respond: (result: JoinResult) => void): void {
    this.#update(member, request);
    member.onJoined?.(failedJoin(REBALANCE_IN_PROGRESS, member.id));
    member.onJoined = respond;
    this.#rebalance();
  }

  #update(member: GroupMember, request: JoinRequest): void {
    member.protocols = request.protocols;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.clientId = request.clientId;
    member.clientHost = request.clientHost;
  }

  #newMember(id: string, request: ConstructorParameters<typeof GroupMember>[1]): GroupMember {
    const session = new Deadline(this.#clock, () => this.#onSessionEnd(member));
    const member: GroupMember = new GroupMember(id, request, session);
    return member;
  }

  #onSessionEnd(member: GroupMember): void {
    if (this.#roster.get(member.id) !== member) return;
    // It cannot send heartbeats while it waits for an answer; a new one is given up at last.
    const isWaiting = member.onSynced !== null || (member.onJoined !== null && !member.isNew);
    if (isWaiting) member.session.set(member.sessionTimeoutMs);
    else this.#removeAndRebalance(member.id);
  }

  #forgetPending(memberId: string): void {
    this.#pending.get(memberId)?.clear();
    this.#pending.delete(memberId);
    if (this.#state === 'PreparingRebalance') this.#completeJoinWhereAllAre();
  }

  #removeAndRebalance(memberId: string): void {
    this.#remove(memberId);
    if (this.#state === 'Stable' || this.#state === 'CompletingRebalance') this.#rebalance();
    else if (this.#state === 'PreparingRebalance') this.#completeJoinWhereAllAre();
  }

  #remove(memberId: string): void {
    const member = this.#roster.remove(memberId);
    if (member === null) return;
    this.#pendingSync.delete(memberId);
    member.session.clear();
    member.onJoined?.(failedJoin(UNKNOWN_MEMBER_ID, memberId));
    member.onSynced?.(failedSync(UNKNOWN_MEMBER_ID));
  }

  #rebalance(): void {
    if (this.#state === 'PreparingRebalance') return this.#completeJoinWhereAllAre();
    this.#cancelSync?.();
    this.#cancelSync = null;
    this.#pendingSync.clear();
    if (this.#state === 'CompletingRebalance') this.#failSyncs(REBALANCE_IN_PROGRESS);
    this.#isInitialDelay = this.#state === 'Empty' && this.#options.initialRebalanceDelayMs > 0;
    this.#setState('PreparingRebalance');
    const timeoutMs = this.#roster.rebalanceTimeoutMs();
    if (this.#isInitialDelay) this.#awaitMore(Math.min(this.#options.initialRebalanceDelayMs, timeoutMs), timeoutMs);
    else this.#cancelJoin = this.#clock.after(timeoutMs, () => this.#completeJoin());
    this.#completeJoinWhereAllAre();
  }

  /** The first members of a group seldom come alone: the wait goes on while more come, up to the rebalance timeout. */
  #awaitMore(delayMs: number, leftMs: number): void {
    const count = this.#roster.size;
    this.#cancelJoin = this.#clock.after(delayMs, () => {
      const nextMs = Math.min(this.#options.initialRebalanceDelayMs, leftMs - delayMs);
      if (this.#roster.size > count && nextMs > 0) return this.#awaitMore(nextMs, leftMs - delayMs);
      this.#completeJoin();
    });
  }

  #completeJoinWhereAllAre(): void {
    if (this.#isInitialDelay || this.#pending.size > 0) return;
    if (this.members().every(({ onJoined }) => onJoined !== null)) this.#completeJoin();
  }

  #completeJoin(): void {
    this.#cancelJoin?.();
    this.#cancelJoin = null;
    this.#isInitialDelay = false;
    for (const member of this.members()) {
      // Static members may be late: their session decides.
      if (member.onJoined === null && member.groupInstanceId === null) this.#remove(member.id);
    }
    if (this.#roster.size === 0) return this.#becomeEmpty();
    if (!this.#roster.electJoined()) {
      this.#cancelJoin = this.#clock.after(this.#roster.rebalanceTimeoutMs(), () => this.#completeJoin());
      return;
    }
    this.#beginGeneration();
  }

  #becomeEmpty(): void {
    this.#generationId++;
    this.#protocolName = null;
    this.#roster.leaderId = null;
    this.#setState('Empty');
    // Nobody waits for it: should this not last, the members of before are found silent after a restart.
    this.#options.store(this.snapshot()).catch(() => {});
  }

  #beginGeneration(): void {
    this.#generationId++;
    this.#protocolName = this.#roster.selectProtocol();
    this.#setState('CompletingRebalance');
    for (const member of this.members()) {
      const respond = member.onJoined;
      member.onJoined = null;
      member.isNew = false;
      member.session.set(member.sessionTimeoutMs);
      this.#pendingSync.add(member.id);
      respond?.(this.#joined(member));
    }
    const timeoutMs = this.#roster.rebalanceTimeoutMs();
    this.#cancelSync = this.#clock.after(timeoutMs, () => this.#dropUnsynced());
  }

  /** Members that joined and never asked for their assignment hold up the others. */
  #dropUnsynced(): void {
    this.#cancelSync = null;
    const late = [...this.#pendingSync];
    this.#pendingSync.clear();
    for (const memberId of late) this.#remove(memberId);
    if (late.length > 0 && (this.#state === 'Stable' || this.#state === 'CompletingRebalance')) this.#rebalance();
  }

  async #takeAssignments(assignments: SyncRequest['assignments']): Promise<void> {
    const generation = this.#generationId;
    const byMember = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]));
    const before = this.members().map((member) => ({ member, assignment: member.assignment }));
    for (const member of this.members()) member.assignment = byMember.get(member.id) ?? EMPTY;
    try {
      await this.#options.store(this.snapshot());
    } catch {
      if (this.#state !== 'CompletingRebalance' || this.#generationId !== generation) return;
      for (const { member, assignment } of before) member.assignment = assignment;
      this.#failSyncs(errors.COORDINATOR_NOT_AVAILABLE.code);
      return this.#rebalance();
    }
    // Meanwhile a member may have come or gone: then those that wait have been told already.
    if (this.#state !== 'CompletingRebalance' || this.#generationId !== generation) return;
    this.#setState('Stable');
    for (const member of this.members()) {
      const respond = member.onSynced;
      member.onSynced = null;
      if (respond === null) continue;
      member.session.set(member.sessionTimeoutMs);
      respond(this.#synced(member));
    }
  }

  #failSyncs(errorCode: number): void {
    for (const member of this.members()) {
      member.onSynced?.(failedSync(errorCode));
      member.onSynced = null;
    }
  }

  #supports(request: JoinRequest): boolean {
    if (request.protocolType === '' || request.protocols.length === 0) return false;
    if (this.#roster.size === 0) return true;
    return this.#protocolType === request.protocolType && this.#roster.knowsOneOf(request.protocols);
  }

  #setState(state: GroupState): void {
    this.#state = state;
    this.#stateSinceMs = this.#clock.now();
  }

  #joined(member: GroupMember): JoinResult {
    const members =
      member.id === this.#roster.leaderId
        ? this.members().map((each) => ({
            memberId: each.id,
            groupInstanceId: each.groupInstanceId,
            metadata: each.metadata(this.#protocolName),
          }))
        : [];
    return {
      errorCode: NONE,
      generationId: this.#generationId,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      leader: this.#roster.leaderId ?? '',
      skipAssignment: false,
      memberId: member.id,
      members,
    };
  }

  #synced(member: GroupMember): SyncResult {
    return { errorCode: NONE, protocolType: this.#protocolType, protocolName: this.#protocolName, assignment: member.assignment };
  }
}
