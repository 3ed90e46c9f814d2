import type { ApiName } from '@sluice/protocol';
import type { HostPort } from '../settings/bootstrap-servers.ts';
import { hostPortText } from '../settings/bootstrap-servers.ts';
import { BrokerNode } from './broker-node.ts';
import type { NodeOptions } from './broker-node.ts';

/** A broker as metadata names it. */
export interface KnownBroker extends HostPort {
  readonly id: number;
}

/** Requests of a group member must not wait behind a fetch that waits for data: they have a connection of their own, as in Java. */
const memberApis: ReadonlySet<ApiName> = new Set<ApiName>([
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'OffsetCommit',
  'OffsetFetch',
]);

export interface NodePoolOptions extends Omit<NodeOptions, 'onDisconnect'> {
  readonly splitsMemberRequests: boolean;
  readonly random: () => number;
  /** `nodeId` is null for a bootstrap server. */
  readonly onDisconnect: (nodeId: number | null) => void;
}

/** The brokers of a client: those to begin with, and those that metadata has named. */
export class NodePool {
  readonly #options: NodePoolOptions;
  #bootstrap: BrokerNode[] = [];
  readonly #nodes = new Map<number, BrokerNode>();
  /** Second connections, for group members. */
  readonly #memberNodes = new Map<number, BrokerNode>();

  constructor(options: NodePoolOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#nodes.size === 0;
  }

  /** The servers to begin with, made anew at each call: the way back when no known broker answers. */
  startFrom(servers: readonly HostPort[]): void {
    for (const node of this.#bootstrap) node.retire();
    this.#bootstrap = servers.map((server) => this.#create(server));
  }

  /** Takes over the brokers that metadata names. A bootstrap connection to one of them is kept for it, the others are closed once they are quiet. */
  update(brokers: readonly KnownBroker[]): void {
    const ids = new Set(brokers.map((broker) => broker.id));
    for (const nodes of [this.#nodes, this.#memberNodes]) {
      for (const [id, node] of nodes) {
        const broker = brokers.find((candidate) => candidate.id === id);
        if (ids.has(id) && hostPortText(broker!) === hostPortText(node.address)) continue;
        nodes.delete(id);
        node.retire();
      }
    }
    for (const broker of brokers) this.add(broker);
    for (const node of this.#bootstrap) node.retire();
    this.#bootstrap = [];
  }

  add(broker: KnownBroker): void {
    if (this.#nodes.has(broker.id)) return;
    const adopted = this.#bootstrap.find((node) => hostPortText(node.address) === hostPortText(broker));
    this.#bootstrap = this.#bootstrap.filter((node) => node !== adopted);
    this.#nodes.set(broker.id, adopted ?? this.#create(broker));
  }

  has(id: number): boolean {
    return this.#nodes.has(id);
  }

  /** The node for a request, `null` where the id is not known. */
  node(id: number, api: ApiName): BrokerNode | null {
    const node = this.#nodes.get(id);
    if (node === undefined) return null;
    if (!this.#options.splitsMemberRequests || !memberApis.has(api)) return node;
    let member = this.#memberNodes.get(id);
    if (member === undefined) {
      member = this.#create(node.address);
      this.#memberNodes.set(id, member);
    }
    return member;
  }

  /** All brokers in the order in which to ask them: connected and quiet ones first, those that failed just now last. */
  candidates(): BrokerNode[] {
    const rank = (node: BrokerNode): number =>
      (node.isConnected ? Math.min(node.inFlight, 1000) : node.isBackingOff ? 3000 : 2000) + this.#options.random();
    const nodes = this.#nodes.size > 0 ? [...this.#nodes.values()] : this.#bootstrap;
    const ranked = nodes.map((node): [number, BrokerNode] => [rank(node), node]);
    return ranked.toSorted(([a], [b]) => a - b).map(([, node]) => node);
  }

  /** The nodes that `startFrom` made and metadata has not named yet. */
  bootstrapNodes(): readonly BrokerNode[] {
    return this.#bootstrap;
  }

  close(error: Error): void {
    for (const node of [...this.#bootstrap, ...this.#nodes.values(), ...this.#memberNodes.values()]) node.close(error);
    this.#bootstrap = [];
    this.#nodes.clear();
    this.#memberNodes.clear();
  }

  #create(address: HostPort): BrokerNode {
    return new BrokerNode(address, { ...this.#options, onDisconnect: (node) => this.#options.onDisconnect(this.#idOf(node)) });
  }

  #idOf(node: BrokerNode): number | null {
    for (const nodes of [this.#nodes, this.#memberNodes]) for (const [id, known] of nodes) if (known === node) return id;
    return null;
  }
}
