import type { ApiName } from '@sluice/protocol';

/** A request that was written and waits for its answer. */
export interface InFlightRequest {
  readonly api: ApiName;
  readonly version: number;
  readonly deadline: number;
  /** Null once the caller has given up; the answer is then dropped. */
  resolve: ((body: unknown) => void) | null;
  reject: ((error: unknown) => void) | null;
}

/** Calls back when the first of several moments has come. One timer that does not keep the process alive. */
export class DeadlineTimer {
  readonly #onDue: () => void;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;
  #dueAt = Infinity;

  constructor(onDue: () => void, now: () => number) {
    this.#onDue = onDue;
    this.#now = now;
  }

  /** Makes sure that the callback comes no later than `time`. */
  atLatest(time: number): void {
    if (time >= this.#dueAt) return;
    this.clear();
    this.#dueAt = time;
    const wait = Math.min(Math.max(0, time - this.#now()), 2_147_483_647);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#dueAt = Infinity;
      this.#onDue();
    }, wait).unref();
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueAt = Infinity;
  }
}
