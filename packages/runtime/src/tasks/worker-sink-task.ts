import { ConnectError, RetriableError, type SinkRecord, type SinkTask, type SinkTaskContext, TopicPartition } from '@sluice/api';
import type { FailedRecord } from './error-report.ts';
import type { RetryWithToleranceOperator } from './retry-with-tolerance.ts';
import { SinkCommitter } from './sink-committer.ts';
import { SinkOffsets } from './sink-offsets.ts';
import type { SinkPipeline } from './sink-pipeline.ts';
import type { FetchedBatch, HeaderDecoder, Partition, TaskConsumer } from './surroundings.ts';
import { isRetriableError, nextTurn, WorkerTask, type WorkerTaskOptions } from './worker-task.ts';

export interface WorkerSinkTaskOptions extends WorkerTaskOptions {
  /** Makes the plugin's task; the rest of its context comes from here. */
  readonly createTask: (context: Omit<SinkTaskContext<unknown>, 'config' | 'connector' | 'task' | 'log'>) => SinkTask;
  readonly pipeline: SinkPipeline;
  readonly operator: (stopping: AbortSignal) => RetryWithToleranceOperator;
  readonly consumer: TaskConsumer;
  readonly decodeHeaders: HeaderDecoder;
  /** What to read: `topics` or `topics.regex`. */
  readonly subscription: { readonly topics: string[] } | { readonly pattern: RegExp };
  readonly offsetFlushIntervalMs: number;
  readonly offsetFlushTimeoutMs: number;
  /** Releases what the pipeline's stages hold. */
  readonly closeStages: () => void;
}

/** How often `idle()` is called while nothing comes. */
const IDLE_MS = 1_000;
/** After a RetriableError from `put()` that names no time. Java waits for its consumer's poll, up to the next commit. */
const PUT_RETRY_MS = 1_000;
const CONSUMER_CLOSE_TIMEOUT_MS = 30_000;

/**
 * Runs a sink task: fetch, convert, put; what the task says is safe is committed every `offset.flush.interval.ms`. While a batch is to be
 * delivered again all partitions are paused and the consumer goes on polling, so that the task stays in its group.
 *
 * Source: org.apache.kafka.connect.runtime.WorkerSinkTask
 */
export class WorkerSinkTask extends WorkerTask {
  readonly #options: WorkerSinkTaskOptions;
  readonly #pipeline: SinkPipeline;
  readonly #consumer: TaskConsumer;
  readonly #operator: RetryWithToleranceOperator;
  readonly #offsets = new SinkOffsets();
  readonly #committer: SinkCommitter;
  readonly #pausedByTask = new Set<TopicPartition>();
  readonly #rewinds = new Map<TopicPartition, number>();
  readonly #activeTopics = new Set<string>();
  #task: SinkTask | null = null;
  /** Read and not yet taken by the task. */
  #batch: SinkRecord[] = [];
  /** When the batch is delivered again, null where it is not to be. */
  #redeliverAt: number | null = null;
  #isPauseApplied = false;
  #nextCommit = 0;
  #isCommitRequested = false;
  #lastActivity = 0;
  #isClosing = false;
  #rebalanceError: { readonly error: unknown } | null = null;

