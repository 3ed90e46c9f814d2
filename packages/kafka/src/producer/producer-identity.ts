import { KafkaError, kafkaError } from '@sluice/protocol';
import type { KafkaLog } from '../log.ts';
import { isRetriable, messageOf } from '../errors.ts';
import { delay, retryBackoff } from '../client/retry-backoff.ts';
import type { ProducerClient } from './producer-client.ts';
import type { ProducerConfig } from './producer-config.ts';
import type { ProducerIdAndEpoch } from './sequence.ts';

const epochMax = 32_767;

/**
 * The idempotent producer's id and epoch. A new epoch is taken by itself, without the broker, which is how KIP-360 does it for a producer
 * without a transactional id: to each partition's leader an epoch above the last one it saw, with sequence 0, is a fresh start.
 *
 * Source: TransactionManager.bumpIdempotentProducerEpoch
 */
export class ProducerIdentity {
  readonly #client: ProducerClient;
  readonly #config: ProducerConfig;
  readonly #log: KafkaLog;
  readonly #random: () => number;
  #current: ProducerIdAndEpoch | null = null;
  #pending: Promise<void> | null = null;

  constructor(client: ProducerClient, config: ProducerConfig, options: { log: KafkaLog; random: () => number }) {
    this.#client = client;
    this.#config = config;
    this.#log = options.log;
    this.#random = options.random;
  }

  get current(): ProducerIdAndEpoch | null {
    return this.#current;
  }

  /** Asks for an id unless there is one, again and again while the error is retriable. Concurrent calls share one request. */
  acquire(signal: AbortSignal): Promise<void> {
    if (this.#current !== null) return Promise.resolve();
    this.#pending ??= this.#acquire(signal).finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        this.#current = await this.#request(signal);
        this.#log.debug(`ProducerId set to ${this.#current.id} with epoch ${this.#current.epoch}`);
        return;
      } catch (error) {
        if (signal.aborted || !isRetriable(error)) throw error;
        this.#log.debug(`InitProducerId failed, trying again: ${messageOf(error)}`);
      }
      const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs } = this.#config;
      await delay(retryBackoff(failures, { initialMs, maxMs, random: this.#random }), signal);
    }
  }

  async #request(signal: AbortSignal): Promise<ProducerIdAndEpoch> {
    const body = { transactionalId: null, transactionTimeoutMs: this.#config.transactionTimeoutMs, producerId: -1, producerEpoch: -1 };
    const response = await this.#client.send('any', 'InitProducerId', body, {
      signal,
      timeoutMs: this.#config.requestTimeoutMs,
      maxVersion: 5,
    });
    if (response.errorCode !== 0) throw kafkaError(response.errorCode);
    return { id: response.producerId, epoch: response.producerEpoch };
  }

  /** The next epoch; at the end of the epochs a new id has to be asked for and there is none until then. */
  bumpEpoch(): void {
    const current = this.#current;
    if (current === null) return;
    this.#current = current.epoch >= epochMax ? null : { id: current.id, epoch: current.epoch + 1 };
    this.#log.info(`Producer ${current.id} leaves epoch ${current.epoch} because a partition misses a batch; its sequences begin again`);
  }
}

/** The broker does not let us be idempotent, which a producer that was not told to be can live with. */
export function isIdempotenceDenied(error: unknown): boolean {
  return error instanceof KafkaError && (error.errorName === 'CLUSTER_AUTHORIZATION_FAILED' || error.errorName === 'UNSUPPORTED_VERSION');
}
