import {
  type AnySinkConnectorSpec,
  type AnySourceConnectorSpec,
  ConfigError,
  ConnectError,
  type Logger,
  type RawConfig,
  type SinkTask,
  type SinkTaskContext,
  type SourceTask,
  type SourceTaskContext,
} from '@sluice/api';
import { sinkConnectorConfig } from '../config/sink-connector-config.ts';
import { sourceConnectorConfig } from '../config/source-connector-config.ts';
import type { PluginLoader } from '../plugins/plugin-loader.ts';
import type { StartTask, State } from '../threads/messages.ts';
import { sinkConsumerProperties, sourceProducerProperties } from './client-config.ts';
import { systemClock } from './clock.ts';
import { type ErrorReporter, LogReporter } from './error-report.ts';
import { assertOverridesAllowed } from './override-policy.ts';
import { buildRecordStages, closeRecordStages, type RecordStages } from './record-stages.ts';
import { type ErrorHandling, RetryWithToleranceOperator } from './retry-with-tolerance.ts';
import { SinkPipeline } from './sink-pipeline.ts';
import { sinkSubscription } from './sink-topics.ts';
import { SourcePipeline } from './source-pipeline.ts';
import type { OffsetStorage } from './surroundings.ts';
import type { TaskClients } from './task-clients.ts';
import { assertTasksMax } from './task-limits.ts';
import { WorkerSinkTask } from './worker-sink-task.ts';
import { WorkerSourceTask } from './worker-source-task.ts';
import type { WorkerTask, WorkerTaskOptions } from './worker-task.ts';

/** The worker's settings that tasks need. */
export interface TaskSettings {
  readonly offsetFlushIntervalMs: number;
  readonly offsetFlushTimeoutMs: number;
  readonly gracefulTimeoutMs: number;
}

export interface TaskSurroundings {
  readonly plugins: PluginLoader;
  readonly workerConfig: RawConfig;
  readonly settings: TaskSettings;
  readonly clients: TaskClients;
  readonly offsets: OffsetStorage;
  readonly log: Logger;
  readonly onStatus: (state: State, trace: string | null) => void;
  readonly onTopic: (topic: string) => void;
}

/**
 * Builds a task with everything it needs, from its configuration alone. Nothing is started and nothing connected.
 *
 * Source: org.apache.kafka.connect.runtime.Worker.startTask
 * @throws what is wrong with the configuration, a plugin or a client setting.
 */
export async function buildTask(start: StartTask, surroundings: TaskSurroundings): Promise<WorkerTask> {
  const spec = await surroundings.plugins.loadConnector(requiredClass(start.connectorConfig));
  return spec.kind === 'source' ? await buildSourceTask(start, spec, surroundings) : await buildSinkTask(start, spec, surroundings);
}

async function buildSourceTask(start: StartTask, spec: AnySourceConnectorSpec, surroundings: TaskSurroundings): Promise<WorkerTask> {
  const { settings, offsets, log } = surroundings;
  const config = sourceConnectorConfig.parse(start.connectorConfig);
  if (start.taskCount !== undefined) assertTasksMax(start.connector, start.taskCount, config, (message) => log.warn(message));
  assertOverridesAllowed('producer', start.connectorConfig, surroundings.workerConfig);
  warnOfTopicCreation(start.connectorConfig, log);
  const taskConfig = parseTaskConfig(spec, start.taskConfig);
  const stages = await buildRecordStages(start.connectorConfig, surroundings.workerConfig, surroundings.plugins);
  const producer = await releasing(stages, () => surroundings.clients.producer(sourceProducerProperties(owner(start, surroundings)), log));
  return new WorkerSourceTask({
    ...commonOptions(start, surroundings),
    createTask: (context): SourceTask => new spec.task({ ...context, ...identity(start, log, taskConfig) } as SourceTaskContext<unknown>),
    pipeline: new SourcePipeline(stages),
    operator: operatorOf(start, config, log),
    producer,
    offsets,
    offsetFlushIntervalMs: settings.offsetFlushIntervalMs,
    offsetFlushTimeoutMs: settings.offsetFlushTimeoutMs,
    closeStages: () => closeRecordStages(stages),
  });
}

