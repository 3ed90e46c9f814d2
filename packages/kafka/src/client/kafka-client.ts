import type { ApiName, Responses } from '@sluice/protocol';
import { errors, kafkaError } from '@sluice/protocol';
import { ClientClosedError, KafkaConfigError, isRetriable, messageOf } from '../errors.ts';
import type { KafkaLog } from '../log.ts';
import { silentLog } from '../log.ts';
import { NodePool } from '../net/node-pool.ts';
import type { BrokerNode } from '../net/broker-node.ts';
import type { RequestBody, SendOptions, VersionedResponse } from '../net/request-types.ts';
import { hostPortText } from '../settings/bootstrap-servers.ts';
import type { ClientSettings } from '../settings/client-settings.ts';
import { createConnectionContext, nodeTimes } from './client-context.ts';
import { ClusterMetadata } from './cluster-metadata.ts';
import type { MetadataAnswer } from './cluster-metadata.ts';
import type { Broker } from './cluster-types.ts';
import { CoordinatorCache, coordinatorOf, findCoordinatorRequest } from './coordinators.ts';
import type { CoordinatorType } from './coordinators.ts';
import { delay, retryBackoff } from './retry-backoff.ts';

export interface KafkaClientOptions {
  log?: KafkaLog;
  /** ms since the epoch. Default `Date.now`. */
  now?: () => number;
  /** 0 to 1. Default `Math.random`. */
  random?: () => number;
}

/**
 * One logical client of a Kafka cluster: its connections, metadata and coordinators. Producer, consumer and admin calls are made through it.
 * Connections are opened when they are needed, so `connect` may be left out; `close` must not.
 */
export class KafkaClient {
  readonly settings: ClientSettings;
  readonly metadata: ClusterMetadata;
  readonly #log: KafkaLog;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #pool: NodePool;
  readonly #coordinators = new CoordinatorCache();
  readonly #lookups = new Map<string, Promise<number>>();
  readonly #abort = new AbortController();
  #bootstrapping: Promise<void> | null = null;
  #brokers: readonly Broker[] = [];
  #clusterId: string | null = null;
  #controllerId = -1;

