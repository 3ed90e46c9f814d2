import * as fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomically } from '../log/files.ts';
import { isPartitionDirectory } from './partition-directory.ts';

const FILE = 'metadata.json';
const FORMAT = 1;
/** Producer ids are reserved on disk in blocks, so that handing one out needs no write. */
const PRODUCER_ID_BLOCK = 1000;

export interface TopicMetadata {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

interface Content {
  format: number;
  clusterId: string;
  nextProducerId: number;
  topics: TopicMetadata[];
}

/**
 * What the broker knows besides the logs: cluster id, topics, producer ids. One file, replaced as a whole with every change,
 * and on disk when the change returns.
 */
export class MetadataStore {
  readonly #directory: string;
  readonly #path: string;
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #clusterId: string;
  #nextProducerId: number;
  #producerIdLimit: number;

  /** Reads the file; makes it where the directory is new. Throws where it cannot be read: then nothing in the directory is touched. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, FILE);
    const content = this.#read();
    this.#clusterId = content?.clusterId ?? newUuid();
    this.#nextProducerId = content?.nextProducerId ?? 0;
    this.#producerIdLimit = this.#nextProducerId;
    for (const topic of content?.topics ?? []) this.#topics.set(topic.name, topic);
    if (content === null) this.#write();
  }

  get clusterId(): string {
    return this.#clusterId;
  }

  topics(): Iterable<TopicMetadata> {
    return this.#topics.values();
  }

  putTopic(topic: TopicMetadata): void {
    this.#change(topic.name, topic);
  }

  removeTopic(name: string): void {
    this.#change(name, null);
  }

  /** An id that was never given before, also not before a crash. */
  takeProducerId(): number {
    if (this.#nextProducerId === this.#producerIdLimit) {
      this.#producerIdLimit += PRODUCER_ID_BLOCK;
      this.#write();
    }
    return this.#nextProducerId++;
  }

  #change(name: string, topic: TopicMetadata | null): void {
    const before = this.#topics.get(name);
    this.#set(name, topic);
    try {
      this.#write();
    } catch (error) {
      this.#set(name, before ?? null);
      throw error;
    }
  }

  #set(name: string, topic: TopicMetadata | null): void {
    if (topic === null) this.#topics.delete(name);
    else this.#topics.set(name, topic);
  }

  #read(): Content | null {
    if (!fs.existsSync(this.#path)) {
      const partition = fs.readdirSync(this.#directory).find(isPartitionDirectory);
      if (partition === undefined) return null;
      throw new Error(
        `The data directory ${this.#directory} has partitions (${partition}) but no ${FILE}: put the file back, or choose another directory.`,
      );
    }
    const text = fs.readFileSync(this.#path, 'utf8');
    let content: Content;
    try {
      content = JSON.parse(text) as Content;
    } catch (error) {
      throw new Error(`${this.#path} is not valid JSON: ${(error as Error).message}`, { cause: error });
    }
    if (content.format !== FORMAT) throw new Error(`${this.#path} has format ${content.format}; this version reads format ${FORMAT}.`);
    return content;
  }

  #write(): void {
    const content: Content = {
      format: FORMAT,
      clusterId: this.#clusterId,
      nextProducerId: this.#producerIdLimit,
      topics: [...this.#topics.values()],
    };
    writeFileAtomically(this.#path, `${JSON.stringify(content, null, 1)}\n`, this.#directory);
  }
}

/** A random id in Kafka's spelling: 22 characters of base64url, the first not '-', so that command lines take it. */
export function newUuid(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
