import type { KafkaError, Responses } from '@sluice/protocol';
import { isRetriable, messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import { delay, retryBackoff, timerMaxMs } from '../client/retry-backoff.ts';
import type { Assignor, GroupAssignment } from './assignors/assignor.ts';
import type { ConsumerClient } from './consumer-client.ts';
import type { ConsumerConfig } from './consumer-config.ts';
import type { GroupCoordinatorCalls } from './group-coordinator-calls.ts';
import type { CommitIdentity } from './group-offsets.ts';
import { decodeAssignment, decodeMember, encodeAssignments, encodeSubscription } from './group-protocol.ts';
import type { Subscription } from './group-protocol.ts';
import { Heartbeats } from './heartbeats.ts';
import type { TopicPartition } from './topic-partition.ts';

export interface JoinedGroup {
  generation: number;
  assigned: TopicPartition[];
  assignor: string;
}

/** `unjoined`: no member, or not of the present generation. `joining`: a request to join or sync is under way. `stable`: a member. */
export type MemberState = 'unjoined' | 'joining' | 'stable';

export interface GroupMembershipOptions {
  client: ConsumerClient;
  calls: GroupCoordinatorCalls;
  config: ConsumerConfig & { groupId: string };
  assignors: readonly Assignor[];
  log: KafkaLog;
  now: () => number;
  random: () => number;
  /** Something the consumer has to act on: joined, lost, rejoin needed, failed. */
  onEvent: () => void;
}

/** How a join ended other than well: the group does not know us (any more), or asks us to begin again. */
type JoinFailure = 'again' | 'unknown-member';

const joinVersionMax = 9;
const protocolType = 'consumer';

/**
 * One member of a group by the classic protocol: joins, syncs, sends heartbeats, leaves. It never calls the user: what happened is read from its fields by
 * the consumer, in `poll`.
 *
 * Source: AbstractCoordinator, ConsumerCoordinator
 */
export class GroupMembership {
  readonly #options: GroupMembershipOptions;
  readonly #abort = new AbortController();
  readonly #heartbeats: Heartbeats;
  #state: MemberState = 'unjoined';
  #memberId = '';
  #generation = -1;
  #joined: JoinedGroup | null = null;
  #error: Error | null = null;
  #leaderTopics: ReadonlyMap<string, number> | null = null;
  #joining: Promise<void> = Promise.resolve();
  /** The group has to be joined (again). */
  isRejoinNeeded = true;
  /** The group gave our partitions to others: whatever is owned is lost. */
  isLost = false;

  constructor(options: GroupMembershipOptions) {
    this.#options = options;
    this.#heartbeats = new Heartbeats(options, {
      identity: () => this.#identity(),
      isMember: () => this.#state === 'stable',
      onError: (error) => this.#heartbeatFailed(error),
      onPollTimeout: () => this.#pollTimedOut(),
    });
  }

  get state(): MemberState {
    return this.#state;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Marks the beginning and the end of a poll: too long without one and the member leaves by itself (`max.poll.interval.ms`). */
  pollBegins(): void {
    this.#heartbeats.pollBegins();
  }

  pollEnds(): void {
    this.#heartbeats.pollEnds();
  }

  /** The error that ended membership, once. */
  takeError(): Error | null {
    const error = this.#error;
    this.#error = null;
    return error;
  }

  /** The outcome of a join, once. */
  takeJoined(): JoinedGroup | null {
    const joined = this.#joined;
    this.#joined = null;
    return joined;
  }

  #identity(): CommitIdentity {
    const { groupId, groupInstanceId } = this.#options.config;
    return { groupId, generation: this.#generation, memberId: this.#memberId, groupInstanceId };
  }

  /** As whom to commit; null while not a member of the present generation. */
  commitIdentity(): CommitIdentity | null {
    return this.#state === 'stable' ? this.#identity() : null;
  }

  requestRejoin(reason: string): void {
    if (this.isRejoinNeeded) return;
    this.#options.log.info(`Request joining group ${this.#options.config.groupId} due to: ${reason}`);
    this.isRejoinNeeded = true;
    this.#options.onEvent();
  }

  /** The leader watches the topics of the whole group: another number of partitions asks for another assignment. */
  metadataChanged(): void {
    if (this.#leaderTopics === null || this.#state !== 'stable') return;
    for (const [topic, count] of this.#leaderTopics) {
      if (this.#partitionCount(topic) !== count) {
        this.requestRejoin(
          `cached metadata has changed from ${count} to ${this.#partitionCount(topic)} partitions of ${topic} at the beginning of the rebalance`,
        );
        return;
      }
    }
  }

  #partitionCount(topic: string): number {
    return this.#options.client.metadata.topic(topic)?.partitions.length ?? 0;
  }

  /** Begins to join; the outcome is in `takeJoined`, `isLost` or `takeError`. */
  join(subscription: Subscription): void {
    this.isRejoinNeeded = false;
    this.#state = 'joining';
    this.#joining = this.#join(subscription)
      .catch((error: unknown) => {
        if (this.#abort.signal.aborted) return;
        this.#state = 'unjoined';
        this.isRejoinNeeded = true;
        this.#error = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => this.#options.onEvent());
  }

  async #join(subscription: Subscription): Promise<void> {
    const { log, config, random } = this.#options;
    for (let failures = 0; ;) {
      try {
        const outcome = await this.#joinOnce(subscription);
        if (outcome === 'unknown-member') {
          this.#lose();
          return;
        }
        if (outcome !== 'again') {
          this.#becomeMember(outcome);
          return;
        }
      } catch (error) {
        if (this.#abort.signal.aborted || !isRetriable(error)) throw error;
        log.debug(`Joining group ${config.groupId} failed, trying again: ${messageOf(error)}`);
        await delay(
          retryBackoff(failures, { initialMs: config.retryBackoffMs, maxMs: config.retryBackoffMaxMs, random }),
          this.#abort.signal,
        );
        failures += 1;
      }
    }
  }

  #becomeMember(joined: JoinedGroup): void {
    this.#state = 'stable';
    this.#joined = joined;
    this.#heartbeats.start();
    this.#options.log.info(
      `Successfully synced group ${this.#options.config.groupId} in generation ${this.#generation} (${joined.assignor})`,
    );
  }

  /** The group does not know us: what we had is lost, and we begin as a new member. */
  #lose(): void {
    this.#state = 'unjoined';
    this.#memberId = '';
    this.#generation = -1;
    this.isLost = true;
    this.isRejoinNeeded = true;
    this.#heartbeats.stop();
  }

  async #joinOnce(subscription: Subscription): Promise<JoinedGroup | JoinFailure> {
    const { config, assignors, calls } = this.#options;
    const body = {
      groupId: config.groupId,
      sessionTimeoutMs: config.sessionTimeoutMs,
      rebalanceTimeoutMs: config.maxPollIntervalMs,
      memberId: this.#memberId,
      groupInstanceId: config.groupInstanceId,
      protocolType,
      protocols: assignors.map((assignor) => ({ name: assignor.name, metadata: encodeSubscription(assignor, subscription) })),
    };
    // The coordinator answers when all members came, or after the rebalance timeout.
    const timeoutMs = this.#rebalanceTimeoutMs();
    const response = await calls.send('JoinGroup', body, { signal: this.#abort.signal, timeoutMs, maxVersion: joinVersionMax });
    const error = calls.error(response.errorCode);
    if (error !== null) return this.#joinFailed(error, response.memberId);
    this.#memberId = response.memberId;
    this.#generation = response.generationId;
    return this.#sync(response);
  }

  #rebalanceTimeoutMs(): number {
    const { requestTimeoutMs, maxPollIntervalMs } = this.#options.config;
    return Math.min(Math.max(requestTimeoutMs, maxPollIntervalMs + 5000), timerMaxMs);
  }

  #joinFailed(error: KafkaError, memberId: string): JoinFailure {
    switch (error.errorName) {
      case 'MEMBER_ID_REQUIRED':
        this.#memberId = memberId;
        return 'again';
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        return 'unknown-member';
      default:
        throw error;
    }
  }

  async #sync(joined: Responses['JoinGroup']): Promise<JoinedGroup | JoinFailure> {
    const { config, calls } = this.#options;
    const assignor = this.#options.assignors.find(({ name }) => name === joined.protocolName);
    if (assignor === undefined) throw new Error(`The group chose the assignor ${joined.protocolName}, which this member did not offer`);
    const isLeader = joined.leader === joined.memberId;
    const assignments = isLeader ? encodeAssignments(await this.#assign(assignor, joined)) : [];
    if (!isLeader) this.#leaderTopics = null;
    const body = {
      groupId: config.groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupInstanceId: config.groupInstanceId,
      protocolType,
      protocolName: joined.protocolName,
      assignments: joined.skipAssignment ? [] : assignments,
    };
    // Until the leader has synced, the coordinator does not answer.
    const timeoutMs = this.#rebalanceTimeoutMs();
    const response = await calls.send('SyncGroup', body, { signal: this.#abort.signal, timeoutMs });
    const error = calls.error(response.errorCode);
    if (error === null)
      return { generation: joined.generationId, assigned: decodeAssignment(response.assignment), assignor: assignor.name };
    if (error.errorName === 'REBALANCE_IN_PROGRESS') return 'again';
    if (error.errorName === 'UNKNOWN_MEMBER_ID' || error.errorName === 'ILLEGAL_GENERATION') return 'unknown-member';
    throw error;
  }

  async #assign(assignor: Assignor, joined: Responses['JoinGroup']): Promise<GroupAssignment> {
    const members = joined.members.map((member) => decodeMember(assignor, member));
    const topics = [...new Set(members.flatMap((member) => member.topics))].toSorted();
    const { client, log, config } = this.#options;
    // invalidate() keeps them known from now on, so that the leader hears of new partitions of topics that others read.
    for (const topic of topics) client.metadata.invalidate(topic);
    if (topics.length > 0) await client.metadata.refresh(topics, this.#abort.signal);
    const counts = new Map(topics.map((topic) => [topic, this.#partitionCount(topic)]));
    this.#leaderTopics = counts;
    const existing = new Map([...counts].filter(([, count]) => count > 0));
    const missing = topics.filter((topic) => !existing.has(topic));
    if (missing.length > 0)
      log.warn(`The following subscribed topics are not assigned to any members of group ${config.groupId}: [${missing.join(', ')}]`);
    return assignor.assign(existing, members);
  }

  #heartbeatFailed(error: KafkaError): void {
    switch (error.errorName) {
      case 'REBALANCE_IN_PROGRESS':
        this.requestRejoin('group is already rebalancing');
        return;
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        this.#options.log.info(
          `Group ${this.#options.config.groupId} does not know this member any more (${error.errorName}); its partitions are lost`,
        );
        this.#lose();
        this.#options.onEvent();
        return;
      default:
        if (error.retriable) return;
        this.#lose();
        this.#error = error;
        this.#options.onEvent();
    }
  }

  #pollTimedOut(): void {
    const { log, config } = this.#options;
    log.warn(
      `consumer poll timeout has expired. This means the time between subsequent calls to poll() was longer than the configured ` +
        `max.poll.interval.ms (${config.maxPollIntervalMs} ms), which typically implies that the poll loop is spending too much time processing messages.`,
    );
    const leaving = this.#leaveRequest('consumer poll timeout has expired.');
    this.#lose();
    leaving?.catch((error: unknown) => log.debug(`Leaving group ${config.groupId} failed: ${messageOf(error)}`));
    this.#options.onEvent();
  }

  /** Says goodbye, except for a static member, which keeps its place until its session ends. Null when there is nothing to say. */
  #leaveRequest(reason: string, signal?: AbortSignal): Promise<unknown> | null {
    const { config, calls } = this.#options;
    if (this.#memberId === '' || config.groupInstanceId !== null) return null;
    const members = [{ memberId: this.#memberId, groupInstanceId: null, reason }];
    const body = (version: number): { groupId: string; members: { memberId: string; groupInstanceId: null; reason?: string }[] } => ({
      groupId: config.groupId,
      members: version >= 5 ? members : members.map(({ memberId }) => ({ memberId, groupInstanceId: null })),
    });
    return calls.send('LeaveGroup', body, { signal, timeoutMs: config.requestTimeoutMs, minVersion: 3 });
  }

  /** Ends membership: no heartbeat, no request is left behind. Rejects when the goodbye failed; the session timeout then does the rest. */
  async leave(reason: string, signal?: AbortSignal): Promise<void> {
    this.#heartbeats.stop();
    this.#abort.abort(new Error('The consumer left the group'));
    await this.#joining;
    const leaving = this.#leaveRequest(reason, signal);
    this.#state = 'unjoined';
    this.#memberId = '';
    this.#generation = -1;
    this.isRejoinNeeded = false;
    this.#joined = null;
    if (leaving !== null) await leaving;
  }
}
