/** Time as it is given to what depends on it, so that tests can make it pass. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Calls `action` once, in `ms`; returns what takes that back. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** Names as DescribeGroups gives them. Source: org.apache.kafka.coordinator.group.classic.ClassicGroupState */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export interface GroupProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinRequest {
  /** '' for a member that has no id yet. */
  memberId: string;
  groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocolType: string;
  /** In the member's order of preference. */
  protocols: readonly GroupProtocol[];
  /** Whether a member without an id is given one and has to join again with it (KIP-394), version 4 and later. */
  isMemberIdRequired: boolean;
  /** Whether the answer can say that the leader need not assign (KIP-814), version 9 and later. */
  isSkipAssignmentKnown: boolean;
}

export interface JoinedMember {
  memberId: string;
  groupInstanceId: string | null;
  metadata: Buffer;
}

export interface JoinResult {
  errorCode: number;
  generationId: number;
  protocolType: string | null;
  protocolName: string | null;
  leader: string;
  skipAssignment: boolean;
  memberId: string;
  /** For the leader alone. */
  members: JoinedMember[];
}

export interface MemberIdentity {
  memberId: string;
  groupInstanceId: string | null;
}

export interface SyncRequest extends MemberIdentity {
  generationId: number;
  protocolType: string | null;
  protocolName: string | null;
  /** From the leader alone. */
  assignments: readonly { memberId: string; assignment: Buffer }[];
}

export interface SyncResult {
  errorCode: number;
  protocolType: string | null;
  protocolName: string | null;
  assignment: Buffer;
}

/** A group as it is kept on disk: enough for its members to go on after a restart without a rebalance. */
export interface GroupSnapshot {
  groupId: string;
  protocolType: string;
  generationId: number;
  protocolName: string | null;
  leader: string | null;
  stateSinceMs: number;
  members: MemberSnapshot[];
}

export interface MemberSnapshot extends MemberIdentity {
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** Metadata of the selected protocol. */
  subscription: Buffer;
  assignment: Buffer;
}