  constructor(options: WorkerSinkTaskOptions) {
    super(options);
    this.#options = options;
    this.#pipeline = options.pipeline;
    this.#consumer = options.consumer;
    this.#operator = options.operator(this.stopping);
    this.#committer = new SinkCommitter({
      offsets: this.#offsets,
      consumer: options.consumer,
      task: () => this.#task!,
      drainReports: () => this.#operator.drain(),
      clock: options.clock,
      log: options.log,
      timeoutMs: options.offsetFlushTimeoutMs,
      signal: this.signal,
    });
  }

  protected override async startTask(): Promise<void> {
    this.#consumer.subscribe(this.#options.subscription, {
      onAssigned: (partitions) => this.#inRebalance(() => this.#onAssigned(partitions.map(canonical))),
      onRevoked: (partitions) => this.#inRebalance(() => this.#onRevoked(partitions.map(canonical))),
      onLost: (partitions) => this.#inRebalance(() => this.#onLost(partitions.map(canonical))),
    });
    this.#task = this.#options.createTask(this.#context());
    await this.#task.start?.();
    this.#nextCommit = this.clock.now() + this.#options.offsetFlushIntervalMs;
    this.#lastActivity = this.clock.now();
  }

  #context(): Omit<SinkTaskContext<unknown>, 'config' | 'connector' | 'task' | 'log'> {
    return {
      stopping: this.stopping,
      signal: this.signal,
      reporter: null,
      assignment: () => this.#offsets.partitions(),
      seek: (partition, offset) => void this.#rewinds.set(partition, offset),
      pause: (...partitions) => {
        this.#mustOwn(partitions, 'pause');
        for (const partition of partitions) this.#pausedByTask.add(partition);
        this.#consumer.pause(partitions);
      },
      resume: (...partitions) => {
        this.#mustOwn(partitions, 'resume');
        for (const partition of partitions) this.#pausedByTask.delete(partition);
        if (!this.isPaused && this.#redeliverAt === null) this.#consumer.resume(partitions);
      },
      requestCommit: () => {
        this.#isCommitRequested = true;
      },
    };
  }

  #mustOwn(partitions: readonly TopicPartition[], verb: string): void {
    const owned = new Set(this.#offsets.partitions());
    if (partitions.every((partition) => owned.has(partition))) return;
    throw Object.assign(new ConnectError(`SinkTasks may not ${verb} partitions that are not currently assigned to them.`), {
      javaClass: 'org.apache.kafka.connect.errors.IllegalWorkerStateException',
    });
  }

  protected override async execute(): Promise<void> {
    try {
      while (!this.isStopping) {
        await this.#turn();
        await nextTurn();
      }
    } finally {
      // Also after an error: what was delivered before the batch that failed is committed, so that it does not come again.
      if (!this.signal.aborted) await this.#committer.commitAndClose(this.#offsets.partitions());
    }
  }

  async #turn(): Promise<void> {
    this.#applyTargetState();
    await this.#commitIfDue();
    this.#applyRewinds();
    const fetched = await this.#consumer.poll(this.#pollTimeout(), this.signal);
    if (this.#rebalanceError !== null) throw this.#rebalanceError.error;
    if (this.isStopping) return;
    if (fetched.length > 0) await this.#convert(fetched);
    await this.#deliver();
  }

  #pollTimeout(): number {
    const now = this.clock.now();
    let until = this.#nextCommit;
    if (this.#redeliverAt !== null) until = Math.min(until, this.#redeliverAt);
    else if (this.#task!.idle !== undefined) until = Math.min(until, this.#lastActivity + IDLE_MS);
    return Math.max(until - now, 0);
  }

  #applyTargetState(): void {
    if (this.isPaused === this.#isPauseApplied) return;
    this.#isPauseApplied = this.isPaused;
    if (this.isPaused) {
      this.#consumer.pause(this.#offsets.partitions());
      this.#isCommitRequested = true;
      this.status('PAUSED');
    } else {
      this.#resumeFetching();
      this.status('RUNNING');
    }
  }

  /** Lets the consumer fetch what nobody wants paused. */
  #resumeFetching(): void {
    if (this.isPaused || this.#redeliverAt !== null) return;
    this.#consumer.resume(this.#offsets.partitions().filter((partition) => !this.#pausedByTask.has(partition)));
  }

  async #commitIfDue(): Promise<void> {
    const now = this.clock.now();
    if (!this.#committer.isCommitting && (this.#isCommitRequested || now >= this.#nextCommit)) {
      this.#isCommitRequested = false;
      if ((await this.#committer.commit(this.#offsets.partitions())) === 'rewound') {
        // What is held came after what is read again now; delivered first, it would carry the offsets past that.
        this.#batch = [];
        this.#redeliverAt = null;
        this.#resumeFetching();
      }
      this.#nextCommit = this.clock.now() + this.#options.offsetFlushIntervalMs;
    }
    this.#committer.giveUpLate();
  }

  #applyRewinds(): void {
    if (this.#rewinds.size === 0) return;
    const owned = new Set(this.#offsets.partitions());
    for (const [partition, offset] of this.#rewinds) {
      if (!owned.has(partition)) {
        this.log.warn(`Ignoring the seek to offset ${offset} of ${String(partition)}: the partition is not assigned to the task`);
        continue;
      }
      this.#consumer.seek(partition, offset);
      this.#offsets.start(partition, offset);
      this.#dropHeld([partition]);
    }
    this.#rewinds.clear();
  }

  async #convert(fetched: readonly FetchedBatch[]): Promise<void> {
    const pipeline = this.#pipeline;
    for (const batch of fetched) {
      if (!this.#activeTopics.has(batch.topic)) {
        this.#activeTopics.add(batch.topic);
        this.onTopic(batch.topic);
      }
      const prepared = pipeline.begin(batch);
      if (prepared !== undefined) await prepared;
      for (let index = batch.from; (index = this.#convertFrom(batch, index)) < batch.to; index++) {
        const at = index;
        const outcome = await this.#operator.recover(pipeline, () => this.#consumed(batch, at));
        if (outcome === 'converted') this.#batch.push(pipeline.record!);
      }
      this.#offsets.read(TopicPartition.of(batch.topic, batch.partition), batch.nextOffset);
    }
  }

  /** The hot path: converts records until one has to wait for a retry; returns the index of that one. */
  #convertFrom(batch: FetchedBatch, from: number): number {
    const pipeline = this.#pipeline;
    const records = this.#batch;
    const { to } = batch;
    for (let index = from; index < to; index++) {
      const outcome = pipeline.run(index);
      if (outcome === 'converted') records.push(pipeline.record!);
      else if (outcome === 'failed') {
        const failure = pipeline.failure!;
        if (this.#operator.isRetried(failure.error)) return index;
        this.#operator.fail(failure, this.#consumed(batch, index));
      }
    }
    return to;
  }

  /** The record as it was on the wire, copied: a report outlives the fetched bytes. */
  #consumed(batch: FetchedBatch, index: number): FailedRecord {
    const { topic, partition, columns, timestampType } = batch;
    const copy = (start: number, end: number): Buffer | null => (start < 0 ? null : Buffer.from(columns.buffer.subarray(start, end)));
    const timestamp = columns.timestamps[index]!;
    return {
      consumed: {
        topic,
        partition,
        offset: columns.offsets[index]!,
        timestamp: timestamp < 0 ? null : timestamp,
        timestampType,
        key: copy(columns.keyStart[index]!, columns.keyEnd[index]!),
        value: copy(columns.valueStart[index]!, columns.valueEnd[index]!),
        headers: columns.headerCount[index] === 0 ? [] : this.#options.decodeHeaders(columns, index),
      },
    };
  }

  async #deliver(): Promise<void> {
    const now = this.clock.now();
    if (this.#batch.length === 0) {
      // Dropped records carry the offsets on as well.
      this.#offsets.deliver();
      return this.#idle(now);
    }
    if (this.#redeliverAt !== null && now < this.#redeliverAt) return;
    try {
      await this.#task!.put(this.#batch);
    } catch (error) {
      return this.#onPutError(error);
    }
    this.#lastActivity = this.clock.now();
    this.#offsets.deliver();
    this.#batch = [];
    this.#endRedelivery();
  }

  #onPutError(error: unknown): void {
    if (!(error instanceof RetriableError))
      throw new ConnectError('Exiting WorkerSinkTask due to unrecoverable exception.', { cause: error });
    this.log.warn('Encountered a retriable error in put(), the batch will be delivered again', error);
    this.#redeliverAt = this.clock.now() + (error.afterMs ?? PUT_RETRY_MS);
    this.#consumer.pause(this.#offsets.partitions());
  }

  #endRedelivery(): void {
    if (this.#redeliverAt === null) return;
    this.#redeliverAt = null;
    this.#resumeFetching();
  }

  async #idle(now: number): Promise<void> {
    if (this.#task!.idle === undefined || now - this.#lastActivity < IDLE_MS) return;
    this.#lastActivity = now;
    try {
      await this.#task!.idle();
    } catch (error) {
      if (!isRetriableError(error)) throw error;
      this.log.warn('Encountered a retriable error in idle(), it will be called again', error);
    }
  }

  /** Callbacks run inside the consumer's poll; what they throw is kept until that has returned. */
  async #inRebalance(callback: () => Promise<void>): Promise<void> {
    try {
      // What the consumer gives up when it is closed has been committed and closed before.
      if (!this.signal.aborted && !this.#isClosing) await callback();
    } catch (error) {
      this.#rebalanceError ??= { error };
    }
  }

  async #onAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    for (const partition of partitions) this.#offsets.start(partition, await this.#consumer.position(partition));
    if (partitions.length === 0 || this.#rebalanceError !== null) return;
    this.#applyPauses();
    const starts = await this.#task!.open?.(partitions);
    for (const [partition, offset] of starts ?? []) this.#rewinds.set(partition, offset);
    this.#applyRewinds();
  }

  /** What comes anew is fetched at once; what the task paused before an eager rebalance stays paused. */
  #applyPauses(): void {
    const owned = new Set(this.#offsets.partitions());
    for (const partition of this.#pausedByTask) if (!owned.has(partition)) this.#pausedByTask.delete(partition);
    const pauseAll = this.isPaused || this.#redeliverAt !== null;
    this.#consumer.pause(pauseAll ? [...owned] : [...this.#pausedByTask]);
  }

  async #onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    await this.#committer.commitAndClose(partitions);
    this.#forget(partitions);
  }

  async #onLost(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    try {
      await this.#task!.close?.(partitions);
    } finally {
      this.#forget(partitions);
    }
  }

  #forget(partitions: readonly TopicPartition[]): void {
    this.#offsets.forget(partitions);
    for (const partition of partitions) this.#rewinds.delete(partition);
    this.#dropHeld(partitions);
  }

  /** Takes records of these partitions out of the batch that is held. */
  #dropHeld(partitions: readonly TopicPartition[]): void {
    if (this.#batch.length === 0) return;
    this.#batch = this.#batch.filter((record) => !partitions.includes(record.source));
    if (this.#batch.length === 0) this.#endRedelivery();
  }

  protected override onStop(): void {
    this.#consumer.wakeup();
  }

  protected override onTransition(): void {
    this.#consumer.wakeup();
  }

  protected override onCancel(): void {
    this.#consumer.close({ timeoutMs: 0 }).catch((error: unknown) => this.log.debug('Could not close the consumer', error));
  }

  protected override async closeTask(): Promise<void> {
    this.#isClosing = true;
    try {
      await this.#task?.stop?.();
    } catch (error) {
      this.log.warn('Could not stop the task', error);
    }
    await this.#task?.dispose().catch((error: unknown) => this.log.warn('Could not dispose of what the task used', error));
    const timeoutMs = this.signal.aborted ? 0 : CONSUMER_CLOSE_TIMEOUT_MS;
    await this.#consumer.close({ timeoutMs }).catch((error: unknown) => this.log.warn('Could not close the consumer', error));
    this.#options.closeStages();
    await this.#operator.close();
  }
}

function canonical({ topic, partition }: Partition): TopicPartition {
  return TopicPartition.of(topic, partition);
}
