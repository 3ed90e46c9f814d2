import { errors } from '@sluice/protocol';
import type { GroupMember } from './group-member.ts';
import type { GroupProtocol, MemberIdentity } from './group-types.ts';

/** Who belongs to a group, and what they have in common. */
export class GroupRoster {
  /** The member that assigns; null while there is none. */
  leaderId: string | null = null;
  readonly #members = new Map<string, GroupMember>();
  /** Member ids of the static members, by instance id. */
  readonly #staticIds = new Map<string, string>();

  get size(): number {
    return this.#members.size;
  }

  get(memberId: string): GroupMember | null {
    return this.#members.get(memberId) ?? null;
  }

  /** The static member with this instance id. */
  ofInstance(groupInstanceId: string | null): GroupMember | null {
    return groupInstanceId === null ? null : this.get(this.#staticIds.get(groupInstanceId) ?? '');
  }

  all(): readonly GroupMember[] {
    return [...this.#members.values()];
  }

  /** The first member is the leader. */
  add(member: GroupMember): void {
    this.#members.set(member.id, member);
    if (member.groupInstanceId !== null) this.#staticIds.set(member.groupInstanceId, member.id);
    this.leaderId ??= member.id;
  }

  /** Takes a member out; where it was the leader, one that waits for the rebalance takes its place, or else any. */
  remove(memberId: string): GroupMember | null {
    const member = this.#members.get(memberId);
    if (member === undefined) return null;
    this.#members.delete(memberId);
    if (member.groupInstanceId !== null) this.#staticIds.delete(member.groupInstanceId);
    if (this.leaderId === memberId) this.leaderId = (this.#joining() ?? this.all()[0])?.id ?? null;
    return member;
  }

  /** Gives a static member, which came back, its new id. */
  rename(member: GroupMember, memberId: string): void {
    const wasLeader = this.leaderId === member.id;
    this.#members.delete(member.id);
    member.id = memberId;
    this.#members.set(memberId, member);
    if (member.groupInstanceId !== null) this.#staticIds.set(member.groupInstanceId, memberId);
    if (wasLeader) this.leaderId = memberId;
  }

  /** Makes sure that the leader is one that waits for the rebalance; false where nobody does. */
  electJoined(): boolean {
    if (this.get(this.leaderId ?? '')?.onJoined != null) return true;
    const next = this.#joining();
    if (next !== undefined) this.leaderId = next.id;
    return next !== undefined;
  }

  /** 0 where the member is one and, where it is static, still the one with that instance id. */
  check({ memberId, groupInstanceId }: MemberIdentity): number {
    if (groupInstanceId !== null) {
      const knownId = this.#staticIds.get(groupInstanceId);
      if (knownId === undefined) return errors.UNKNOWN_MEMBER_ID.code;
      if (knownId !== memberId) return errors.FENCED_INSTANCE_ID.code;
    }
    return this.#members.has(memberId) ? errors.NONE.code : errors.UNKNOWN_MEMBER_ID.code;
  }

  /** Whether all members know one of these protocols. */
  knowsOneOf(protocols: readonly GroupProtocol[]): boolean {
    const candidates = this.#candidates();
    return protocols.some(({ name }) => candidates.has(name));
  }

  /** The protocol that all members know and most prefer. */
  selectProtocol(): string | null {
    const candidates = this.#candidates();
    const votes = new Map<string, number>();
    for (const member of this.#members.values()) {
      const vote = member.vote(candidates);
      if (vote !== null) votes.set(vote, (votes.get(vote) ?? 0) + 1);
    }
    const [best] = [...votes].toSorted(([, a], [, b]) => b - a);
    return best?.[0] ?? null;
  }

  /** The longest of the members' rebalance timeouts, in ms. */
  rebalanceTimeoutMs(): number {
    return Math.max(0, ...this.all().map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs));
  }

  clear(): void {
    this.#members.clear();
    this.#staticIds.clear();
    this.leaderId = null;
  }

  #joining(): GroupMember | undefined {
    return this.all().find(({ onJoined }) => onJoined !== null);
  }

  #candidates(): Set<string> {
    const [first, ...others] = this.all();
    const names = new Set(first?.protocols.map(({ name }) => name));
    for (const { protocols } of others) {
      for (const name of names) {
        if (!protocols.some((protocol) => protocol.name === name)) names.delete(name);
      }
    }
    return names;
  }
}
