import { ConnectError, RetriableError, type SourceRecord, type SourceTask, type SourceTaskContext } from '@sluice/api';
import type { RetryWithToleranceOperator } from './retry-with-tolerance.ts';
import { SourceOffsetCommitter } from './source-offset-committer.ts';
import type { SourcePipeline } from './source-pipeline.ts';
import type { Stage } from './stage.ts';
import { type SubmittedRecord, SubmittedRecords } from './submitted-records.ts';
import type { AckedBatch, OffsetStorage, TaskProducer } from './surroundings.ts';
import { isRetriableError, nextTurn, WorkerTask, type WorkerTaskOptions } from './worker-task.ts';

export interface WorkerSourceTaskOptions extends WorkerTaskOptions {
  /** Makes the plugin's task; the rest of its context comes from here. */
  readonly createTask: (context: Pick<SourceTaskContext<unknown>, 'stopping' | 'signal' | 'offsets'>) => SourceTask;
  readonly pipeline: SourcePipeline;
  readonly operator: (stopping: AbortSignal) => RetryWithToleranceOperator;
  readonly producer: TaskProducer;
  readonly offsets: OffsetStorage;
  readonly offsetFlushIntervalMs: number;
  readonly offsetFlushTimeoutMs: number;
  /** Releases what the pipeline's stages hold. */
  readonly closeStages: () => void;
}

/** Records with the producer and not acknowledged; their bytes are bounded by `buffer.memory`. */
const IN_FLIGHT_RECORDS_MAX = 50_000;
/** Records that are converted before the other tasks of the thread have their turn. */
const RECORDS_PER_TURN = 5_000;
/** After a RetriableError from `poll()` that names no time. */
const POLL_RETRY_MS = 1_000;
const SEND_RETRY_MS = 100;
const PRODUCER_CLOSE_TIMEOUT_MS = 30_000;
const produceStage: Stage = { name: 'KAFKA_PRODUCE', class: 'org.apache.kafka.connect.runtime.WorkerSourceTask', alias: null };

/** Why the synchronous part of sending stopped before the end of the batch. */
type Blocked = 'turn' | 'failure' | 'topic' | 'records' | 'room' | 'retry';

/**
 * Runs a source task at least once: poll, convert, produce; acknowledgements make offsets ready, and these are committed every
 * `offset.flush.interval.ms`.
 *
 * Source: org.apache.kafka.connect.runtime.AbstractWorkerSourceTask, WorkerSourceTask
 */
export class WorkerSourceTask extends WorkerTask {
  readonly #options: WorkerSourceTaskOptions;
  readonly #pipeline: SourcePipeline;
  readonly #producer: TaskProducer;
  readonly #operator: RetryWithToleranceOperator;
  readonly #submitted = new SubmittedRecords();
  readonly #committer: SourceOffsetCommitter;
  readonly #preparedTopics = new Set<string>();
  readonly #activeTopics = new Set<string>();
  #task: SourceTask | null = null;
  #wantsAcks = false;
  /** The record at which sending stopped is converted already: the pipeline holds the result. */
  #isConverted = false;
  #blocked: Blocked = 'turn';
  #lastTopic: string | null = null;
  #acked: SourceRecord[] = [];
  #handingOver: Promise<void> | null = null;
  #producerError: ConnectError | null = null;
  #ackWaiter: (() => void) | null = null;

