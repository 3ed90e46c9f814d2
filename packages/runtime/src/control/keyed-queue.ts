/** What runs, or what ran last: for the message of a request that waited too long. */
export interface Stage {
  readonly description: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

interface Work {
  readonly description: string;
  run(): Promise<void>;
  reject(error: Error): void;
}

export interface KeyedQueueOptions {
  /** More operations than that cannot wait at a time, all keys together. */
  readonly limit: number;
  readonly closedError: () => Error;
}

/**
 * Runs operations of one key one after another, in the order they came, and those of different keys beside each other: the owner of what
 * a herder changes, one connector at a time. A connector that takes long to start holds up nobody else.
 */
export class KeyedQueue {
  readonly #options: KeyedQueueOptions;
  /** Keys whose operations run, with what waits behind. */
  readonly #waiting = new Map<string, Work[]>();
  readonly #running = new Map<string, Stage>();
  readonly #idleWaiters: (() => void)[] = [];
  #count = 0;
  #isClosed = false;
  #last: Stage | null = null;

  constructor(options: KeyedQueueOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The operation that has been running longest, or the last one that ended. */
  get stage(): Stage | null {
    // A Map keeps the order in which its entries came.
    for (const stage of this.#running.values()) return stage;
    return this.#last;
  }

  run<T>(key: string, description: string, operation: () => Promise<T> | T): Promise<T> {
    if (this.#isClosed) return Promise.reject(this.#options.closedError());
    if (this.#count >= this.#options.limit) return Promise.reject(new Error(`Too many requests: ${this.#options.limit} wait already`));
    return new Promise<T>((resolve, reject) => {
      const work: Work = { description, reject, run: async () => resolve(await operation()) };
      const waiting = this.#waiting.get(key);
      this.#count++;
      if (waiting !== undefined) waiting.push(work);
      else void this.#drain(key, work);
    });
  }

  /** Rejects what waits and resolves when what runs has ended, or after `timeoutMs`. Nothing more is taken. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#waiting.values()) {
      for (const work of waiting.splice(0)) {
        this.#count--;
        work.reject(this.#options.closedError());
      }
    }
    if (this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#idleWaiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #drain(key: string, first: Work): Promise<void> {
    const waiting: Work[] = [];
    this.#waiting.set(key, waiting);
    for (let work: Work | undefined = first; work !== undefined; work = waiting.shift()) {
      const { description } = work;
      const startedAt = new Date();
      this.#running.set(key, { description, startedAt, endedAt: null });
      try {
        await work.run();
      } catch (error) {
        work.reject(error as Error);
      }
      this.#count--;
      this.#running.delete(key);
      this.#last = { description, startedAt, endedAt: new Date() };
    }
    this.#waiting.delete(key);
    if (this.#waiting.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
