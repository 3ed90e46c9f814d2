import { errorInfo, kafkaError } from '@sluice/protocol';
import type { Responses } from '@sluice/protocol';
import { isRetriable, messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import { retryBackoff } from '../client/retry-backoff.ts';
import type { ConsumerClient } from './consumer-client.ts';
import type { ConsumerConfig } from './consumer-config.ts';
import { OffsetOutOfRangeError } from './consumer-errors.ts';
import { FetchedChunk } from './fetched-chunk.ts';
import type { FetchedBatch, FetchedPartition } from './fetched-chunk.ts';
import type { PartitionState, PartitionStates } from './partition-state.ts';
import { byTopic, partitionKey } from './topic-partition.ts';

export interface FetcherOptions {
  client: ConsumerClient;
  config: ConsumerConfig;
  partitions: PartitionStates;
  log: KafkaLog;
  now: () => number;
  random: () => number;
  /** Data or an error arrived. */
  onArrival: () => void;
}

interface NodeState {
  isFetching: boolean;
  retryAtMs: number;
  failures: number;
}

/** The version of Fetch with topic names; the next one has ids only. */
const fetchVersionMax = 12;
/** Responses of one node that wait to be handed out: the one in hand and one ahead. */
const bufferedResponsesMax = 2;

/** Answers of a partition that mean: ask its leader again, once it is known who that is. */
const movedErrors: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_SERVER_ERROR',
]);

