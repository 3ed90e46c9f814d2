import { errors, KafkaError, zeroUuid } from '@sluice/protocol';
import type { Requests } from '@sluice/protocol';
import { errorCode } from '../error-code.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { encodeFetchResponse } from './fetch-response.ts';
import type { FetchedPartition, FetchedTopic } from './fetch-response.ts';
import type { BrokerState, Handler, RequestContext } from './handler.ts';

const FIRST_TOPIC_ID_VERSION = 13;
const NONE = errors.NONE.code;
/** What one answer may have in any case, also while the answers of others fill the memory. */
const MIN_RESPONSE_BYTES = 1 << 20;

interface Wanted {
  index: number;
  log: PartitionLog | null;
  offset: number;
  maxBytes: number;
  /** An error that is known without reading. */
  errorCode: number;
}

interface WantedTopic {
  name: string;
  id: string;
  partitions: Wanted[];
}

/**
 * Reads from each partition, in the order of the request, up to `maxBytes` in all; where less than `minBytes` is there, waits up to `maxWaitMs` for more.
 * Fetch sessions (KIP-227) are not given out: a client then names all its partitions each time.
 */
export const fetch: Handler<'Fetch'> = async (broker, request, context) => {
  if (request.sessionId !== 0) return { errorCode: errors.FETCH_SESSION_ID_NOT_FOUND.code };
  const wanted = request.topics.map((topic) => findPartitions(broker, topic, context.version));
  const free = Math.max(MIN_RESPONSE_BYTES, broker.memory.limit - broker.memory.inUse);
  const maxBytes = Math.min(request.maxBytes, broker.config.number('fetch.max.bytes'), free);
  const logs = wanted.flatMap(({ partitions }) => partitions.flatMap(({ log }) => log ?? []));
  const wait = new AppendWait(logs, context.closed);
  try {
    let fetched = await readAll(broker, wanted, maxBytes);
    const missing = request.minBytes - fetched.bytes;
    if (missing > 0 && !fetched.isFailed && request.maxWaitMs > 0) {
      if (await wait.until(missing, request.maxWaitMs)) fetched = await readAll(broker, wanted, maxBytes);
    }
    return encodeFetchResponse(context.correlationId, context.version, fetched.topics);
  } finally {
    wait.end();
  }
};

function findPartitions(broker: BrokerState, request: Requests['Fetch']['topics'][number], version: number): WantedTopic {
  const isById = version >= FIRST_TOPIC_ID_VERSION;
  const topic = isById ? broker.topics.byId(request.topicId) : broker.topics.get(request.topic);
  const missing = isById ? errors.UNKNOWN_TOPIC_ID.code : errors.UNKNOWN_TOPIC_OR_PARTITION.code;
  const partitions = request.partitions.map((partition) => {
    const log = topic?.logs[partition.partition] ?? null;
    const known = topic === null ? missing : errors.UNKNOWN_TOPIC_OR_PARTITION.code;
    // There has only ever been epoch 0.
    const code = log === null ? known : partition.currentLeaderEpoch > 0 ? errors.UNKNOWN_LEADER_EPOCH.code : NONE;
    return {
      index: partition.partition,
      log: code === NONE ? log : null,
      offset: partition.fetchOffset,
      maxBytes: partition.partitionMaxBytes,
      errorCode: code,
    };
  });
  return { name: request.topic, id: isById ? request.topicId : zeroUuid, partitions };
}

async function readAll(
  broker: BrokerState,
  wanted: readonly WantedTopic[],
  maxBytes: number,
): Promise<{ topics: FetchedTopic[]; bytes: number; isFailed: boolean }> {
  let bytes = 0;
  let isFailed = false;
  const topics: FetchedTopic[] = [];
  for (const { name, id, partitions } of wanted) {
    const fetched: FetchedPartition[] = [];
    for (const partition of partitions) {
      const room = Math.min(partition.maxBytes, maxBytes - bytes);
      // A batch that is larger than the limits must come through all the same, where it is the first.
      const result = await readPartition(broker, partition, { room, isOneAtLeast: bytes === 0 });
      bytes += result.records?.length ?? 0;
      isFailed ||= result.errorCode !== NONE;
      fetched.push(result);
    }
    topics.push({ name, id, partitions: fetched });
  }
  return { topics, bytes, isFailed };
}

async function readPartition(
  broker: BrokerState,
  wanted: Wanted,
  limits: { room: number; isOneAtLeast: boolean },
): Promise<FetchedPartition> {
  const { index, log, offset } = wanted;
  const failed = { index, errorCode: wanted.errorCode, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: null };
  if (log === null) return failed;
  try {
    const { records } = await log.read(offset, limits.room, limits.isOneAtLeast);
    const { highWatermark, lastStableOffset, logStartOffset } = log;
    return { index, errorCode: NONE, highWatermark, lastStableOffset, logStartOffset, records };
  } catch (error) {
    if (!(error instanceof KafkaError)) broker.log.error(`Reading ${log.name} at offset ${offset} failed: ${(error as Error).stack}`);
    const { highWatermark, lastStableOffset, logStartOffset } = log;
    return { ...failed, errorCode: errorCode(error), highWatermark, lastStableOffset, logStartOffset };
  }
}

/** Waits for appends to any of some logs. It counts from its making on, so that none is missed between reading and waiting. */
class AppendWait {
  readonly #logs: readonly PartitionLog[];
  readonly #closed: RequestContext['closed'];
  #bytes = 0;
  #isEnded = false;
  #check: () => void = () => {};

  constructor(logs: readonly PartitionLog[], closed: AbortSignal) {
    this.#logs = logs;
    this.#closed = closed;
    for (const log of logs) log.addWaiter(this);
  }

  /** 0 bytes: the log has ended. */
  onAppend(bytes: number): void {
    this.#bytes += bytes;
    if (bytes === 0) this.#isEnded = true;
    this.#check();
  }

  /** Fulfilled with true once so many bytes have come, or something has ended; with false when the time has passed. */
  async until(bytes: number, maxWaitMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(this.#bytes > 0), maxWaitMs);
    const onClosed = (): void => resolve(false);
    this.#closed.addEventListener('abort', onClosed, { once: true });
    this.#check = () => {
      if (this.#bytes >= bytes || this.#isEnded) resolve(true);
    };
    this.#check();
    if (this.#closed.aborted) onClosed();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#closed.removeEventListener('abort', onClosed);
    }
  }

  end(): void {
    for (const log of this.#logs) log.removeWaiter(this);
  }
}
