import { timerMaxMs } from '../client/retry-backoff.ts';

export interface WaitOptions {
  signal?: AbortSignal | undefined;
  /** Default: no limit. Longer than some 24 days is no limit either. */
  timeoutMs?: number;
  /** The error after `timeoutMs`. */
  timedOut?: () => Error;
}

/** Turns one callback into a promise that also ends by a signal or after a time, and leaves nothing behind. */
export function waitFor(start: (done: () => void) => { cancel: () => void }, options: WaitOptions): Promise<void> {
  const { signal, timeoutMs, timedOut } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    let timer: NodeJS.Timeout | null = null;
    let isOver = false;
    let started: { cancel: () => void } | null = null;
    const end = (): void => {
      isOver = true;
      if (timer !== null) clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      started?.cancel();
    };
    const onAbort = (): void => {
      end();
      reject(signal!.reason as Error);
    };
    started = start(() => {
      end();
      resolve();
    });
    if (isOver) return;
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeoutMs !== undefined && timeoutMs <= timerMaxMs) {
      timer = setTimeout(() => {
        end();
        reject(timedOut?.() ?? new Error('timed out'));
      }, timeoutMs);
    }
  });
}
