import { isRetriable } from '../errors.ts';
import { delay, retryBackoff } from '../client/retry-backoff.ts';
import type { ConsumerConfig } from './consumer-config.ts';
import { ConsumerTimeoutError } from './consumer-errors.ts';

export interface RetryOptions {
  config: ConsumerConfig;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  /** What is being done, for the error after `default.api.timeout.ms`. */
  what: string;
  /** Default `default.api.timeout.ms`. */
  timeoutMs?: number;
}

/** Does something again while its error is retriable, with back-off, up to a time limit; then throws `ConsumerTimeoutError`. */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { config, now, random, signal, what } = options;
  const timeoutMs = options.timeoutMs ?? config.apiTimeoutMs;
  const deadline = now() + timeoutMs;
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !isRetriable(error)) throw error;
      const waitMs = retryBackoff(failures, { initialMs: config.retryBackoffMs, maxMs: config.retryBackoffMaxMs, random });
      if (now() + waitMs >= deadline) throw new ConsumerTimeoutError(`Timeout of ${timeoutMs} ms expired before ${what}`, error);
      await delay(waitMs, signal);
    }
  }
}