async function buildSinkTask(start: StartTask, spec: AnySinkConnectorSpec, surroundings: TaskSurroundings): Promise<WorkerTask> {
  const { settings, log, clients } = surroundings;
  const config = sinkConnectorConfig.parse(start.connectorConfig);
  if (start.taskCount !== undefined) assertTasksMax(start.connector, start.taskCount, config, (message) => log.warn(message));
  assertOverridesAllowed('consumer', start.connectorConfig, surroundings.workerConfig);
  assertNoDeadLetterQueue(config['errors.deadletterqueue.topic.name']);
  const subscription = sinkSubscription(start.connectorConfig);
  const taskConfig = parseTaskConfig(spec, start.taskConfig);
  const stages = await buildRecordStages(start.connectorConfig, surroundings.workerConfig, surroundings.plugins);
  const { consumer, decodeHeaders } = await releasing(stages, () =>
    clients.consumer(sinkConsumerProperties(owner(start, surroundings)), log),
  );
  return new WorkerSinkTask({
    ...commonOptions(start, surroundings),
    createTask: (context): SinkTask => new spec.task({ ...context, ...identity(start, log, taskConfig) } as SinkTaskContext<unknown>),
    pipeline: new SinkPipeline(stages, { decodeHeaders, eagerHeaders: config['errors.tolerance'] === 'all' }),
    operator: operatorOf(start, config, log),
    consumer,
    decodeHeaders,
    subscription,
    offsetFlushIntervalMs: settings.offsetFlushIntervalMs,
    offsetFlushTimeoutMs: settings.offsetFlushTimeoutMs,
    closeStages: () => closeRecordStages(stages),
  });
}

function commonOptions(
  { connector, task, targetState }: StartTask,
  { settings, log, onStatus, onTopic }: TaskSurroundings,
): WorkerTaskOptions {
  return {
    id: { connector, task },
    targetState,
    log,
    clock: systemClock,
    gracefulTimeoutMs: settings.gracefulTimeoutMs,
    onStatus,
    onTopic,
  };
}

function identity(
  { connector, task }: StartTask,
  log: Logger,
  config: unknown,
): { connector: string; task: number; log: Logger; config: unknown } {
  return { connector, task, log, config };
}

function owner(
  { connector, task, connectorConfig }: StartTask,
  { workerConfig }: TaskSurroundings,
): Parameters<typeof sourceProducerProperties>[0] {
  return { connector, task, connectorConfig, workerConfig };
}

function warnOfTopicCreation(raw: RawConfig, log: Logger): void {
  const keys = Object.keys(raw).filter((key) => key.startsWith('topic.creation.'));
  if (keys.length > 0)
    log.warn(`Sluice does not create topics by rules yet, the broker creates them by its own defaults: ${keys.join(', ')} have no effect`);
}

/** A record that belongs into a dead letter queue must not be dropped because there is none. */
function assertNoDeadLetterQueue(topic: string): void {
  if (topic === '') return;
  const key = 'errors.deadletterqueue.topic.name';
  throw ConfigError.invalid(
    key,
    topic,
    `Sluice has no dead letter queue yet; remove ${key}, or keep errors.tolerance=none and mend the records`,
  );
}

/** The connector's keys and those that only a task has, as one typed object. */
function parseTaskConfig(spec: AnySourceConnectorSpec | AnySinkConnectorSpec, raw: RawConfig): unknown {
  const config = spec.config.parse(raw) as object;
  return spec.taskKeys === undefined ? config : Object.freeze({ ...config, ...(spec.taskKeys.parse(raw) as object) });
}

type ErrorConfig = Readonly<{
  'errors.retry.timeout': number;
  'errors.retry.delay.max.ms': number;
  'errors.tolerance': 'none' | 'all';
  'errors.log.enable': boolean;
  'errors.log.include.messages': boolean;
}>;

function operatorOf(
  { connector, task }: StartTask,
  config: ErrorConfig,
  log: Logger,
): (stopping: AbortSignal) => RetryWithToleranceOperator {
  const reporters: ErrorReporter[] = [];
  if (config['errors.log.enable']) reporters.push(new LogReporter(`${connector}-${task}`, log, config['errors.log.include.messages']));
  const handling: ErrorHandling = {
    retryTimeoutMs: config['errors.retry.timeout'],
    retryDelayMaxMs: config['errors.retry.delay.max.ms'],
    tolerance: config['errors.tolerance'],
  };
  return (stopping) => new RetryWithToleranceOperator({ handling, reporters, clock: systemClock, stopping });
}

/** What comes after the stages may fail: they are released then. */
async function releasing<T>(stages: RecordStages, next: () => Promise<T>): Promise<T> {
  try {
    return await next();
  } catch (error) {
    closeRecordStages(stages);
    throw error;
  }
}

function requiredClass(config: RawConfig): string {
  const name = config['connector.class'] ?? null;
  if (name === null) throw new ConnectError('Missing required configuration "connector.class" which has no default value.');
  return name.trim();
}
