import type { ApiName, Input, Requests, Responses } from '@sluice/protocol';
import type { BrokerLog } from '../broker-options.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { GroupCoordinator } from '../groups/group-coordinator.ts';
import type { MetadataStore } from '../topics/metadata-store.ts';
import type { Topics } from '../topics/topics.ts';

/** The parts of a running broker, for those who answer requests. */
export interface BrokerState {
  readonly nodeId: number;
  readonly clusterId: string;
  /** What clients are told to connect to; known once the broker listens. */
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly config: BrokerConfig;
  readonly store: MetadataStore;
  readonly topics: Topics;
  readonly groups: GroupCoordinator;
  readonly log: BrokerLog;
  readonly now: () => number;
  /** Bytes of answers that are still to be given. */
  readonly memory: { inUse: number; readonly limit: number };
}

export interface RequestContext {
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Aborted when the connection ends: nobody waits for the answer any more. */
  readonly closed: AbortSignal;
}

/** An answer that is encoded already, its size in front; written as it is, part by part. */
export class EncodedReply {
  readonly parts: readonly Buffer[];

  constructor(parts: readonly Buffer[]) {
    this.parts = parts;
  }
}

/** `none`: the request has no answer. `close`: it can be answered only by ending the connection. */
export type Reply<A extends ApiName> = Input<Responses[A]> | EncodedReply | 'none' | 'close';

export type Handler<A extends ApiName> = (
  broker: BrokerState,
  request: Requests[A],
  context: RequestContext,
) => Promise<Reply<A>> | Reply<A>;