/**
 * Keeps one fetch under way for each broker, as long as not more than one answer of it waits behind the one that is handed out. The next request leaves
 * as soon as an answer's last offsets are known, before its records are decoded.
 *
 * Full fetches (session id 0, epoch -1) carry all partitions each time. Source: Fetcher, FetchCollector
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #abort = new AbortController();
  readonly #nodes = new Map<number, NodeState>();
  /** In order of arrival. */
  readonly #chunks: FetchedChunk[] = [];
  /** Node of each response of which something is still buffered, with the number of its chunks. */
  readonly #responses = new Map<object, { node: number; chunks: number }>();

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** Sends what can be sent. Returns when to look again because of a back-off; `Infinity` when arrivals tell. */
  send(): number {
    const now = this.#options.now();
    this.#dropStale();
    const byNode = new Map<number, PartitionState[]>();
    let lookAgainMs = Infinity;
    for (const state of this.#options.partitions.all()) {
      if (state.position === null || state.isPaused || state.isFetching) continue;
      const leader = this.#options.client.metadata.leader(state.topic, state.partition);
      if (leader < 0) this.#options.client.metadata.invalidate(state.topic);
      const waitUntilMs =
        leader < 0 ? now + Math.max(1, this.#options.config.retryBackoffMs) : Math.max(state.retryAtMs, this.#node(leader).retryAtMs);
      if (waitUntilMs > now) {
        lookAgainMs = Math.min(lookAgainMs, waitUntilMs);
        continue;
      }
      const states = byNode.get(leader);
      if (states === undefined) byNode.set(leader, [state]);
      else states.push(state);
    }
    for (const [node, states] of byNode) {
      if (!this.#node(node).isFetching && this.#bufferedResponses(node) < bufferedResponsesMax) this.#fetch(node, states);
    }
    return lookAgainMs;
  }

  #node(id: number): NodeState {
    let node = this.#nodes.get(id);
    if (node === undefined) this.#nodes.set(id, (node = { isFetching: false, retryAtMs: 0, failures: 0 }));
    return node;
  }

  #bufferedResponses(node: number): number {
    let count = 0;
    for (const response of this.#responses.values()) if (response.node === node) count += 1;
    return count;
  }

  #fetch(id: number, states: readonly PartitionState[]): void {
    const { client, config } = this.#options;
    const node = this.#node(id);
    const asked = new Map(states.map((state) => [partitionKey(state), { state, version: state.version }]));
    node.isFetching = true;
    for (const state of states) state.isFetching = true;
    const body = {
      replicaId: -1,
      maxWaitMs: config.fetchWaitMs,
      minBytes: config.fetchBytesMin,
      maxBytes: config.fetchBytesMax,
      isolationLevel: config.isReadCommitted ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [...byTopic(states)].map(([topic, each]) => ({ topic, partitions: each.map((state) => this.#fetchPartition(state)) })),
    };
    // The broker may hold the answer back for fetch.max.wait.ms.
    const options = { signal: this.#abort.signal, timeoutMs: config.requestTimeoutMs + config.fetchWaitMs, maxVersion: fetchVersionMax };
    client
      .send(id, 'Fetch', body, options)
      .then((response) => {
        for (const { state } of asked.values()) state.isFetching = false;
        node.isFetching = false;
        this.#arrived(id, node, response, asked);
      })
      .catch((error: unknown) => {
        for (const { state } of asked.values()) state.isFetching = false;
        node.isFetching = false;
        this.#failed(id, node, error);
      })
      .finally(() => {
        if (this.#abort.signal.aborted) return;
        this.send();
        this.#options.onArrival();
      });
  }

  #fetchPartition(state: PartitionState): {
    partition: number;
    currentLeaderEpoch: number;
    fetchOffset: number;
    logStartOffset: number;
    partitionMaxBytes: number;
  } {
    const { partition, fetchOffset } = state;
    return {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset,
      logStartOffset: -1,
      partitionMaxBytes: this.#options.config.partitionBytesMax,
    };
  }

  #arrived(
    id: number,
    node: NodeState,
    response: Responses['Fetch'],
    asked: ReadonlyMap<string, { state: PartitionState; version: number }>,
  ): void {
    if (response.errorCode !== 0) throw kafkaError(response.errorCode);
    node.failures = 0;
    let chunks = 0;
    for (const topic of response.responses) {
      for (const data of topic.partitions) {
        const entry = asked.get(partitionKey({ topic: topic.topic, partition: data.partitionIndex }));
        // Revoked, paused or moved elsewhere since it was asked for.
        if (entry === undefined || entry.state.version !== entry.version || !this.#options.partitions.has(entry.state)) continue;
        if (this.#keep(entry.state, data, response)) chunks += 1;
      }
    }
    if (chunks > 0) this.#responses.set(response, { node: id, chunks });
  }

  /** Buffers what came for one partition; false when there is nothing to hand out. */
  #keep(state: PartitionState, data: FetchedPartition, response: object): boolean {
    if (movedErrors.has(errorInfo(data.errorCode).name)) {
      this.#moved(state, data);
      return false;
    }
    const chunk = new FetchedChunk(state, data, { response, isReadCommitted: this.#options.config.isReadCommitted });
    state.failures = 0;
    if (chunk.isEmpty) return false;
    if (chunk.endOffset >= 0) state.fetchOffset = Math.max(state.fetchOffset, chunk.endOffset);
    // An error is answered once, by the user's next poll.
    if (chunk.errorCode !== 0) state.retryAtMs = Infinity;
    this.#chunks.push(chunk);
    // The others come first next time, so that a full response starves none.
    this.#options.partitions.moveToEnd(state);
    return true;
  }

  #moved(state: PartitionState, data: FetchedPartition): void {
    const { client, log, now } = this.#options;
    log.debug(`Fetch of ${partitionKey(state)} at ${state.fetchOffset} failed: ${errorInfo(data.errorCode).name}`);
    state.retryAtMs = now() + this.#backoff(state.failures);
    state.failures += 1;
    if (data.currentLeader.leaderId >= 0) client.metadata.updateLeader(state.topic, state.partition, data.currentLeader);
    client.metadata.invalidate(state.topic);
  }

  #failed(id: number, node: NodeState, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const { client, log, now } = this.#options;
    node.retryAtMs = now() + this.#backoff(node.failures);
    node.failures += 1;
    if (isRetriable(error)) {
      log.debug(`Fetch from node ${id} failed, trying again: ${messageOf(error)}`);
      client.metadata.invalidate();
    } else {
      this.#fatalError = error instanceof Error ? error : new Error(String(error));
    }
  }

  #fatalError: Error | null = null;

  #backoff(failures: number): number {
    const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs } = this.#options.config;
    return retryBackoff(failures, { initialMs, maxMs, random: this.#options.random });
  }

  /**
   * Hands out up to `max.poll.records` records and moves the positions behind them. Throws what the broker said of a partition, or
   * a corrupt batch, but only when there is nothing to hand out: no record is lost to an error behind it.
   */
  take(): FetchedBatch[] {
    const batches: FetchedBatch[] = [];
    let left = this.#options.config.maxPollRecords;
    try {
      while (left > 0) {
        const chunk = this.#chunks[0];
        if (chunk === undefined) break;
        const step = this.#isStale(chunk) ? null : this.#step(chunk, left, batches.length === 0);
        if (step === null) {
          this.#release(this.#chunks.shift()!);
          continue;
        }
        chunk.state.position = step.nextOffset;
        if (step.batch === null) continue;
        batches.push(step.batch);
        left -= step.batch.to - step.batch.from;
      }
    } catch (error) {
      if (batches.length === 0) throw error;
    }
    if (batches.length === 0 && this.#fatalError !== null) {
      const error = this.#fatalError;
      this.#fatalError = null;
      throw error;
    }
    return batches;
  }

  #step(chunk: FetchedChunk, countMax: number, mayThrow: boolean): ReturnType<FetchedChunk['step']> {
    if (chunk.errorCode !== 0) {
      // Met again by the next poll, when it comes first.
      if (!mayThrow) throw kafkaError(chunk.errorCode);
      this.#answerError(chunk);
      return null;
    }
    try {
      return chunk.step(chunk.state.position!, countMax);
    } catch (error) {
      if (!mayThrow) throw error;
      // It is fetched again by the next poll: the fault may have been on the way, and the user may seek past it.
      chunk.state.dropBuffered();
      const where = `Received exception when fetching the next record from ${partitionKey(chunk.state)}. If needed, please seek past the record to continue consumption.`;
      throw kafkaError('CORRUPT_MESSAGE', where, { cause: error });
    }
  }

  /** Source: FetchCollector.handleInitializeErrors */
  #answerError(chunk: FetchedChunk): void {
    const { state, errorCode } = chunk;
    state.dropBuffered();
    if (errorInfo(errorCode).name !== 'OFFSET_OUT_OF_RANGE') {
      throw kafkaError(
        errorCode,
        errorInfo(errorCode).name === 'TOPIC_AUTHORIZATION_FAILED' ? `Not authorized to access topics: [${state.topic}]` : null,
      );
    }
    const { offsetReset } = this.#options.config;
    if (offsetReset.kind === 'none') throw new OffsetOutOfRangeError(state, state.position ?? -1);
    this.#options.log.info(`Fetch position ${state.position} is out of range for partition ${partitionKey(state)}, resetting offset`);
    state.requestReset(offsetReset);
  }

  #isStale(chunk: FetchedChunk): boolean {
    return chunk.version !== chunk.state.version || !this.#options.partitions.has(chunk.state);
  }

  #dropStale(): void {
    for (let i = this.#chunks.length - 1; i >= 0; i -= 1) {
      const chunk = this.#chunks[i]!;
      if (this.#isStale(chunk)) this.#release(...this.#chunks.splice(i, 1));
    }
  }

  #release(...chunks: FetchedChunk[]): void {
    for (const { response } of chunks) {
      const entry = this.#responses.get(response);
      if (entry === undefined) continue;
      entry.chunks -= 1;
      if (entry.chunks === 0) this.#responses.delete(response);
    }
  }

  /** Forgets what was fetched and stops waiting for answers. */
  close(): void {
    this.#abort.abort(new Error('The consumer is closed'));
    this.#chunks.length = 0;
    this.#responses.clear();
  }
}