  constructor(settings: ClientSettings, options: KafkaClientOptions = {}) {
    this.settings = settings;
    this.#log = options.log ?? silentLog;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    let context: ReturnType<typeof createConnectionContext> | null = null;
    this.#pool = new NodePool({
      times: nodeTimes(settings),
      now: this.#now,
      random: this.#random,
      splitsMemberRequests: settings.kind === 'consumer',
      context: () => (context ??= createConnectionContext(settings, { log: this.#log, now: this.#now, random: this.#random })),
      onDisconnect: (nodeId) => this.#onDisconnect(nodeId),
    });
    this.metadata = new ClusterMetadata({
      ask: (topics, allowAutoCreate, signal) => this.#askMetadata(topics, allowAutoCreate, signal),
      log: this.#log,
      now: this.#now,
      random: this.#random,
      retryBackoffMs: settings.get('retry.backoff.ms'),
      retryBackoffMaxMs: settings.get('retry.backoff.max.ms'),
      ageMaxMs: settings.get('metadata.max.age.ms'),
      idleMaxMs: settings.kind === 'producer' ? settings.get('metadata.max.idle.ms') : Infinity,
      defaultTimeoutMs: this.apiTimeoutMs,
      allowAutoCreate: settings.kind === 'producer' || (settings.kind === 'consumer' && settings.get('allow.auto.create.topics')),
      includeInternal: settings.kind === 'consumer' && !settings.get('exclude.internal.topics'),
    });
  }

  /** How long a call may take with all its attempts, ms: `max.block.ms` of a producer, `default.api.timeout.ms` of the others. */
  get apiTimeoutMs(): number {
    return this.settings.kind === 'producer' ? this.settings.get('max.block.ms') : this.settings.get('default.api.timeout.ms');
  }

  /**
   * Finds the cluster: asks the bootstrap servers in turn until one answers, at most `timeoutMs` (default: `apiTimeoutMs`).
   * Throws KafkaError REQUEST_TIMED_OUT with the servers and the last cause, `AuthenticationError`, or `KafkaConfigError`. Calling twice is safe.
   */
  async connect(signal?: AbortSignal, timeoutMs: number = this.apiTimeoutMs): Promise<void> {
    const deadline = this.#now() + timeoutMs;
    for (let failures = 0; ; failures++) {
      try {
        await this.metadata.refresh([], signal);
        return;
      } catch (error) {
        signal?.throwIfAborted();
        this.#throwIfClosed();
        if (!isRetriable(error)) throw error;
        const wait = retryBackoff(failures, {
          initialMs: this.settings.get('reconnect.backoff.ms'),
          maxMs: this.settings.get('reconnect.backoff.max.ms'),
          random: this.#random,
        });
        if (this.#now() + wait >= deadline) {
          const servers = this.settings.bootstrapServers.map(hostPortText).join(',');
          throw kafkaError(
            'REQUEST_TIMED_OUT',
            `No broker of bootstrap.servers ${servers} answered within ${timeoutMs} ms: ${messageOf(error)}`,
            { cause: error },
          );
        }
        if (failures === 0) this.#log.warn(`Cannot reach the cluster yet, trying again: ${messageOf(error)}`);
        await delay(wait, AbortSignal.any([this.#abort.signal, ...(signal === undefined ? [] : [signal])]));
      }
    }
  }

  /** `null` until the first answer. */
  clusterId(): string | null {
    return this.#clusterId;
  }

  /** Empty until the first answer. */
  brokers(): readonly Broker[] {
    return this.#brokers;
  }

  /** Where to send what changes the cluster, -1 while unknown. A KRaft cluster names any broker, which then forwards. */
  controllerId(): number {
    return this.#controllerId;
  }

  /** The highest version of an API that the node and we know. Throws KafkaError UNSUPPORTED_VERSION. */
  version(nodeId: number | 'any', api: ApiName, options: SendOptions = {}): Promise<number> {
    return this.#withNode(nodeId, api, options.signal, (node) => node.version(api, options));
  }

  /**
   * Sends one request, once, in the highest version that both sides and the caller know. To `any` node the request goes to the next broker when one cannot be reached.
   * Rejects with KafkaError NETWORK_EXCEPTION on disconnect and REQUEST_TIMED_OUT when no answer comes in time, both retriable;
   * UNSUPPORTED_VERSION; `AuthenticationError`; the signal's reason. Error codes inside the answer are the caller's to look at.
   */
  async send<A extends ApiName>(nodeId: number | 'any', api: A, body: RequestBody<A>, options?: SendOptions): Promise<Responses[A]> {
    return (await this.sendWithVersion(nodeId, api, body, options)).body;
  }

  /** As `send`, with the version that was chosen. */
  sendWithVersion<A extends ApiName>(
    nodeId: number | 'any',
    api: A,
    body: RequestBody<A>,
    options: SendOptions = {},
  ): Promise<VersionedResponse<A>> {
    return this.#withNode(nodeId, api, options.signal, (node) => node.send(api, body, options));
  }

  /**
   * Node id of the coordinator of a group or transactional id, from memory or by asking, for at most `apiTimeoutMs`.
   * Throws KafkaError GROUP_AUTHORIZATION_FAILED and the like, or the last retriable error when time is up.
   */
  async coordinator(type: CoordinatorType, key: string, signal?: AbortSignal): Promise<number> {
    const known = this.#coordinators.get(type, key);
    if (known !== undefined && this.#pool.has(known)) return known;
    const name = `${type} ${key}`;
    let lookup = this.#lookups.get(name);
    if (lookup === undefined) {
      lookup = this.#findCoordinator(type, key).finally(() => this.#lookups.delete(name));
      this.#lookups.set(name, lookup);
    }
    return signal === undefined ? lookup : abortable(lookup, signal);
  }

  /** The node said that it is not the coordinator, or cannot be reached: the next call of `coordinator` asks again. */
  forgetCoordinator(type: CoordinatorType, key: string): void {
    this.#coordinators.forget(type, key);
  }

  /** Closes all connections and timers; what waits is rejected with `ClientClosedError`. Calling twice is safe. */
  close(): Promise<void> {
    if (this.#abort.signal.aborted) return Promise.resolve();
    const error = new ClientClosedError();
    this.#abort.abort(error);
    this.metadata.close(error);
    this.#pool.close(error);
    return Promise.resolve();
  }

  #throwIfClosed(): void {
    this.#abort.signal.throwIfAborted();
  }

  /** Not async: a call to a known node must reach its connection before this returns, so that calls stay in order. */
  #withNode<T>(
    nodeId: number | 'any',
    api: ApiName,
    signal: AbortSignal | undefined,
    action: (node: BrokerNode) => Promise<T>,
  ): Promise<T> {
    if (this.#abort.signal.aborted) return Promise.reject(new ClientClosedError());
    if (nodeId === 'any') return this.#withAnyNode(signal, action);
    const node = this.#pool.node(nodeId, api);
    if (node !== null) return action(node);
    this.metadata.invalidate();
    return Promise.reject(kafkaError('NETWORK_EXCEPTION', `Node ${nodeId} is not among the known brokers`));
  }

  async #withAnyNode<T>(signal: AbortSignal | undefined, action: (node: BrokerNode) => Promise<T>): Promise<T> {
    if (this.#pool.isEmpty && this.#pool.bootstrapNodes().length === 0) await this.#bootstrap();
    const tried = new Set<BrokerNode>();
    const first = await this.#tryNodes(this.#pool.candidates(), tried, signal, action);
    if ('result' in first) return first.result;
    if (!this.#mayRebootstrap()) throw first.error;
    // No known broker answers: the bootstrap servers may know where the cluster has moved (KIP-899).
    this.#log.info('No known broker can be reached, asking the bootstrap servers again');
    await this.#bootstrap();
    const second = await this.#tryNodes(this.#pool.bootstrapNodes(), tried, signal, action);
    if ('result' in second) return second.result;
    throw second.error ?? first.error;
  }

  async #tryNodes<T>(
    nodes: readonly BrokerNode[],
    tried: Set<BrokerNode>,
    signal: AbortSignal | undefined,
    action: (node: BrokerNode) => Promise<T>,
  ): Promise<{ result: T } | { error: unknown }> {
    let last: unknown;
    for (const node of nodes) {
      if (tried.has(node)) continue;
      tried.add(node);
      try {
        return { result: await action(node) };
      } catch (error) {
        signal?.throwIfAborted();
        this.#throwIfClosed();
        if (!isRetriable(error)) throw error;
        last = error;
      }
    }
    return { error: last };
  }

  #mayRebootstrap(): boolean {
    return !this.#pool.isEmpty && this.settings.get('metadata.recovery.strategy').toUpperCase() === 'REBOOTSTRAP';
  }

  #bootstrap(): Promise<void> {
    this.#bootstrapping ??= this.#resolveBootstrap().finally(() => {
      this.#bootstrapping = null;
    });
    return this.#bootstrapping;
  }

  async #resolveBootstrap(): Promise<void> {
    const { resolveBootstrap } = await import('../net/dial.ts');
    const isCanonical = this.settings.get('client.dns.lookup') === 'resolve_canonical_bootstrap_servers_only';
    const servers = await resolveBootstrap(this.settings.bootstrapServers, isCanonical);
    this.#throwIfClosed();
    if (servers.length === 0) throw new KafkaConfigError('No resolvable bootstrap urls given in bootstrap.servers', 'bootstrap.servers');
    this.#pool.startFrom(servers);
  }

