/** Time as tasks see it; tests give their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits; ends early, without throwing, when `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** `setTimeout` fires at once beyond this. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted || ms <= 0) return resolve();
      // The listener goes with the timer: a listener left on a task's signal would stay for the life of the task.
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, MAX_TIMEOUT_MS));
      signal.addEventListener('abort', done, { once: true });
    }),
};
