import type { Responses } from '@sluice/protocol';
import { errors, kafkaError } from '@sluice/protocol';
import { isRetriable, messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import type { EnsureOptions, PartitionMetadata, TopicMetadata } from './cluster-types.ts';
import { delay, retryBackoff, timerMaxMs } from './retry-backoff.ts';
import { TopicStore } from './topic-store.ts';

export type MetadataAnswer = Responses['Metadata'];

export interface ClusterMetadataOptions {
  /** Asks a broker. `null`: all topics. */
  readonly ask: (topics: readonly string[] | null, allowAutoCreate: boolean, signal: AbortSignal | undefined) => Promise<MetadataAnswer>;
  readonly log: KafkaLog;
  readonly now: () => number;
  readonly random: () => number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  /** `metadata.max.age.ms` */
  readonly ageMaxMs: number;
  /** `metadata.max.idle.ms`: topics that were not looked at for so long are forgotten. Infinity: never. */
  readonly idleMaxMs: number;
  readonly defaultTimeoutMs: number;
  readonly allowAutoCreate: boolean;
  readonly includeInternal: boolean;
}

/** Errors of a topic that no waiting heals. */
const fatalCodes: readonly number[] = [errors.INVALID_TOPIC_EXCEPTION.code, errors.TOPIC_AUTHORIZATION_FAILED.code];

/**
 * What the client knows of topics, partitions and their leaders, kept fresh in the background: every `metadata.max.age.ms`, and soon after `invalidate`.
 *
 * Source: org.apache.kafka.clients.Metadata, NetworkClient.DefaultMetadataUpdater
 */
export class ClusterMetadata {
  readonly #options: ClusterMetadataOptions;
  readonly #store = new TopicStore();
  /** Topics that are kept known, with the time at which they were last looked at. */
  readonly #tracked = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #refreshDueAt = Infinity;
  #isRefreshing = false;
  #isStale = false;
  #failures = 0;
  #lastAskedAt = -Infinity;

  constructor(options: ClusterMetadataOptions) {
    this.#options = options;
  }

  /** The topic as last heard of, `null` while unknown. */
  topic(name: string): TopicMetadata | null {
    this.#touch(name);
    return this.#store.get(name);
  }

  /** The topic with this id, `null` while unknown. */
  topicById(topicId: string): TopicMetadata | null {
    return this.#store.byId(topicId);
  }

  /** Node id of the leader, -1 while unknown. */
  leader(topic: string, partition: number): number {
    return this.#partition(topic, partition)?.leader ?? -1;
  }

  /** The leader's epoch, -1 while unknown. */
  leaderEpoch(topic: string, partition: number): number {
    return this.#partition(topic, partition)?.leaderEpoch ?? -1;
  }

  /**
   * Waits until all topics are known and have partitions, and keeps them known from then on. Throws KafkaError REQUEST_TIMED_OUT
   * (`Topic x not present in metadata after 60000 ms.`), TOPIC_AUTHORIZATION_FAILED, INVALID_TOPIC_EXCEPTION, or `AuthenticationError`.
   */
  async ensure(topics: readonly string[], options: EnsureOptions = {}): Promise<void> {
    const { signal } = options;
    const timeoutMs = options.timeoutMs ?? this.#options.defaultTimeoutMs;
    const deadline = this.#options.now() + timeoutMs;
    for (const topic of topics) this.#tracked.set(topic, this.#options.now());
    let lastError: unknown;
    for (let failures = 0; ; failures++) {
      const missing = topics.filter((topic) => !this.#isKnown(topic));
      if (missing.length === 0) return;
      if (failures > 0) {
        const wait = Math.min(this.#backoff(failures - 1), deadline - this.#options.now());
        if (wait <= 0) throw notPresent(missing, timeoutMs, lastError);
        await delay(wait, this.#signal(signal));
      }
      const limit = this.#deadlineSignal(signal, deadline);
      try {
        await this.#ask(missing, options.allowAutoCreate ?? this.#options.allowAutoCreate, limit);
      } catch (error) {
        signal?.throwIfAborted();
        this.#abort.signal.throwIfAborted();
        if (limit.aborted) throw notPresent(missing, timeoutMs, lastError ?? error);
        if (!isRetriable(error)) throw error;
        lastError = error;
      }
      this.#throwFatal(missing);
    }
  }

  /** Asks the cluster once, for the given topics or all that are kept known. */
  async refresh(topics?: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#ask(topics ?? [...this.#tracked.keys()], false, this.#signal(signal));
  }

  /** What is known of the topic (or of all) may be wrong: asks again soon, in the background. Cheap, may be called often. */
  invalidate(topic?: string): void {
    if (topic !== undefined) this.#touch(topic, true);
    this.#isStale = true;
    this.#schedule(Math.max(this.#options.now(), this.#lastAskedAt + this.#backoff(this.#failures)));
  }

  /** Takes over the leader that a Produce or Fetch response names (KIP-951). Older epochs are ignored. */
  updateLeader(topic: string, partition: number, leader: { leaderId: number; leaderEpoch: number }): void {
    if (this.#store.updateLeader(topic, partition, leader)) this.#notify();
  }

  /** Names of all topics in the cluster that we may see; internal ones only where `exclude.internal.topics` is false. */
  async list(signal?: AbortSignal): Promise<string[]> {
    const answer = await this.#options.ask(null, false, this.#signal(signal));
    const topics = answer.topics.filter(
      (topic) => topic.name !== null && topic.errorCode === 0 && (this.#options.includeInternal || !topic.isInternal),
    );
    return topics.map((topic) => topic.name!);
  }

  /** Stops keeping topics known. */
  forget(topics: readonly string[]): void {
    for (const topic of topics) {
      this.#tracked.delete(topic);
      this.#store.delete(topic);
    }
  }

  /** Calls the listener after each answer that changed something. Returns how to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends refreshing; what waits is rejected with `error`. */
  close(error: Error): void {
    this.#abort.abort(error);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #partition(topic: string, partition: number): PartitionMetadata | null {
    this.#touch(topic);
    return this.#store.partition(topic, partition);
  }

  #touch(topic: string, add = false): void {
    if (add || (this.#options.idleMaxMs !== Infinity && this.#tracked.has(topic))) this.#tracked.set(topic, this.#options.now());
  }

  #isKnown(topic: string): boolean {
    return (this.#store.get(topic)?.partitions.length ?? 0) > 0;
  }

  #throwFatal(topics: readonly string[]): void {
    const refused = topics.filter((topic) => fatalCodes.includes(this.#store.errorCode(topic)));
    if (refused.length === 0) return;
    const code = this.#store.errorCode(refused[0]!);
    const isInvalid = code === errors.INVALID_TOPIC_EXCEPTION.code;
    throw kafkaError(
      code,
      isInvalid ? `Invalid topics: [${refused.join(', ')}]` : `Not authorized to access topics: [${refused.join(', ')}]`,
    );
  }

  async #ask(topics: readonly string[], allowAutoCreate: boolean, signal: AbortSignal): Promise<void> {
    this.#lastAskedAt = this.#options.now();
    const answer = await this.#options.ask(topics, allowAutoCreate, signal);
    const changed = this.#store.apply(answer.topics);
    this.#failures = 0;
    if (!this.#isStale) this.#armAgeTimer();
    if (changed) this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #armAgeTimer(): void {
    this.#cancelTimer();
    this.#schedule(this.#options.now() + this.#options.ageMaxMs);
  }

  #cancelTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#refreshDueAt = Infinity;
  }

  #schedule(time: number): void {
    if (time >= this.#refreshDueAt || this.#isRefreshing || this.#abort.signal.aborted) return;
    this.#cancelTimer();
    this.#refreshDueAt = time;
    const wait = Math.min(Math.max(0, time - this.#options.now()), timerMaxMs);
    this.#timer = setTimeout(() => void this.#refreshInBackground(), wait).unref();
  }

  async #refreshInBackground(): Promise<void> {
    this.#cancelTimer();
    this.#isRefreshing = true;
    this.#isStale = false;
    this.#forgetIdle();
    try {
      await this.#ask([...this.#tracked.keys()], false, this.#abort.signal);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      // The first failure of a row is said aloud; the rest of the row would only repeat it.
      this.#options.log[this.#failures === 0 ? 'warn' : 'debug'](`Metadata could not be refreshed, trying again: ${messageOf(error)}`);
      this.#failures++;
      this.#isStale = true;
    } finally {
      this.#isRefreshing = false;
    }
    if (this.#isStale) this.#schedule(this.#options.now() + this.#backoff(this.#failures));
    else this.#armAgeTimer();
  }

  #forgetIdle(): void {
    const before = this.#options.now() - this.#options.idleMaxMs;
    this.forget([...this.#tracked].filter(([, lookedAt]) => lookedAt < before).map(([topic]) => topic));
  }

  #backoff(failures: number): number {
    const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs, random } = this.#options;
    return retryBackoff(failures, { initialMs, maxMs, random });
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#abort.signal : AbortSignal.any([this.#abort.signal, signal]);
  }

  #deadlineSignal(signal: AbortSignal | undefined, deadline: number): AbortSignal {
    const left = deadline - this.#options.now();
    if (left > timerMaxMs) return this.#signal(signal);
    return AbortSignal.any([this.#signal(signal), AbortSignal.timeout(Math.max(0, Math.ceil(left)))]);
  }
}

function notPresent(topics: readonly string[], timeoutMs: number, cause: unknown): Error {
  const topic = topics.length === 1 ? `Topic ${topics[0]}` : `Topics ${topics.join(', ')}`;
  return kafkaError('REQUEST_TIMED_OUT', `${topic} not present in metadata after ${timeoutMs} ms.`, { cause });
}
