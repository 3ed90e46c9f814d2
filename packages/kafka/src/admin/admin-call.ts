import type { KafkaError } from '@sluice/protocol';
import { isRetriable } from '../errors.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { delay } from '../client/retry-backoff.ts';

export interface AdminOptions {
  signal?: AbortSignal | undefined;
  /** For the call with all its attempts, ms. Default: `default.api.timeout.ms`. */
  timeoutMs?: number | undefined;
}

/** One thing that a call was about, with what went wrong for it alone. */
export interface AdminResult {
  readonly error: KafkaError | null;
}

/** What an admin client of Java tries again when a controller answers it for one topic. Other errors, retriable elsewhere, are the answer here. */
export function isControllerError(error: KafkaError): boolean {
  return error.errorName === 'NOT_CONTROLLER' || error.errorName === 'THROTTLING_QUOTA_EXCEEDED';
}

/** Likewise of a group's coordinator. */
export function isCoordinatorError(error: KafkaError): boolean {
  return ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS', 'REBALANCE_IN_PROGRESS'].includes(
    error.errorName,
  );
}

/** What one admin call needs: the client, and how long it may go on. */
export class AdminCall {
  readonly client: KafkaClient;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly #deadline: number;
  #failures = 0;

  constructor(client: KafkaClient, options: AdminOptions) {
    this.client = client;
    this.signal = options.signal;
    this.timeoutMs = options.timeoutMs ?? client.apiTimeoutMs;
    this.#deadline = Date.now() + this.timeoutMs;
  }

  /** Runs the action until it ends without a retriable error or time is up; then the last error is thrown. */
  async attempt<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        if (!isRetriable(error) || !(await this.#waits())) throw error;
      }
    }
  }

  /**
   * Asks about several things, and again about those whose own error is passing, until time is up. Results come in the order of the keys.
   * What the answer leaves out is left out.
   */
  async each<R extends AdminResult>(
    keys: readonly string[],
    isPassing: (error: KafkaError) => boolean,
    ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, R>>,
  ): Promise<R[]> {
    const results = new Map<string, R>();
    for (let open = keys; open.length > 0;) {
      const answers = await this.attempt(() => ask(open));
      for (const [key, result] of answers) results.set(key, result);
      open = open.filter((key) => {
        const error = answers.get(key)?.error ?? null;
        return error !== null && isPassing(error);
      });
      if (open.length > 0 && !(await this.#waits())) break;
    }
    return keys.flatMap((key) => results.get(key) ?? []);
  }

  /** The node that changes topics and configurations. */
  async controller(): Promise<number | 'any'> {
    if (this.client.controllerId() < 0) await this.client.metadata.refresh([], this.signal);
    const id = this.client.controllerId();
    return id < 0 ? 'any' : id;
  }

  /** Runs the action at the coordinator of a group, and looks the coordinator up anew when it has moved. */
  async atCoordinator<T>(groupId: string, action: (nodeId: number) => Promise<T>): Promise<T> {
    return this.attempt(async () => {
      const nodeId = await this.client.coordinator('group', groupId, this.signal);
      try {
        return await action(nodeId);
      } catch (error) {
        if (isRetriable(error)) this.client.forgetCoordinator('group', groupId);
        throw error;
      }
    });
  }

  /** Waits before the next attempt. False where no time is left for one. Metadata is asked anew, as leaders and the controller may have moved. */
  async #waits(): Promise<boolean> {
    const wait = this.client.retryBackoffMs(this.#failures++);
    if (Date.now() + wait >= this.#deadline) return false;
    await delay(wait, this.signal);
    await this.client.metadata.refresh([], this.signal).catch((error: unknown) => {
      if (!isRetriable(error)) throw error;
    });
    return true;
  }
}
