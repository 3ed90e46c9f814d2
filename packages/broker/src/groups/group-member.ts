import type { Clock, GroupProtocol, JoinRequest, JoinResult, SyncResult } from './group-types.ts';

/** A member that waits for its first rebalance may stay so long, whatever its session timeout. Source: GroupCoordinator.NewMemberJoinTimeoutMs */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000;

/** A timer that is put off more often than it goes off: putting it off costs nothing. */
export class Deadline {
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  #at = 0;
  #firesAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, onPassed: () => void) {
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  set(ms: number): void {
    this.#at = this.#clock.now() + ms;
    if (this.#cancel === null || this.#at < this.#firesAt) this.#schedule(ms);
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  #schedule(ms: number): void {
    this.clear();
    this.#firesAt = this.#clock.now() + ms;
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = null;
      const left = this.#at - this.#clock.now();
      if (left > 0) this.#schedule(left);
      else this.#onPassed();
    });
  }
}

/** One member of a group. */
export class GroupMember {
  /** Changes when a static member comes back. */
  id: string;
  readonly groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly GroupProtocol[];
  assignment: Buffer = Buffer.alloc(0);
  /** Answers its JoinGroup, while that waits. */
  onJoined: ((result: JoinResult) => void) | null = null;
  /** Answers its SyncGroup, while that waits. */
  onSynced: ((result: SyncResult) => void) | null = null;
  /** Until the first rebalance with it has been completed. */
  isNew = true;
  readonly session: Deadline;

  constructor(
    id: string,
    request: Omit<JoinRequest, 'isMemberIdRequired' | 'isSkipAssignmentKnown' | 'memberId' | 'protocolType'>,
    session: Deadline,
  ) {
    this.id = id;
    this.groupInstanceId = request.groupInstanceId;
    this.clientId = request.clientId;
    this.clientHost = request.clientHost;
    this.sessionTimeoutMs = request.sessionTimeoutMs;
    this.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    this.protocols = request.protocols;
    this.session = session;
  }

  /** What it knows of the protocol; empty where it does not. */
  metadata(protocolName: string | null): Buffer {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? Buffer.alloc(0);
  }

  /** The protocol that it prefers among those that all members know. */
  vote(candidates: ReadonlySet<string>): string | null {
    return this.protocols.find(({ name }) => candidates.has(name))?.name ?? null;
  }

  hasProtocols(protocols: readonly GroupProtocol[]): boolean {
    if (protocols.length !== this.protocols.length) return false;
    return this.protocols.every(({ name, metadata }, i) => name === protocols[i]?.name && metadata.equals(protocols[i].metadata));
  }
}
