import { KafkaError, kafkaError } from '@sluice/protocol';
import type { Responses } from '@sluice/protocol';
import { messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import { retryBackoff, timerMaxMs } from '../client/retry-backoff.ts';
import type { DrainRules, PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerClient } from './producer-client.ts';
import type { ProducerConfig } from './producer-config.ts';
import { ProducerTimeoutError } from './producer-errors.ts';
import type { ProducerIdentity } from './producer-identity.ts';
import { produceVerdict } from './produce-verdict.ts';
import type { Answer } from './produce-verdict.ts';
import type { RecordAccumulator } from './record-accumulator.ts';

interface Shipment {
  queue: PartitionQueue;
  batch: ProducerBatch;
}

export interface SenderOptions {
  client: ProducerClient;
  config: ProducerConfig;
  accumulator: RecordAccumulator;
  /** Null: the producer is not idempotent. */
  identity: ProducerIdentity | null;
  log: KafkaLog;
  now: () => number;
  random: () => number;
}

/** The version of Produce with topic names; the next one has ids only. */
const produceVersionMax = 12;

/**
 * Takes ready batches from the accumulator, sends one request to each leader with at most one batch of each partition, and sees to it
 * that every batch ends: acknowledged, or failed with a reason. One run looks at everything; runs are asked for by `wake`, by answers and by one timer.
 *
 * Source: org.apache.kafka.clients.producer.internals.Sender
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #abort = new AbortController();
  readonly #inFlight = new Map<number, number>();
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #isRunning = false;
  #isAcquiring = false;
  #drainStart = 0;
  #fatalError: Error | null = null;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get fatalError(): Error | null {
    return this.#fatalError;
  }

  /** Runs soon, after the caller's own synchronous work. */
  wake(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = null;
      this.#run();
    });
  }

  /** Stops for good: nothing more is sent, answers on their way are not awaited, every batch left fails with `error`. */
  stop(error: Error): void {
    this.#fatalError ??= error;
    this.#abort.abort(error);
    this.#options.accumulator.failAll(error);
    this.#clearTimers();
  }

  #clearTimers(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
  }

  #run(): void {
    // An acknowledgement may lead its listener back here.
    if (this.#isRunning || this.#fatalError !== null) return;
    this.#isRunning = true;
    this.#clearTimers();
    try {
      const now = this.#options.now();
      this.#expire(now);
      this.#settleSequences();
      this.#scheduleNext(this.#send(now), now);
    } catch (error) {
      // A batch that cannot be built (a compression library that is missing) ends the producer, not the process.
      this.#fail(asError(error));
    } finally {
      this.#isRunning = false;
    }
  }

  /** Gives up batches older than `delivery.timeout.ms`, sent or not. */
  #expire(now: number): void {
    const { accumulator, config } = this.#options;
    for (const queue of accumulator.active) {
      for (const batch of queue.batches.slice()) {
        const ageMs = now - batch.createdMs;
        if (ageMs < config.deliveryTimeoutMs) break;
        if (batch.state === 'done') continue;
        if (batch.hasSequence) queue.sequences.markUnresolved(batch.nextSequence);
        accumulator.finish(queue, batch, -1, expired(batch, ageMs));
      }
    }
  }

  /** Brings producer id, epoch and sequences in order, as far as the answers so far allow. */
  #settleSequences(): void {
    const { identity, accumulator } = this.#options;
    let bumped = false;
    for (const queue of accumulator.active) {
      if (identity !== null) {
        queue.resolveSequences();
        if (queue.canRestartSequences) bumped = this.#restart(identity, queue, bumped);
      }
      if (queue.isIdle) accumulator.active.delete(queue);
    }
    if (identity !== null && identity.current === null && accumulator.active.size > 0) this.#acquireIdentity(identity);
  }

  #restart(identity: ProducerIdentity, queue: PartitionQueue, bumped: boolean): boolean {
    let current = identity.current;
    // One new epoch serves all partitions that wait for one, and one that another partition caused serves as well.
    const isBump = !bumped && current !== null && !queue.sequences.isStale(current);
    if (isBump) identity.bumpEpoch();
    current = identity.current;
    if (current !== null) queue.restartSequences(current);
    return bumped || isBump;
  }

  #acquireIdentity(identity: ProducerIdentity): void {
    if (this.#isAcquiring) return;
    this.#isAcquiring = true;
    identity
      .acquire(this.#abort.signal)
      .then(() => this.wake())
      .catch((error: unknown) => this.#fail(asError(error)))
      .finally(() => {
        this.#isAcquiring = false;
      });
  }

  /** Sends all that can go and returns when to look again. */
  #send(now: number): number {
    const rules = this.#drainRules(now);
    const { accumulator, client } = this.#options;
    const byNode = new Map<number, PartitionQueue[]>();
    let lookAgainMs = Infinity;
    for (const queue of accumulator.active) {
      const head = queue.batches[0];
      if (head !== undefined) lookAgainMs = Math.min(lookAgainMs, head.createdMs + this.#options.config.deliveryTimeoutMs);
      const readyAtMs = queue.readyAtMs(rules);
      if (readyAtMs > now) {
        lookAgainMs = Math.min(lookAgainMs, readyAtMs);
        continue;
      }
      const leader = client.metadata.leader(queue.topic, queue.partition);
      if (leader < 0) {
        client.metadata.invalidate(queue.topic);
        lookAgainMs = Math.min(lookAgainMs, now + Math.max(1, this.#options.config.retryBackoffMs));
        continue;
      }
      const queues = byNode.get(leader);
      if (queues === undefined) byNode.set(leader, [queue]);
      else queues.push(queue);
    }
    this.#drainStart += 1;
    for (const [node, queues] of byNode) this.#sendToNode(node, queues, rules);
    return lookAgainMs;
  }

  #drainRules(now: number): DrainRules {
    const { config, accumulator, identity } = this.#options;
    return {
      now,
      lingerMs: config.lingerMs,
      force: accumulator.isPressed,
      inFlightRequestsMax: config.inFlightRequestsMax,
      producer: identity === null ? null : (identity.current ?? 'unknown'),
    };
  }

  #sendToNode(node: number, queues: readonly PartitionQueue[], rules: DrainRules): void {
    while ((this.#inFlight.get(node) ?? 0) < this.#options.config.inFlightRequestsMax) {
      const shipments = this.#drain(queues, rules);
      if (shipments.length === 0) return;
      this.#ship(node, shipments);
    }
  }

  /** At most one batch of each partition, together no larger than `max.request.size`; a batch that is larger goes alone. */
  #drain(queues: readonly PartitionQueue[], rules: DrainRules): Shipment[] {
    const shipments: Shipment[] = [];
    let bytes = 0;
    for (let i = 0; i < queues.length; i += 1) {
      // Each run begins with another partition, so that none starves when a request is full.
      const queue = queues[(this.#drainStart + i) % queues.length]!;
      const batch = queue.next(rules);
      if (batch === null) continue;
      if (shipments.length > 0 && bytes + batch.sizeInBytes > this.#options.config.requestBytesMax) break;
      queue.take(batch, rules.producer === 'unknown' ? null : rules.producer);
      bytes += batch.wireBytes().length;
      shipments.push({ queue, batch });
    }
    return shipments;
  }

  #ship(node: number, shipments: Shipment[]): void {
    const { client, config } = this.#options;
    this.#inFlight.set(node, (this.#inFlight.get(node) ?? 0) + 1);
    const noResponse = config.acks === 0;
    const body = { transactionalId: null, acks: config.acks, timeoutMs: config.requestTimeoutMs, topicData: topicData(shipments) };
    const options = { signal: this.#abort.signal, timeoutMs: config.requestTimeoutMs, maxVersion: produceVersionMax, noResponse };
    client
      .send(node, 'Produce', body, options)
      .then((response) => this.#answered(shipments, noResponse ? null : response))
      .catch((error: unknown) => this.#unanswered(shipments, error))
      .finally(() => {
        const left = (this.#inFlight.get(node) ?? 1) - 1;
        if (left > 0) this.#inFlight.set(node, left);
        else this.#inFlight.delete(node);
        this.#run();
      });
  }

  #answered(shipments: readonly Shipment[], response: Responses['Produce'] | null): void {
    for (const shipment of shipments) {
      const { topic, partition } = shipment.queue;
      const found = response?.responses.find((each) => each.name === topic)?.partitionResponses.find((each) => each.index === partition);
      if (response === null) {
        this.#settle(shipment, { error: null, logStartOffset: -1 }, -1);
      } else if (found === undefined) {
        const error = kafkaError('UNKNOWN_SERVER_ERROR', `The broker's answer to a Produce request leaves out ${topic}-${partition}`);
        this.#settle(shipment, { error, logStartOffset: -1 }, -1);
      } else {
        const error = found.errorCode === 0 ? null : kafkaError(found.errorCode, found.errorMessage);
        if (error?.refreshesMetadata === true && found.currentLeader.leaderId >= 0) {
          this.#options.client.metadata.updateLeader(topic, partition, found.currentLeader);
        }
        this.#settle(shipment, { error, logStartOffset: found.logStartOffset }, found.baseOffset);
      }
    }
  }

  /** No answer came, so nobody knows whether the broker has the batches: each is sent again in its turn. */
  #unanswered(shipments: readonly Shipment[], cause: unknown): void {
    if (this.#fatalError !== null) return;
    const error = cause instanceof KafkaError ? cause : null;
    if (error === null) {
      // Not an answer of Kafka's: authentication failed, or the request could not be written at all.
      for (const { queue } of shipments) queue.onWire -= 1;
      this.#fail(asError(cause));
      return;
    }
    for (const shipment of shipments) this.#settle(shipment, { error, logStartOffset: -1 }, -1);
  }

  #settle({ queue, batch }: Shipment, answer: Answer, baseOffset: number): void {
    const { accumulator, config, identity, now } = this.#options;
    queue.onWire -= 1;
    const isIdempotent = identity !== null;
    const rules = { isIdempotent, retries: config.retries, deliveryTimeoutMs: config.deliveryTimeoutMs, now: now() };
    const verdict = produceVerdict(batch, queue.sequences, answer, rules);
    if (isIdempotent && (verdict === 'stored' || verdict === 'stored-before')) {
      queue.sequences.acked(batch.lastSequence);
    }
    const error = answer.error;
    if (error?.refreshesMetadata === true) this.#options.client.metadata.invalidate(queue.topic);
    if (verdict === 'fatal' && error !== null) this.#fail(error);
    // Given up while on the wire: the answer came too late for the user, it only told us about the sequence.
    if (batch.state === 'done') return;
    switch (verdict) {
      case 'stored':
      case 'stored-before':
        accumulator.finish(queue, batch, verdict === 'stored' ? baseOffset : -1, null);
        return;
      case 'retry':
      case 'bump-and-retry':
        if (verdict === 'bump-and-retry') queue.sequences.isBumpNeeded = true;
        this.#requeue(queue, batch, error);
        return;
      case 'split':
        this.#options.log.warn(
          `Batch of ${batch.recordCount} records for ${name(batch)} is too large for the broker, sending it in halves`,
        );
        accumulator.split(queue, batch);
        return;
      case 'given-up':
        if (isIdempotent) queue.sequences.markUnresolved(batch.nextSequence);
        accumulator.finish(queue, batch, -1, givenUp(batch, rules.now, config, error));
        return;
      case 'refused':
        if (isIdempotent) queue.sequences.isBumpNeeded = true;
        accumulator.finish(queue, batch, -1, error);
        return;
      case 'fatal':
    }
  }

  #requeue(queue: PartitionQueue, batch: ProducerBatch, error: Error | null): void {
    const { config, now, random, log } = this.#options;
    const backoff = { initialMs: config.retryBackoffMs, maxMs: config.retryBackoffMaxMs, random };
    batch.state = 'queued';
    batch.retryAtMs = now() + retryBackoff(batch.attempts - 1, backoff);
    log.debug(`Sending ${batch.recordCount} records for ${name(queue)} again (attempt ${batch.attempts} failed: ${messageOf(error)})`);
  }

  #fail(error: Error): void {
    if (this.#fatalError !== null) return;
    this.stop(error);
  }

  #scheduleNext(atMs: number, now: number): void {
    if (atMs === Infinity || this.#fatalError !== null) return;
    this.#timer = setTimeout(() => this.#run(), Math.min(Math.max(atMs - now, 1), timerMaxMs));
  }
}

function name({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`;
}

function expired(batch: ProducerBatch, ageMs: number, cause?: Error): ProducerTimeoutError {
  const text =
    `Expiring ${batch.recordCount} record(s) for ${name(batch)}:${ageMs} ms has passed since batch creation. ` +
    `The request has not been sent, or no server response has been received yet.`;
  return new ProducerTimeoutError(text, undefined, cause === undefined ? undefined : { cause });
}

function givenUp(batch: ProducerBatch, now: number, config: ProducerConfig, error: Error | null): Error | null {
  const ageMs = now - batch.createdMs;
  return ageMs >= config.deliveryTimeoutMs ? expired(batch, ageMs, error ?? undefined) : error;
}

function topicData(shipments: readonly Shipment[]): { name: string; partitionData: { index: number; records: Buffer }[] }[] {
  const topics = new Map<string, { index: number; records: Buffer }[]>();
  for (const { queue, batch } of shipments) {
    const partition = { index: queue.partition, records: batch.wireBytes() };
    const partitions = topics.get(queue.topic);
    if (partitions === undefined) topics.set(queue.topic, [partition]);
    else partitions.push(partition);
  }
  return [...topics].map(([topic, partitionData]) => ({ name: topic, partitionData }));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
