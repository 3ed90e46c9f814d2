import { kafkaError } from '@sluice/protocol';
import type { BrokerLog } from '../broker-options.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { logConfigOf } from '../config/topic-config.ts';
import { syncDirectory } from '../log/files.ts';
import { PartitionLog, removeLogDirectory } from '../log/partition-log.ts';
import { newUuid } from './metadata-store.ts';
import type { MetadataStore } from './metadata-store.ts';
import { partitionDirectory, tidyDataDirectory } from './partition-directory.ts';
import { checkTopicName, collidingTopic, isInternalTopic } from './topic-name.ts';

/** Logs opened at the same time when the broker starts. */
const OPEN_CONCURRENCY = 8;
const MAX_PARTITIONS = 10_000;

export interface Topic {
  readonly name: string;
  readonly id: string;
  readonly isInternal: boolean;
  /** What was set for the topic itself. */
  config: Readonly<Record<string, string>>;
  /** By partition number. */
  readonly logs: PartitionLog[];
}

export interface TopicsOptions {
  dataDir: string;
  store: MetadataStore;
  config: BrokerConfig;
  log: BrokerLog;
  now: () => number;
}

/** The topics with their logs. Changes are made one after the other, and last when their promise is fulfilled. */
export class Topics {
  /** Called when a topic has been deleted. */
  onDeleted: (name: string) => void = () => {};

