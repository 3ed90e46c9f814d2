export interface BackoffOptions {
  /** Wait after the first failure, ms. */
  initialMs: number;
  maxMs: number;
  /** Default 2. */
  multiplier?: number;
  /** Each wait is scaled by a random factor within 1 ± jitter. Default 0.2. */
  jitter?: number;
  random?: () => number;
}

/**
 * How long to wait before attempt number `failures + 1`, in ms: exponential with jitter, never above `maxMs`.
 * `failures` counts from 0 (the wait after the first failure). KIP-580.
 *
 * Source: org.apache.kafka.common.utils.ExponentialBackoff
 */
export function retryBackoff(failures: number, options: BackoffOptions): number {
  const { maxMs, multiplier = 2, jitter = 0.2, random = Math.random } = options;
  const initialMs = Math.min(options.initialMs, maxMs);
  if (initialMs <= 0) return 0;
  const exponentMax = Math.log(maxMs / initialMs) / Math.log(multiplier);
  const term = initialMs * multiplier ** Math.min(failures, exponentMax);
  const factor = initialMs === maxMs ? 1 : 1 - jitter + 2 * jitter * random();
  return Math.min(maxMs, Math.floor(term * factor));
}

/** Node's timers end at once when asked for more than this. */
export const timerMaxMs = 2_147_483_647;

/** Waits. Rejects with the signal's reason when aborted. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.min(Math.max(ms, 0), timerMaxMs),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
