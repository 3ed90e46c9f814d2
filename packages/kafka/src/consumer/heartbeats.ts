import { KafkaError } from '@sluice/protocol';
import { messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import type { ConsumerConfig } from './consumer-config.ts';
import type { GroupCoordinatorCalls } from './group-coordinator-calls.ts';
import type { CommitIdentity } from './group-offsets.ts';

export interface HeartbeatOptions {
  calls: GroupCoordinatorCalls;
  config: ConsumerConfig;
  log: KafkaLog;
  now: () => number;
}

export interface HeartbeatListener {
  identity: () => CommitIdentity;
  isMember: () => boolean;
  onError: (error: KafkaError) => void;
  /** `max.poll.interval.ms` went by without a poll. */
  onPollTimeout: () => void;
}

/** Tells the coordinator every `heartbeat.interval.ms` that the member lives, on a timer of its own, and watches that somebody polls. Source: AbstractCoordinator.HeartbeatThread */
export class Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #listener: HeartbeatListener;
  #timer: NodeJS.Timeout | null = null;
  #lastPollAt: number;
  #isPolling = false;
  #lastAnswerAt = 0;
  #abort = new AbortController();

  constructor(options: HeartbeatOptions, listener: HeartbeatListener) {
    this.#options = options;
    this.#listener = listener;
    this.#lastPollAt = options.now();
  }

  pollBegins(): void {
    this.#isPolling = true;
    this.#lastPollAt = this.#options.now();
  }

  pollEnds(): void {
    this.#isPolling = false;
    this.#lastPollAt = this.#options.now();
  }

  start(): void {
    this.stop();
    this.#abort = new AbortController();
    this.#lastAnswerAt = this.#options.now();
    this.#arm();
  }

  /** No heartbeat is sent or awaited after this. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#abort.abort();
  }

  #arm(): void {
    const { heartbeatIntervalMs, maxPollIntervalMs } = this.#options.config;
    const pollDueMs = this.#isPolling ? Infinity : this.#lastPollAt + maxPollIntervalMs - this.#options.now();
    this.#timer = setTimeout(() => void this.#beat(this.#abort.signal), Math.max(1, Math.min(heartbeatIntervalMs, pollDueMs + 1)));
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { config, now, log } = this.#options;
    if (!this.#isPolling && now() - this.#lastPollAt > config.maxPollIntervalMs) {
      this.#listener.onPollTimeout();
      return;
    }
    try {
      // While the group rebalances, the join itself is the sign of life.
      if (this.#listener.isMember()) await this.#send(signal);
    } catch (error) {
      if (signal.aborted) return;
      log.debug(`Heartbeat failed: ${messageOf(error)}`);
      this.#forgetDeadCoordinator();
      if (error instanceof KafkaError) this.#listener.onError(error);
    }
    if (!signal.aborted) this.#arm();
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { calls, config, now } = this.#options;
    const { groupId, generation, memberId, groupInstanceId } = this.#listener.identity();
    const body = { groupId, generationId: generation, memberId, groupInstanceId };
    const response = await calls.send('Heartbeat', body, { signal, timeoutMs: Math.min(config.requestTimeoutMs, config.sessionTimeoutMs) });
    // The answer to a heartbeat of an older generation says nothing of the present one.
    if (this.#listener.identity().generation !== generation || !this.#listener.isMember()) return;
    const error = calls.error(response.errorCode);
    if (error !== null) throw error;
    this.#lastAnswerAt = now();
  }

  /** A session without a sign of the coordinator: look for it anew. */
  #forgetDeadCoordinator(): void {
    const { now, config, calls } = this.#options;
    if (now() - this.#lastAnswerAt > config.sessionTimeoutMs) calls.noteError(coordinatorNotAvailable);
  }
}

const coordinatorNotAvailable = 15;
