import type { KafkaLog } from '../log.ts';
import { isRetriable, messageOf } from '../errors.ts';
import type { ClientSettings } from '../settings/client-settings.ts';
import { retryBackoff } from '../client/retry-backoff.ts';
import { findAssignors, rebalanceProtocol } from './assignors/assignors.ts';
import { Bell } from './bell.ts';
import { consumerConfig } from './consumer-config.ts';
import type { ConsumerConfig } from './consumer-config.ts';
import type { ConsumerClient } from './consumer-client.ts';
import { ConsumerStateError, WakeupError } from './consumer-errors.ts';
import { ConsumerOffsets, missingGroupId } from './consumer-offsets.ts';
import { Fetcher } from './fetcher.ts';
import type { FetchedBatch } from './fetched-chunk.ts';
import { GroupCoordinatorCalls } from './group-coordinator-calls.ts';
import { GroupMembership } from './group-membership.ts';
import type { CommittedOffset } from './group-offsets.ts';
import { earliestTimestamp, latestTimestamp } from './offset-reset.ts';
import { PartitionStates } from './partition-state.ts';
import { PositionResolver } from './position-resolver.ts';
import { Rebalancer } from './rebalancer.ts';
import type { RebalanceListener } from './rebalancer.ts';
import { partitionKey } from './topic-partition.ts';
import type { TopicPartition } from './topic-partition.ts';
import { TopicSelection } from './topic-selection.ts';
import type { TopicsToSelect } from './topic-selection.ts';

export interface ConsumerOptions {
  log: KafkaLog;
  now?: () => number;
  random?: () => number;
}

/**
 * Reads topics, as a member of a group (`subscribe`) or on its own (`assign`). One call of `poll` at a time; rebalance callbacks run inside it.
 *
 * The classic group protocol. Leader epochs are not checked, so a log that was cut short by an unclean election is noticed only
 * when the position is beyond its end. The client is the caller's: `close` does not close it.
 *
 * Source: org.apache.kafka.clients.consumer.KafkaConsumer (ClassicKafkaConsumer)
 */
export class Consumer {
  readonly #client: ConsumerClient;
  readonly #config: ConsumerConfig;
  readonly #log: KafkaLog;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #partitions = new PartitionStates();
  readonly #bell = new Bell();
  readonly #abort = new AbortController();
  readonly #calls: GroupCoordinatorCalls | null;
  readonly #resolver: PositionResolver;
  readonly #fetcher: Fetcher;
  readonly #offsets: ConsumerOffsets;
  readonly #stopWatching: () => void;
  #selection: TopicSelection | null = null;
  #membership: GroupMembership | null = null;
  #rebalancer: Rebalancer | null = null;
  #isPolling = false;
  #onPollEnd: (() => void) | null = null;
  #isWokenUp = false;
  #closing: Promise<void> | null = null;
  #resolving: Promise<void> | null = null;
  #resolveAtMs = 0;
  #resolveFailures = 0;
  #backgroundError: Error | null = null;