  constructor(options: WorkerSourceTaskOptions) {
    super(options);
    this.#options = options;
    this.#pipeline = options.pipeline;
    this.#producer = options.producer;
    this.#operator = options.operator(this.stopping);
    this.#committer = new SourceOffsetCommitter({
      submitted: this.#submitted,
      storage: options.offsets,
      clock: options.clock,
      timeoutMs: options.offsetFlushTimeoutMs,
      log: options.log,
    });
  }

  protected override async startTask(): Promise<void> {
    this.#producer.onAck = (batch) => this.#onAck(batch);
    const { stopping, signal } = this;
    this.#task = this.#options.createTask({ stopping, signal, offsets: { read: (partitions) => this.#options.offsets.read(partitions) } });
    this.#wantsAcks = this.#task.commitRecords !== undefined;
    await this.#task.start?.();
  }

  protected override async execute(): Promise<void> {
    const ended = new AbortController();
    const commits = this.#commitRegularly(ended.signal);
    try {
      await this.#loop();
    } finally {
      ended.abort();
      await commits;
      if (!this.signal.aborted) await this.#finish();
    }
    // A record that failed in the last flush: the loop did not see it.
    this.#throwProducerError();
  }

  async #loop(): Promise<void> {
    while (!this.isStopping) {
      if (this.isPaused) {
        this.status('PAUSED');
        await this.resumed();
        if (!this.isStopping) this.status('RUNNING');
        continue;
      }
      this.#throwProducerError();
      const batch = await this.#poll();
      this.#throwProducerError();
      // A batch that poll() returned during the soft stop is sent too: the source may count it as read.
      if (batch !== null && batch.length > 0) await this.#send(batch);
      await nextTurn();
    }
  }

  async #poll(): Promise<readonly SourceRecord[] | null> {
    try {
      return await this.#task!.poll();
    } catch (error) {
      this.#throwProducerError();
      if (this.isStopping) {
        // Clients answer an aborted signal with an error: that is the stop, not a failure.
        this.log.debug('poll() ended with an error during the stop', error);
        return null;
      }
      if (!isRetriableError(error)) throw error;
      this.log.warn('Encountered a retriable error in poll(), it will be called again', error);
      await this.clock.sleep((error instanceof RetriableError ? error.afterMs : undefined) ?? POLL_RETRY_MS, this.stopping);
      return null;
    }
  }

  async #send(batch: readonly SourceRecord[]): Promise<void> {
    const prepared = this.#pipeline.prepare(batch);
    if (prepared !== undefined) await prepared;
    this.#isConverted = false;
    let next = 0;
    while ((next = this.#sendFrom(batch, next)) < batch.length) {
      if (this.signal.aborted) throw new ConnectError('The task was cancelled');
      if (await this.#unblock(batch[next]!)) next++;
    }
  }

  /** The hot path: converts and appends records until one has to wait; returns the index of that one. */
  #sendFrom(batch: readonly SourceRecord[], from: number): number {
    const pipeline = this.#pipeline;
    const end = Math.min(batch.length, from + RECORDS_PER_TURN);
    for (let index = from; index < end; index++) {
      const record = batch[index]!;
      if (!this.#isConverted) {
        const outcome = pipeline.run(batch, index);
        if (outcome === 'failed' && this.#isRetried(record)) return index;
        if (outcome !== 'converted') {
          this.#drop(record);
          continue;
        }
        this.#isConverted = true;
      }
      if (!this.#append(record)) return index;
      this.#isConverted = false;
    }
    this.#blocked = 'turn';
    return end;
  }

  /** A record whose stage failed: waits for a retry, or is given up here (which throws where that is not tolerated). */
  #isRetried(record: SourceRecord): boolean {
    const failure = this.#pipeline.failure!;
    this.#blocked = 'failure';
    if (this.#operator.isRetried(failure.error)) return true;
    this.#operator.fail(failure, { source: record });
    return false;
  }

  /** Hands the converted record to the producer; false where it has to wait. */
  #append(record: SourceRecord): boolean {
    const { topic, partition, timestamp, key, value, headers } = this.#pipeline;
    if (topic !== this.#lastTopic) {
      this.#blocked = 'topic';
      if (!this.#preparedTopics.has(topic)) return false;
      this.#lastTopic = topic;
    }
    if (this.#submitted.pending >= IN_FLIGHT_RECORDS_MAX) {
      this.#blocked = 'records';
      return false;
    }
    const entry = this.#submitted.submit(record);
    try {
      if (this.#producer.append(topic, partition, timestamp === null ? null : checkedTimestamp(timestamp), key, value, headers, entry))
        return true;
      this.#blocked = 'room';
    } catch (error) {
      return this.#onAppendError(entry, error);
    }
    this.#submitted.remove(entry);
    return false;
  }

  /** Java's producer reports what the broker would refuse (a record too large) through the callback; everything else is thrown. */
  #onAppendError(entry: SubmittedRecord, error: unknown): boolean {
    if (isApiError(error)) {
      this.#onSendError([entry], error as Error);
      this.#throwProducerError();
      return true;
    }
    this.#submitted.remove(entry);
    if (isRetriableError(error)) {
      this.log.warn('Failed to send a record, it will be tried again', error);
      this.#blocked = 'retry';
      return false;
    }
    throw error instanceof ConnectError ? error : new ConnectError('Unrecoverable exception trying to send', { cause: error });
  }

  /** Waits for what stopped the sending. True where the record at which it stopped is dealt with. */
  async #unblock(record: SourceRecord): Promise<boolean> {
    this.#throwProducerError();
    switch (this.#blocked) {
      case 'turn':
        await nextTurn();
        return false;
      case 'failure': {
        const outcome = await this.#operator.recover(this.#pipeline, () => ({ source: record }));
        this.#throwProducerError();
        this.#isConverted = outcome === 'converted';
        if (outcome === 'dropped') this.#drop(record);
        return outcome === 'dropped';
      }
      case 'topic':
        await this.#prepareTopic(this.#pipeline.topic);
        return false;
      case 'records':
        await new Promise<void>((resolve) => (this.#ackWaiter = resolve));
        return false;
      case 'room':
        await this.#waitForProducer('get room for more records', () => this.#producer.room(this.signal));
        return false;
      case 'retry':
        await this.clock.sleep(SEND_RETRY_MS, this.signal);
        return false;
    }
  }

  /** Nothing is connected before the first record: as in Java a task runs, and may find its source empty, while Kafka is away. */
  async #prepareTopic(topic: string): Promise<void> {
    await this.#waitForProducer(`prepare for topic '${topic}'`, async () => {
      if (this.#preparedTopics.size === 0) await this.#producer.init(this.signal);
      await this.#producer.prepare(topic, this.signal);
      this.#preparedTopics.add(topic);
    });
  }

  async #waitForProducer(what: string, wait: () => Promise<void>): Promise<void> {
    try {
      await wait();
    } catch (error) {
      // Once the task is to stop, what cannot be reached must not keep it.
      if (!isRetriableError(error) || this.isStopping) throw new ConnectError('Unrecoverable exception trying to send', { cause: error });
      this.log.warn(`Failed to ${what}, it will be tried again`, error);
      await this.clock.sleep(SEND_RETRY_MS, this.signal);
    }
  }

  #onAck(batch: AckedBatch): void {
    const entries = batch.cookies as readonly SubmittedRecord[];
    if (batch.error === null) {
      for (const entry of entries) this.#submitted.ack(entry);
      if (this.#wantsAcks) for (const entry of entries) this.#acked.push(entry.record);
      if (!this.#activeTopics.has(batch.topic)) {
        this.#activeTopics.add(batch.topic);
        this.onTopic(batch.topic);
      }
    } else this.#onSendError(entries, batch.error);
    if (this.#acked.length > 0) this.#handOver();
    this.#ackWaiter?.();
    this.#ackWaiter = null;
  }

  #onSendError(entries: readonly SubmittedRecord[], error: Error): void {
    if (!this.#operator.isTolerant) {
      // Invariant: a failed record is never acknowledged, so no offset at or after it in its source partition is committed.
      this.#producerError ??= new ConnectError('Unrecoverable exception from producer send callback', { cause: error });
      this.endWaits();
      return;
    }
    for (const entry of entries) {
      this.#operator.report({ stage: produceStage, error }, { source: entry.record });
      this.#submitted.ack(entry);
      this.#drop(entry.record);
    }
  }

  #throwProducerError(): void {
    if (this.#producerError !== null) throw this.#producerError;
  }

  /** A record that goes no further is done as far as the task is concerned; its offset stays behind. */
  #drop(record: SourceRecord): void {
    if (!this.#wantsAcks) return;
    this.#acked.push(record);
    this.#handOver();
  }

  /** Gives the task its acknowledged records, in one list for each turn of the event loop and never two at once. */
  #handOver(): void {
    this.#handingOver ??= (async () => {
      await nextTurn();
      while (this.#acked.length > 0) {
        const records = this.#acked;
        this.#acked = [];
        try {
          await this.#task!.commitRecords!(records);
        } catch (error) {
          this.log.error('Exception thrown while calling task.commitRecords()', error);
        }
      }
      this.#handingOver = null;
    })();
  }

  async #commitRegularly(ended: AbortSignal): Promise<void> {
    for (;;) {
      await this.clock.sleep(this.#options.offsetFlushIntervalMs, ended);
      if (ended.aborted) return;
      try {
        await this.#commit();
      } catch (error) {
        return this.fail(error);
      }
    }
  }

  async #commit(): Promise<void> {
    await this.#operator.drain();
    const stored = await this.#committer.commit();
    if (stored === null || this.#task?.commit === undefined) return;
    try {
      await this.#task.commit(stored);
    } catch (error) {
      this.log.error('Exception thrown while calling task.commit()', error);
    }
  }

  /** Waits for the acknowledgements of what is in flight and commits; what does not come in time is read again after a restart. */
  async #finish(): Promise<void> {
    try {
      await this.#producer.flush(AbortSignal.any([this.signal, AbortSignal.timeout(this.#options.offsetFlushTimeoutMs)]));
    } catch (error) {
      this.log.warn('Not all records were acknowledged before the task ended; they will be read again', error);
    }
    await this.#handingOver;
    if (!this.signal.aborted) await this.#commit();
  }

  protected override async closeTask(): Promise<void> {
    this.#wantsAcks = false;
    try {
      await this.#task?.stop?.();
    } catch (error) {
      this.log.warn('Could not stop the task', error);
    }
    await this.#task?.dispose().catch((error: unknown) => this.log.warn('Could not dispose of what the task used', error));
    await this.#producer
      .close(this.signal.aborted ? 0 : PRODUCER_CLOSE_TIMEOUT_MS)
      .catch((error: unknown) => this.log.warn('Could not close the producer', error));
    this.#options.closeStages();
    await this.#operator.close();
  }

  protected override onCancel(): void {
    this.#ackWaiter?.();
    this.#producer.close(0).catch((error: unknown) => this.log.debug('Could not close the producer', error));
  }
}

/** Null for Java's "no timestamp". @throws an InvalidRecordException's text for what no broker takes. */
function checkedTimestamp(timestamp: number): number | null {
  if (timestamp === -1) return null;
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  throw Object.assign(new ConnectError(`Invalid record timestamp ${timestamp}`), {
    javaClass: 'org.apache.kafka.common.InvalidRecordException',
  });
}

/** Whether the error is one of the client's own, of those that Java's producer hands to the callback. */
function isApiError(error: unknown): boolean {
  const javaClass = (error as { javaClass?: unknown } | null)?.javaClass;
  return typeof javaClass === 'string' && javaClass.startsWith('org.apache.kafka.common.errors.');
}
