import { decodeBatch, kafkaError, readBatches } from '@sluice/protocol';
import type { ApiName, BatchView, ErrorName, Requests, Responses } from '@sluice/protocol';
import type { ProducerClient } from '../../src/producer/producer-client.ts';

interface ProducerState {
  epoch: number;
  batches: { first: number; last: number; offset: number }[];
}

interface Log {
  leader: number;
  values: string[];
  producers: Map<number, ProducerState>;
}

/** What happens to one request: nothing, it is lost before or after it was carried out, or each partition answers with an error. */
export type Fault = 'none' | 'lose-request' | 'lose-answer' | ErrorName;

export interface FakeOptions {
  topics: Record<string, number>;
  nodes?: number;
  messageBytesMax?: number;
  random?: () => number;
  fault?: (request: Requests['Produce'], node: number) => Fault;
  /** Before each answer. Default: a turn of the event loop. */
  pause?: () => Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The part of a Kafka cluster that a producer sees, with Kafka's own rules for sequences and epochs, in memory. */
export class FakeProduceCluster {
  readonly requests: { node: number; body: Requests['Produce'] }[] = [];
  readonly inFlight = new Map<number, number>();
  inFlightMax = 0;
  producerIds = 0;
  initError: ErrorName | null = null;
  readonly #logs = new Map<string, Log>();
  readonly #options: FakeOptions;
  // A connection carries requests in order, so a node takes them one after the other.
  readonly #connections = new Map<number, Promise<void>>();

  constructor(options: FakeOptions) {
    this.#options = options;
    for (const [topic, partitions] of Object.entries(options.topics)) {
      for (let partition = 0; partition < partitions; partition += 1) {
        this.#logs.set(`${topic}-${partition}`, { leader: partition % (options.nodes ?? 1), values: [], producers: new Map() });
      }
    }
  }

  values(topic: string, partition: number): string[] {
    return this.log(topic, partition).values;
  }

  log(topic: string, partition: number): Log {
    const log = this.#logs.get(`${topic}-${partition}`);
    if (log === undefined) throw new Error(`no ${topic}-${partition}`);
    return log;
  }

  /** The broker forgets what it knows of producers, as when a partition's records are all deleted. */
  forgetProducers(): void {
    for (const log of this.#logs.values()) log.producers.clear();
  }

  client(): ProducerClient {
    const metadata = {
      topic: (name: string) => {
        const count = this.#options.topics[name];
        return count === undefined
          ? null
          : { name, topicId: null, isInternal: false, partitions: Array.from({ length: count }, () => ({})) };
      },
      leader: (topic: string, partition: number) => this.#logs.get(`${topic}-${partition}`)?.leader ?? -1,
      ensure: () => Promise.resolve(),
      refresh: () => Promise.resolve(),
      invalidate: () => {},
      updateLeader: () => {},
    };
    const send = async (node: number | 'any', api: ApiName, body: unknown): Promise<unknown> => {
      if (api === 'InitProducerId') return this.#initProducerId();
      return this.#send(node as number, body as Requests['Produce']);
    };
    return { metadata, send } as unknown as ProducerClient;
  }

  async #initProducerId(): Promise<Responses['InitProducerId']> {
    await turn();
    const errorCode = this.initError === null ? 0 : kafkaError(this.initError).code;
    if (errorCode === 0) this.producerIds += 1;
    return { throttleTimeMs: 0, errorCode, producerId: this.producerIds + 1000, producerEpoch: 0 };
  }

  async #send(node: number, body: Requests['Produce']): Promise<Responses['Produce'] | undefined> {
    this.requests.push({ node, body });
    const underWay = (this.inFlight.get(node) ?? 0) + 1;
    this.inFlight.set(node, underWay);
    this.inFlightMax = Math.max(this.inFlightMax, underWay);
    const before = this.#connections.get(node) ?? Promise.resolve();
    const answer = before.then(() => this.#handle(node, body));
    this.#connections.set(
      node,
      answer.then(
        () => {},
        () => {},
      ),
    );
    try {
      return await answer;
    } finally {
      this.inFlight.set(node, this.inFlight.get(node)! - 1);
    }
  }

  async #handle(node: number, body: Requests['Produce']): Promise<Responses['Produce'] | undefined> {
    const fault = this.#options.fault?.(body, node) ?? 'none';
    await (this.#options.pause ?? turn)();
    if (fault === 'lose-request') throw kafkaError('NETWORK_EXCEPTION');
    const responses = body.topicData.map(({ name, partitionData }) => ({
      name,
      topicId: '',
      partitionResponses: partitionData.map(({ index, records }) => this.#append(node, name, index, records!, fault)),
    }));
    await (this.#options.pause ?? turn)();
    if (fault === 'lose-answer') throw kafkaError('NETWORK_EXCEPTION');
    return body.acks === 0 ? undefined : { responses, throttleTimeMs: 0, nodeEndpoints: [] };
  }

  #append(
    node: number,
    topic: string,
    partition: number,
    records: Buffer,
    fault: Exclude<Fault, 'lose-request'>,
  ): Responses['Produce']['responses'][0]['partitionResponses'][0] {
    const log = this.log(topic, partition);
    const [batch] = [...readBatches(records)] as [BatchView];
    const result = fault === 'none' || fault === 'lose-answer' ? this.#appendBatch(node, log, batch) : { error: fault };
    return {
      index: partition,
      errorCode: 'error' in result ? kafkaError(result.error).code : 0,
      baseOffset: 'offset' in result ? result.offset : -1,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      recordErrors: [],
      errorMessage: null,
      currentLeader: { leaderId: -1, leaderEpoch: -1 },
    };
  }

  /** Source: ProducerAppendInfo.checkSequence, ProducerStateEntry.findDuplicateBatch */
  #appendBatch(node: number, log: Log, batch: BatchView): { error: ErrorName } | { offset: number } {
    if (log.leader !== node) return { error: 'NOT_LEADER_OR_FOLLOWER' };
    if (batch.sizeInBytes > (this.#options.messageBytesMax ?? Infinity)) return { error: 'MESSAGE_TOO_LARGE' };
    const first = batch.baseSequence;
    const last = first + batch.count - 1;
    const offset = log.values.length;
    if (batch.producerId >= 0) {
      const state = log.producers.get(batch.producerId);
      if (state !== undefined && batch.producerEpoch < state.epoch) return { error: 'INVALID_PRODUCER_EPOCH' };
      if (state !== undefined && batch.producerEpoch === state.epoch) {
        const same = state.batches.find((each) => each.first === first && each.last === last);
        if (same !== undefined) return { offset: same.offset };
        if (first !== state.batches[state.batches.length - 1]!.last + 1) return { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
      } else if (state !== undefined && first !== 0) return { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
      const kept = state?.epoch === batch.producerEpoch ? state.batches : [];
      log.producers.set(batch.producerId, { epoch: batch.producerEpoch, batches: [...kept, { first, last, offset }].slice(-5) });
    }
    const columns = decodeBatch(batch);
    for (let i = 0; i < columns.count; i += 1) log.values.push(columns.buffer.toString('utf8', columns.valueStart[i], columns.valueEnd[i]));
    return { offset };
  }
}