  readonly #options: TopicsOptions;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(options: TopicsOptions) {
    this.#options = options;
  }

  /** Opens the logs of all topics; logs of a broker that was killed are recovered. */
  static async open(options: TopicsOptions): Promise<Topics> {
    const topics = new Topics(options);
    const known = [...options.store.topics()];
    tidyDataDirectory(options.dataDir, known, options.log);
    const partitions: { topic: Topic; partition: number }[] = [];
    for (const { name, id, config, partitions: count } of known) {
      const topic: Topic = { name, id, config, isInternal: isInternalTopic(name), logs: [] };
      topics.#add(topic);
      for (let partition = 0; partition < count; partition++) partitions.push({ topic, partition });
    }
    const openNext = async (): Promise<void> => {
      for (let next = partitions.pop(); next !== undefined; next = partitions.pop()) {
        next.topic.logs[next.partition] = await topics.#openLog(next.topic, next.partition);
      }
    };
    await Promise.all(Array.from({ length: OPEN_CONCURRENCY }, openNext));
    return topics;
  }

  get(name: string): Topic | null {
    return this.#byName.get(name) ?? null;
  }

  byId(id: string): Topic | null {
    return this.#byId.get(id) ?? null;
  }

  all(): Iterable<Topic> {
    return this.#byName.values();
  }

  /** The log of a partition; throws UNKNOWN_TOPIC_OR_PARTITION. */
  partition(name: string, partition: number): PartitionLog {
    const log = this.#byName.get(name)?.logs[partition];
    if (log === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return log;
  }

  /** Throws what would make `create` fail: bad name, bad number of partitions, TOPIC_ALREADY_EXISTS. */
  checkCreate(name: string, partitions: number): void {
    checkTopicName(name);
    if (this.#byName.has(name)) throw kafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`);
    const colliding = collidingTopic(name, this.#byName.keys());
    if (colliding !== null) throw kafkaError('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${colliding}`);
    if (partitions < 1) throw kafkaError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.');
    if (partitions > MAX_PARTITIONS)
      throw kafkaError('INVALID_PARTITIONS', `Number of partitions was set to ${partitions}, this broker takes at most ${MAX_PARTITIONS}.`);
  }

  /** Creates a topic; `config` is checked already. */
  create(name: string, partitions: number, config: Readonly<Record<string, string>>): Promise<Topic> {
    return this.#change(async () => {
      this.checkCreate(name, partitions);
      return this.#create(name, partitions, config);
    });
  }

  /** The topic, which is created where it is missing. */
  async getOrCreate(name: string, partitions: number, config: Readonly<Record<string, string>>): Promise<Topic> {
    const topic = this.#byName.get(name);
    if (topic !== undefined) return topic;
    return this.#change(async () => {
      const existing = this.#byName.get(name);
      if (existing !== undefined) return existing;
      this.checkCreate(name, partitions);
      return this.#create(name, partitions, config);
    });
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION. */
  delete(name: string): Promise<void> {
    return this.#change(async () => {
      const topic = this.#existing(name);
      this.#options.store.removeTopic(name);
      this.#byName.delete(name);
      this.#byId.delete(topic.id);
      for (const log of topic.logs) await log.abandon();
      for (const log of topic.logs) removeLogDirectory(log.directory);
      this.onDeleted(name);
    });
  }

  /** Throws INVALID_PARTITIONS where `count` is no increase. */
  checkAddPartitions(name: string, count: number): void {
    const current = this.#existing(name).logs.length;
    if (count > MAX_PARTITIONS)
      throw kafkaError('INVALID_PARTITIONS', `The topic ${name} can have at most ${MAX_PARTITIONS} partitions on this broker.`);
    if (count === current) throw kafkaError('INVALID_PARTITIONS', `Topic already has ${current} partition(s).`);
    if (count < current)
      throw kafkaError('INVALID_PARTITIONS', `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`);
  }

  addPartitions(name: string, count: number): Promise<void> {
    return this.#change(async () => {
      this.checkAddPartitions(name, count);
      const topic = this.#existing(name);
      const added: PartitionLog[] = [];
      for (let partition = topic.logs.length; partition < count; partition++) added.push(await this.#openLog(topic, partition));
      syncDirectory(this.#options.dataDir);
      this.#options.store.putTopic({ name, id: topic.id, config: topic.config, partitions: count });
      topic.logs.push(...added);
    });
  }

  /** Replaces what is set for a topic; `change` gets what is set now, and returns what is to be set (checked). */
  alterConfig(name: string, change: (config: Readonly<Record<string, string>>) => Record<string, string>): Promise<void> {
    return this.#change(async () => {
      const topic = this.#existing(name);
      const config = change(topic.config);
      this.#options.store.putTopic({ name, id: topic.id, config, partitions: topic.logs.length });
      topic.config = config;
      const logConfig = logConfigOf(config, this.#options.config);
      for (const log of topic.logs) log.config = logConfig;
    });
  }

  /** The regular work of all logs. */
  async maintain(): Promise<void> {
    const expirationMs = this.#options.config.number('producer.id.expiration.ms');
    for (const topic of this.#byName.values()) {
      for (const log of topic.logs) {
        await log
          .maintain(expirationMs)
          .catch((error: unknown) =>
            this.#options.log.error(`The regular work on the log of ${log.name} failed: ${(error as Error).message}`),
          );
      }
    }
  }

  /** Writes all logs to disk and closes them. Throws when one could not be. */
  async close(): Promise<void> {
    await this.#lastChange.catch(() => {});
    const results = await Promise.allSettled([...this.#byName.values()].flatMap((topic) => topic.logs.map((log) => log.close())));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw new Error('Not all logs could be written to disk.', { cause: failed.reason });
  }

  #existing(name: string): Topic {
    const topic = this.#byName.get(name);
    if (topic === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return topic;
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const change = this.#lastChange.then(work, work);
    this.#lastChange = change.catch(() => {});
    return change;
  }

  async #create(name: string, partitions: number, config: Readonly<Record<string, string>>): Promise<Topic> {
    const topic: Topic = { name, id: newUuid(), config, isInternal: isInternalTopic(name), logs: [] };
    for (let partition = 0; partition < partitions; partition++) topic.logs.push(await this.#openLog(topic, partition));
    syncDirectory(this.#options.dataDir);
    // From here on the topic is there; a crash before leaves directories that the next start removes.
    this.#options.store.putTopic({ name, id: topic.id, config, partitions });
    this.#add(topic);
    return topic;
  }

  #add(topic: Topic): void {
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
  }

  #openLog(topic: Topic, partition: number): Promise<PartitionLog> {
    const { dataDir, config, log, now } = this.#options;
    return PartitionLog.open({
      directory: partitionDirectory(dataDir, topic, partition),
      name: `${topic.name}-${partition}`,
      config: logConfigOf(topic.config, config),
      log,
      now,
    });
  }
}
