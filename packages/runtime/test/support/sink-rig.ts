import { type SinkRecord, SinkTask, type SinkTaskContext, type TopicPartition } from '@sluice/api';
import type { ErrorReport } from '../../src/tasks/error-report.ts';
import type { RecordStages } from '../../src/tasks/record-stages.ts';
import { type ErrorHandling, RetryWithToleranceOperator } from '../../src/tasks/retry-with-tolerance.ts';
import { SinkPipeline } from '../../src/tasks/sink-pipeline.ts';
import { WorkerSinkTask } from '../../src/tasks/worker-sink-task.ts';
import type { State, TargetState } from '../../src/threads/messages.ts';
import { until } from './conditions.ts';
import { FakeConsumer, testHeaders } from './fake-consumer.ts';
import { ManualClock } from './manual-clock.ts';
import { RecordingLog } from './recording-log.ts';
import { textStages } from './stages.ts';

/** A sink that notes what it is told and does what the test says. */
export class ScriptedSink extends SinkTask {
  readonly calls: string[] = [];
  readonly puts: (readonly SinkRecord[])[] = [];
  putError: Error | null = null;
  onPut: ((records: readonly SinkRecord[]) => void) | null = null;
  starts: ReadonlyMap<TopicPartition, number> | undefined;
  allows: (delivered: ReadonlyMap<TopicPartition, number>) => ReadonlyMap<TopicPartition, number> = (delivered) => delivered;
  readonly handle: SinkTaskContext<unknown>;

  constructor(context: SinkTaskContext<unknown>) {
    super(context);
    this.handle = context;
  }

  override put(records: readonly SinkRecord[]): void {
    this.puts.push(records);
    this.onPut?.(records);
    if (this.putError !== null) throw this.putError;
    this.calls.push(`put ${records.map(({ value }) => String(value)).join(' ')}`);
  }

  override open(partitions: readonly TopicPartition[]): ReadonlyMap<TopicPartition, number> | undefined {
    this.calls.push(`open ${partitions.join(' ')}`);
    return this.starts;
  }

  override preCommit(delivered: ReadonlyMap<TopicPartition, number>): ReadonlyMap<TopicPartition, number> {
    this.calls.push(`preCommit ${Array.from(delivered, ([partition, offset]) => `${String(partition)}@${offset}`).join(' ')}`);
    return this.allows(delivered);
  }

  override close(partitions: readonly TopicPartition[]): void {
    this.calls.push(`close ${partitions.join(' ')}`);
  }

  override idle(): void {
    this.calls.push('idle');
  }

  override stop(): void {
    this.calls.push('stop');
  }
}

/** A sink task with everything around it in memory. */
export function sinkRig(
  options: { readonly stages?: RecordStages; readonly handling?: Partial<ErrorHandling>; readonly targetState?: TargetState } = {},
) {
  const clock = new ManualClock();
  const log = new RecordingLog();
  const consumer = new FakeConsumer();
  const reports: ErrorReport[] = [];
  const states: State[] = [];
  const topics: string[] = [];
  let trace: string | null = null;
  let sink: ScriptedSink | null = null;
  const task = new WorkerSinkTask({
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
    createTask: (context) => (sink = new ScriptedSink({ ...context, config: {}, connector: 'c', task: 0, log })),
    pipeline: new SinkPipeline(options.stages ?? textStages(), {
      decodeHeaders: testHeaders,
      eagerHeaders: options.handling?.tolerance === 'all',
    }),
    operator: (stopping) =>
      new RetryWithToleranceOperator({
        handling: { retryTimeoutMs: 0, retryDelayMaxMs: 60_000, tolerance: 'none', ...options.handling },
        reporters: [{ report: (report) => void reports.push(report) }],
        clock,
        stopping,
      }),
    consumer,
    decodeHeaders: testHeaders,
    subscription: { topics: ['t'] },
    offsetFlushIntervalMs: 60_000,
    offsetFlushTimeoutMs: 5_000,
    closeStages: () => undefined,
  });
  return {
    task,
    clock,
    log,
    consumer,
    reports,
    states,
    topics,
    trace: () => trace,
    async start(): Promise<ScriptedSink> {
      void task.run();
      await until(
        () => states.includes('RUNNING') && sink !== null && consumer.polls > 0,
        () => `the task runs, not ${states.join()} ${trace}`,
      );
      return sink!;
    },
    /** Makes the loop turn, as time or a record would. */
    async turn(): Promise<void> {
      const { polls } = consumer;
      consumer.wakeup();
      await until(() => consumer.polls > polls, 'the loop turns');
    },
  };
}