  async #askMetadata(topics: readonly string[] | null, allowAutoCreate: boolean, signal: AbortSignal | undefined): Promise<MetadataAnswer> {
    const body = { topics: topics?.map((name) => ({ name })) ?? null, allowAutoTopicCreation: allowAutoCreate };
    const answer = await this.send('any', 'Metadata', body, { signal, minVersion: 4 });
    if (answer.errorCode === errors.REBOOTSTRAP_REQUIRED.code) {
      await this.#bootstrap();
      throw kafkaError(answer.errorCode);
    }
    if (answer.errorCode !== 0) throw kafkaError(answer.errorCode);
    this.#takeOver(answer);
    return answer;
  }

  #takeOver(answer: MetadataAnswer): void {
    this.#throwIfClosed();
    if (answer.clusterId !== null && answer.clusterId !== this.#clusterId) {
      if (this.#clusterId === null) this.#log.info(`Cluster ID: ${answer.clusterId}`);
      else this.#log.warn(`The cluster ID changed from ${this.#clusterId} to ${answer.clusterId}`);
      this.#clusterId = answer.clusterId;
    }
    this.#controllerId = answer.controllerId;
    // A broker that has only just started may name nobody yet.
    if (answer.brokers.length === 0) return;
    this.#brokers = answer.brokers.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack }));
    this.#pool.update(this.#brokers);
  }

  async #findCoordinator(type: CoordinatorType, key: string): Promise<number> {
    const deadline = this.#now() + this.apiTimeoutMs;
    for (let failures = 0; ; failures++) {
      try {
        const found = await this.#askCoordinator(type, key);
        this.#pool.add({ id: found.nodeId, host: found.host, port: found.port });
        this.#coordinators.set(type, key, found.nodeId);
        return found.nodeId;
      } catch (error) {
        this.#throwIfClosed();
        const wait = this.retryBackoffMs(failures);
        if (!isRetriable(error) || this.#now() + wait >= deadline) throw error;
        await delay(wait, this.#abort.signal);
      }
    }
  }

  async #askCoordinator(type: CoordinatorType, key: string): Promise<ReturnType<typeof coordinatorOf>> {
    const minVersion = type === 'transaction' ? 1 : 0;
    const { version, body } = await this.sendWithVersion('any', 'FindCoordinator', (chosen) => findCoordinatorRequest(type, key, chosen), {
      minVersion,
    });
    return coordinatorOf(key, version, body);
  }

  /** The wait before the next attempt after so many failures (from 0), by `retry.backoff.ms` and `retry.backoff.max.ms`. */
  retryBackoffMs(failures: number): number {
    return retryBackoff(failures, {
      initialMs: this.settings.get('retry.backoff.ms'),
      maxMs: this.settings.get('retry.backoff.max.ms'),
      random: this.#random,
    });
  }

  #onDisconnect(nodeId: number | null): void {
    if (this.#abort.signal.aborted || nodeId === null) return;
    this.#coordinators.forgetNode(nodeId);
    this.metadata.invalidate();
  }
}

/** The same promise, given up early when the signal is aborted. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
