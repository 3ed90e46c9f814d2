import { timerMaxMs } from '../client/retry-backoff.ts';

/** Something happened: wakes the one who waits, or the next who would. */
export class Bell {
  #isRung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Waits for a ring since the last wait, the signal or the time, whichever is first; does not say which. */
  async wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.#isRung && timeoutMs > 0 && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(timeoutMs, timerMaxMs));
        const wake = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        signal?.addEventListener('abort', wake, { once: true });
        this.#wake = wake;
      });
      this.#wake = null;
    }
    this.#isRung = false;
  }
}