  constructor(client: ConsumerClient, settings: ClientSettings, options: ConsumerOptions) {
    this.#client = client;
    this.#config = consumerConfig(settings);
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    const { groupId } = this.#config;
    this.#calls = groupId === null ? null : new GroupCoordinatorCalls(client, groupId);
    const shared = { client, config: this.#config, partitions: this.#partitions, log: this.#log, now: this.#now, random: this.#random };
    this.#resolver = new PositionResolver({ ...shared, calls: this.#calls });
    this.#fetcher = new Fetcher({ ...shared, onArrival: () => this.#bell.ring() });
    this.#offsets = new ConsumerOffsets({ ...shared, calls: this.#calls, membership: () => this.#membership, signal: this.#abort.signal });
    this.#stopWatching = client.metadata.onChange(() => {
      this.#membership?.metadataChanged();
      this.#bell.ring();
    });
  }

  /** Joins the group of `group.id` with the next poll. May be called again with other topics; the listener stays the first one's. */
  subscribe(selection: TopicsToSelect, listener: RebalanceListener): void {
    this.#checkOpen();
    const { groupId } = this.#config;
    if (groupId === null || this.#calls === null) throw missingGroupId();
    if (this.#membership === null && this.#partitions.size > 0)
      throw new ConsumerStateError('Subscription to topics, partitions and pattern are mutually exclusive');
    this.#selection = new TopicSelection(this.#client, this.#config, selection, this.#now);
    this.#keepKnown(this.#selection.topics);
    if (this.#membership === null) this.#createMembership({ ...this.#config, groupId }, this.#calls, listener);
    this.#bell.ring();
  }

  #createMembership(config: ConsumerConfig & { groupId: string }, calls: GroupCoordinatorCalls, listener: RebalanceListener): void {
    const assignors = findAssignors(config.assignors);
    const shared = { log: this.#log, now: this.#now, random: this.#random };
    const membership = new GroupMembership({ ...shared, client: this.#client, calls, config, assignors, onEvent: () => this.#bell.ring() });
    this.#membership = membership;
    this.#rebalancer = new Rebalancer({
      membership,
      partitions: this.#partitions,
      protocol: rebalanceProtocol(assignors),
      listener,
      log: this.#log,
      topics: () => this.#selection?.topics ?? [],
      beforeRevoke: () => this.#offsets.autoCommit(),
      beforeAssigned: () => this.#resolvePositions(),
    });
  }

  /** Asks for the topics in the background; what stays wrong with them comes out of `poll`. */
  #keepKnown(topics: readonly string[]): void {
    if (topics.length === 0) return;
    const options = { signal: this.#abort.signal, timeoutMs: this.#config.apiTimeoutMs, allowAutoCreate: this.#config.allowAutoCreate };
    this.#client.metadata
      .ensure(topics, options)
      .catch((error: unknown) => {
        // A topic that is not there yet may come; the metadata goes on asking for it.
        if (!isRetriable(error)) this.#failInBackground(error);
      })
      .finally(() => this.#bell.ring());
  }

  #failInBackground(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#backgroundError ??= error instanceof Error ? error : new Error(String(error));
    this.#bell.ring();
  }

  /** Reads these partitions, without a group's assignment (offsets may still be committed with a `group.id`). Replaces an earlier assignment. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#checkOpen();
    if (this.#membership !== null) throw new ConsumerStateError('Subscription to topics, partitions and pattern are mutually exclusive');
    const wanted = new Set(partitions.map(partitionKey));
    this.#partitions.remove(this.#partitions.list().filter((each) => !wanted.has(partitionKey(each))));
    this.#partitions.add(partitions);
    this.#keepKnown([...new Set(partitions.map(({ topic }) => topic))]);
    this.#bell.ring();
  }

  /**
   * Waits up to `timeoutMs` for records: at most `max.poll.records`, in batches of one partition each, in order. Empty when none came. The position moves behind what is
   * returned. Rebalances are carried out in here, which may take longer.
   *
   * Throws `WakeupError` after `wakeup()`, the signal's reason, what a rebalance callback threw, and errors that need a decision:
   * authorization, `NoOffsetForPartitionError`, `OffsetOutOfRangeError`, a corrupt batch, a fenced instance id.
   */
  async poll(timeoutMs: number, signal?: AbortSignal): Promise<FetchedBatch[]> {
    this.#checkOpen();
    if (this.#isPolling) throw new ConsumerStateError('The consumer is not safe for concurrent access: poll is under way');
    if (this.#selection === null && this.#partitions.size === 0 && this.#membership === null) {
      throw new ConsumerStateError('Consumer is not subscribed to any topics or assigned any partitions');
    }
    this.#isPolling = true;
    this.#membership?.pollBegins();
    try {
      return await this.#pollUntil(this.#now() + timeoutMs, signal);
    } finally {
      this.#isPolling = false;
      this.#membership?.pollEnds();
      this.#onPollEnd?.();
    }
  }

  async #pollUntil(deadline: number, signal: AbortSignal | undefined): Promise<FetchedBatch[]> {
    for (;;) {
      this.#throwIfInterrupted(signal);
      this.#offsets.autoCommitWhenDue();
      await this.#followGroup();
      this.#throwIfInterrupted(signal);
      let lookAgainMs = Math.min(deadline, this.#resolveInBackground());
      lookAgainMs = Math.min(lookAgainMs, this.#fetcher.send());
      const batches = this.#fetcher.take();
      if (batches.length > 0) {
        // The room that these leave is filled while the caller works on them.
        this.#fetcher.send();
        return batches;
      }
      const now = this.#now();
      if (now >= deadline) return [];
      await this.#bell.wait(Math.max(1, lookAgainMs - now), signal);
    }
  }

  #throwIfInterrupted(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    this.#checkOpen();
    if (this.#isWokenUp) {
      this.#isWokenUp = false;
      throw new WakeupError();
    }
    const error = this.#backgroundError;
    this.#backgroundError = null;
    if (error !== null) throw error;
  }

  async #followGroup(): Promise<void> {
    const selection = this.#selection;
    if (selection === null || this.#rebalancer === null) return;
    selection.refresh(
      this.#abort.signal,
      () => {
        this.#keepKnown(selection.topics);
        this.#bell.ring();
      },
      (error) => {
        if (!isRetriable(error)) this.#failInBackground(error);
        else this.#log.debug(`Topics could not be listed: ${messageOf(error)}`);
      },
    );
    if (selection.isReady) await this.#rebalancer.step();
  }

  /** Looks for missing positions, one attempt at a time. Returns when to try again. */
  #resolveInBackground(): number {
    if (this.#resolving !== null || this.#resolver.missing().length === 0) return Infinity;
    if (this.#now() < this.#resolveAtMs) return this.#resolveAtMs;
    this.#resolving = this.#resolver
      .attempt(this.#abort.signal)
      .then((isComplete) => {
        const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs } = this.#config;
        this.#resolveAtMs = isComplete ? 0 : this.#now() + retryBackoff(this.#resolveFailures, { initialMs, maxMs, random: this.#random });
        this.#resolveFailures = isComplete ? 0 : this.#resolveFailures + 1;
      })
      .catch((error: unknown) => this.#failInBackground(error))
      .finally(() => {
        this.#resolving = null;
        this.#bell.ring();
      });
    return Infinity;
  }

  /** Waits until every partition has a position, at most `default.api.timeout.ms`; what fails is tried again, and told, by poll. */
  async #resolvePositions(): Promise<void> {
    const deadline = this.#now() + this.#config.apiTimeoutMs;
    while (this.#resolver.missing().length > 0 && this.#now() < deadline && !this.#isWokenUp && this.#backgroundError === null) {
      if (this.#abort.signal.aborted || this.#membership?.isLost === true) return;
      const lookAgainMs = Math.min(this.#resolveInBackground(), deadline);
      await this.#bell.wait(Math.max(1, lookAgainMs - this.#now()));
    }
    // Without a committed offset and without a policy the listener may still seek: only poll complains.
    if (this.#backgroundError?.name === 'NoOffsetForPartitionError') this.#backgroundError = null;
  }

  /** Ends the poll under way, or else the next, with `WakeupError`. */
  wakeup(): void {
    this.#isWokenUp = true;
    this.#bell.ring();
  }

  /**
   * Offset of the next record that poll returns. Known in `onAssigned`, unless a wake-up cut the search for it short: then this throws
   * `WakeupError`. Throws otherwise while it is not known, and for a partition that is not assigned.
   */
  position(partition: TopicPartition): number {
    const { position } = this.#partitions.get(partition);
    if (position === null) this.#throwIfInterrupted(undefined);
    if (position === null) throw new ConsumerStateError(`The position of partition ${partitionKey(partition)} is not known yet`);
    return position;
  }

  /** As `position`, null while it is not known or the partition is not assigned. */
  positionOrNull(partition: TopicPartition): number | null {
    return this.#partitions.find(partition)?.position ?? null;
  }

  /** Reads on from there; what was fetched ahead is dropped. */
  seek(partition: TopicPartition, offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`seek offset must not be a negative number: ${offset}`);
    this.#partitions.get(partition).seek(offset);
    this.#bell.ring();
  }

  seekToBeginning(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#partitions.get(each).requestReset({ kind: 'earliest' });
    this.#bell.ring();
  }

  seekToEnd(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#partitions.get(each).requestReset({ kind: 'latest' });
    this.#bell.ring();
  }

  /** Poll returns nothing of these until `resume`; what was fetched ahead is dropped and fetched again then. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const state of partitions.map((each) => this.#partitions.get(each))) {
      if (state.isPaused) continue;
      state.isPaused = true;
      state.dropBuffered();
    }
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#partitions.get(each).isPaused = false;
    this.#bell.ring();
  }

  paused(): TopicPartition[] {
    return [...this.#partitions.all()].filter((state) => state.isPaused).map(({ topic, partition }) => ({ topic, partition }));
  }

  assignment(): TopicPartition[] {
    return this.#partitions.list();
  }

  /**
   * Commits and waits for it, retrying up to `default.api.timeout.ms`. Throws `CommitFailedError` when the group went on without this member,
   * `CommitRebalanceError` during a rebalance.
   */
  commit(offsets: readonly CommittedOffset[], signal?: AbortSignal): Promise<void> {
    return this.#offsets.commit(offsets, signal);
  }

  /** The group's committed offsets; partitions without one are left out. */
  committed(partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<CommittedOffset[]> {
    return this.#offsets.committed(partitions, signal);
  }

  /** Offset of the first record, by `topic-partition`. */
  beginningOffsets(partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<Map<string, number>> {
    return this.#offsets.lookUp(partitions, { timestamp: earliestTimestamp, isReadCommitted: false, signal });
  }

  /** Offset behind the last record, by `topic-partition`; with `isReadCommitted` false also of transactions under way. Default: by `isolation.level`. */
  endOffsets(
    partitions: readonly TopicPartition[],
    options: { isReadCommitted?: boolean; signal?: AbortSignal } = {},
  ): Promise<Map<string, number>> {
    const isReadCommitted = options.isReadCommitted ?? this.#config.isReadCommitted;
    return this.#offsets.lookUp(partitions, { timestamp: latestTimestamp, isReadCommitted, signal: options.signal });
  }

  /**
   * Gives up its partitions (`onRevoked`, or `onLost`), leaves the group and lets everything go, within `timeoutMs` (default 30 s) apart from the
   * callbacks. A poll under way ends with an error. Does not reject; further calls wait for the first.
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 30_000);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#stopWatching();
    this.wakeup();
    const timer = setTimeout(() => this.#abort.abort(new ConsumerStateError('This consumer has been closed.')), timeoutMs);
    this.#fetcher.close();
    await this.#pollEnded();
    try {
      await this.#rebalancer?.giveUpAll();
    } catch (error) {
      this.#log.warn(`A rebalance callback failed while the consumer was closing: ${messageOf(error)}`);
    }
    try {
      await this.#membership?.leave('the consumer is being closed', this.#abort.signal);
    } catch (error) {
      this.#log.debug(`Leaving group ${this.#config.groupId} failed: ${messageOf(error)}`);
    }
    clearTimeout(timer);
    this.#abort.abort(new ConsumerStateError('This consumer has been closed.'));
    this.#partitions.clear();
  }

  /** A poll under way ends by the wake-up; only a callback inside it can hold it up, and only until the time to close is over. */
  async #pollEnded(): Promise<void> {
    if (!this.#isPolling) return;
    await new Promise<void>((resolve) => {
      this.#onPollEnd = resolve;
      this.#abort.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new ConsumerStateError('This consumer has already been closed.');
  }
}
