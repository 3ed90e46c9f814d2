import { isRetriable } from '../errors.ts';
import type { ConsumerClient } from './consumer-client.ts';
import type { ConsumerConfig } from './consumer-config.ts';
import { NoOffsetForPartitionError } from './consumer-errors.ts';
import type { GroupCoordinatorCalls } from './group-coordinator-calls.ts';
import { fetchCommittedOffsets } from './group-offsets.ts';
import { lookUpOffsets } from './offset-lookup.ts';
import { latestTimestamp, resetTimestamp } from './offset-reset.ts';
import type { PartitionState, PartitionStates } from './partition-state.ts';
import { partitionKey } from './topic-partition.ts';

export interface PositionResolverOptions {
  client: ConsumerClient;
  config: ConsumerConfig;
  /** Null without a group. */
  calls: GroupCoordinatorCalls | null;
  partitions: PartitionStates;
  now: () => number;
}

/** Finds out where to read partitions without a position: at the committed offset, else where `auto.offset.reset` says. */
export class PositionResolver {
  readonly #options: PositionResolverOptions;

  constructor(options: PositionResolverOptions) {
    this.#options = options;
  }

  missing(): PartitionState[] {
    return [...this.#options.partitions.all()].filter((state) => state.position === null);
  }

  /**
   * One attempt for all partitions without a position. Returns whether all have one now; throws errors that stay, among them
   * `NoOffsetForPartitionError` with `auto.offset.reset=none`.
   */
  async attempt(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#useCommitted(signal);
      await this.#useReset(signal);
    } catch (error) {
      if (!isRetriable(error)) throw error;
      return false;
    }
    return this.missing().length === 0;
  }

  async #useCommitted(signal: AbortSignal): Promise<void> {
    const { config, calls } = this.#options;
    const states = this.missing().filter((state) => state.reset === null);
    if (states.length === 0) return;
    const isReadCommitted = config.isReadCommitted;
    const versions = states.map((state) => state.version);
    const committed =
      calls === null || config.groupId === null
        ? []
        : await fetchCommittedOffsets(calls, config.groupId, states, { isReadCommitted, signal });
    const offsets = new Map(committed.map((each) => [partitionKey(each), each.offset]));
    const without: PartitionState[] = [];
    states.forEach((state, index) => {
      // A seek or a revocation meanwhile is newer than this answer.
      if (state.version !== versions[index] || state.position !== null || state.reset !== null) return;
      const offset = offsets.get(partitionKey(state));
      if (offset !== undefined) state.seek(offset);
      else if (config.offsetReset.kind === 'none') without.push(state);
      else state.requestReset(config.offsetReset);
    });
    const stillWithout = without.filter((state) => this.#options.partitions.has(state));
    if (stillWithout.length > 0) throw new NoOffsetForPartitionError(stillWithout.map(({ topic, partition }) => ({ topic, partition })));
  }

  async #useReset(signal: AbortSignal): Promise<void> {
    const { now } = this.#options;
    const states = this.missing().filter((state) => state.reset !== null);
    const asked = states.map((state) => ({
      state,
      version: state.version,
      timestamp: resetTimestamp(state.reset!, now()) ?? latestTimestamp,
    }));
    const offsets = await this.#lookUp(asked, signal);
    // No record is as young as that: the end is where such a one will be.
    const tooYoung = asked.filter(({ state }) => offsets.get(partitionKey(state)) === -1);
    const ends = await this.#lookUp(
      tooYoung.map((each) => ({ ...each, timestamp: latestTimestamp })),
      signal,
    );
    for (const { state, version } of asked) {
      const found = offsets.get(partitionKey(state));
      const offset = found === -1 ? ends.get(partitionKey(state)) : found;
      if (offset !== undefined && offset >= 0 && state.version === version) state.seek(offset);
    }
  }

  async #lookUp(asked: readonly { state: PartitionState; timestamp: number }[], signal: AbortSignal): Promise<Map<string, number>> {
    if (asked.length === 0) return new Map();
    const { client, config } = this.#options;
    const queries = asked.map(({ state: { topic, partition }, timestamp }) => ({ topic, partition, timestamp }));
    const options = { isReadCommitted: config.isReadCommitted, timeoutMs: config.requestTimeoutMs, signal };
    return new Map((await lookUpOffsets(client, queries, options)).map((each) => [partitionKey(each), each.offset]));
  }
}
