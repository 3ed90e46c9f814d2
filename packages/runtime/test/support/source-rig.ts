import { type SourceOffset, type SourcePartition, type SourceRecord, SourceTask, type SourceTaskContext } from '@sluice/api';
import type { ErrorReport } from '../../src/tasks/error-report.ts';
import type { RecordStages } from '../../src/tasks/record-stages.ts';
import { type ErrorHandling, RetryWithToleranceOperator } from '../../src/tasks/retry-with-tolerance.ts';
import { SourcePipeline } from '../../src/tasks/source-pipeline.ts';
import type { CommittableOffset } from '../../src/tasks/submitted-records.ts';
import { WorkerSourceTask } from '../../src/tasks/worker-source-task.ts';
import type { State, TargetState } from '../../src/threads/messages.ts';
import { until } from './conditions.ts';
import { FakeProducer } from './fake-producer.ts';
import { ManualClock } from './manual-clock.ts';
import { RecordingLog } from './recording-log.ts';
import { textStages } from './stages.ts';

type Polled = readonly SourceRecord[] | null | Error;

/** A source that gives what the test puts into it, and waits while there is nothing. */
export class ScriptedSource extends SourceTask {
  readonly calls: string[] = [];
  readonly acked: SourceRecord[][] = [];
  readonly commits: (readonly CommittableOffset[])[] = [];
  #script: Polled[] = [];
  #wake: (() => void) | null = null;

  constructor(context: SourceTaskContext<unknown>) {
    super(context);
    this.stopping.addEventListener('abort', () => this.#wake?.());
  }

  give(...polled: readonly Polled[]): void {
    this.#script.push(...polled);
    this.#wake?.();
  }

  override start(): void {
    this.calls.push('start');
  }

  override async poll(): Promise<SourceRecord[] | null> {
    this.calls.push('poll');
    while (this.#script.length === 0 && !this.stopping.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
    const polled = this.#script.shift() ?? null;
    if (polled instanceof Error) throw polled;
    return polled as SourceRecord[] | null;
  }

  override commitRecords(records: readonly SourceRecord[]): void {
    this.acked.push([...records]);
  }

  override commit(offsets: readonly CommittableOffset[]): void {
    this.commits.push(offsets);
  }

  override stop(): void {
    this.calls.push('stop');
  }
}

export class MemoryOffsets {
  readonly writes: (readonly CommittableOffset[])[] = [];
  /** What the next writes do. */
  writing: () => Promise<void> = async () => undefined;

  async read(partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]> {
    return partitions.map((partition) => this.stored().get(JSON.stringify(partition)) ?? null);
  }

  async write(entries: readonly CommittableOffset[]): Promise<void> {
    await this.writing();
    this.writes.push(entries);
  }

  stored(): Map<string, SourceOffset | null> {
    return new Map(this.writes.flat().map(({ partition, offset }) => [JSON.stringify(partition), offset]));
  }
}

/** A source task with everything around it in memory. */
export function sourceRig(
  options: {
    readonly stages?: RecordStages;
    readonly handling?: Partial<ErrorHandling>;
    readonly targetState?: TargetState;
    readonly producer?: FakeProducer;
  } = {},
) {
  const clock = new ManualClock();
  const log = new RecordingLog();
  const producer = options.producer ?? new FakeProducer();
  const offsets = new MemoryOffsets();
  const reports: ErrorReport[] = [];
  const states: State[] = [];
  const topics: string[] = [];
  let trace: string | null = null;
  let source: ScriptedSource | null = null;
  const task = new WorkerSourceTask({
    id: { connector: 'c', task: 0 },
    targetState: options.targetState ?? 'STARTED',
    log,
    clock,
    gracefulTimeoutMs: 5_000,
    onStatus: (state, text) => {
      states.push(state);
      trace = text ?? trace;
    },
    onTopic: (topic) => void topics.push(topic),
    createTask: (context) => (source = new ScriptedSource({ ...context, config: {}, connector: 'c', task: 0, log })),
    pipeline: new SourcePipeline(options.stages ?? textStages()),
    operator: (stopping) =>
      new RetryWithToleranceOperator({
        handling: { retryTimeoutMs: 0, retryDelayMaxMs: 60_000, tolerance: 'none', ...options.handling },
        reporters: [{ report: (report) => void reports.push(report) }],
        clock,
        stopping,
      }),
    producer,
    offsets,
    offsetFlushIntervalMs: 60_000,
    offsetFlushTimeoutMs: 5_000,
    closeStages: () => undefined,
  });
  return {
    task,
    clock,
    log,
    producer,
    offsets,
    reports,
    states,
    topics,
    trace: () => trace,
    source: () => source!,
    async start(): Promise<ScriptedSource> {
      void task.run();
      await until(
        () => states.includes('RUNNING') && source !== null && source.calls.includes('poll'),
        () => `the task runs, not ${states.join()} ${trace}`,
      );
      return source!;
    },
  };
}
