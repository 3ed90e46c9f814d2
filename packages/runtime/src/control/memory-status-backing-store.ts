import type { State } from '../threads/messages.ts';

/** What is known of a connector or task. `version` is null where a failure came before the plugin was there to say it. */
export interface Status {
  readonly state: State;
  readonly workerId: string;
  readonly version: string | null;
  readonly trace: string | null;
}

/**
 * States and active topics as they were last reported: in memory.
 *
 * Source: org.apache.kafka.connect.storage.MemoryStatusBackingStore
 */
export class MemoryStatusBackingStore {
  readonly #connectors = new Map<string, Status>();
  readonly #tasks = new Map<string, Map<number, Status>>();
  readonly #topics = new Map<string, Set<string>>();

  connector(name: string): Status | null {
    return this.#connectors.get(name) ?? null;
  }

  task(connector: string, task: number): Status | null {
    return this.#tasks.get(connector)?.get(task) ?? null;
  }

  /** By task number, ascending. */
  tasks(connector: string): [task: number, status: Status][] {
    return [...(this.#tasks.get(connector) ?? [])].toSorted(([a], [b]) => a - b);
  }

  /** DESTROYED removes. */
  putConnector(name: string, status: Status): void {
    if (status.state === 'DESTROYED') this.#connectors.delete(name);
    else this.#connectors.set(name, status);
  }

  putTask(connector: string, task: number, status: Status): void {
    let tasks = this.#tasks.get(connector);
    if (status.state === 'DESTROYED') {
      tasks?.delete(task);
      return;
    }
    if (tasks === undefined) this.#tasks.set(connector, (tasks = new Map()));
    tasks.set(task, status);
  }

  /** Forgets the connector and all its tasks; its active topics stay, as in the original. */
  removeConnector(name: string): void {
    this.#connectors.delete(name);
    this.#tasks.delete(name);
  }

  putTopic(connector: string, topic: string): void {
    let topics = this.#topics.get(connector);
    if (topics === undefined) this.#topics.set(connector, (topics = new Set()));
    topics.add(topic);
  }

  topics(connector: string): string[] {
    return [...(this.#topics.get(connector) ?? [])];
  }

  removeTopics(connector: string): void {
    this.#topics.delete(connector);
  }
}
