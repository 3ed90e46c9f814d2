import type { Responses } from '@sluice/protocol';
import { kafkaError } from '@sluice/protocol';

export type CoordinatorType = 'group' | 'transaction';

const keyTypes: Readonly<Record<CoordinatorType, number>> = { group: 0, transaction: 1 };

export interface Coordinator {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** The question of one version: one key up to version 3, a list of keys from 4 on. */
export function findCoordinatorRequest(
  type: CoordinatorType,
  key: string,
  version: number,
): { keyType: number; key?: string; coordinatorKeys?: string[] } {
  const keyType = keyTypes[type];
  return version < 4 ? { key, keyType } : { coordinatorKeys: [key], keyType };
}

/** Throws the broker's error, COORDINATOR_NOT_AVAILABLE while there is none. */
export function coordinatorOf(key: string, version: number, answer: Responses['FindCoordinator']): Coordinator {
  const found = version < 4 ? answer : answer.coordinators.find((entry) => entry.key === key);
  if (found === undefined) throw kafkaError('COORDINATOR_NOT_AVAILABLE');
  if (found.errorCode !== 0) throw kafkaError(found.errorCode, found.errorMessage);
  return { nodeId: found.nodeId, host: found.host, port: found.port };
}

/** Which node coordinates each group and transactional id, as last heard of. */
export class CoordinatorCache {
  readonly #nodeIds = new Map<string, number>();

  get(type: CoordinatorType, key: string): number | undefined {
    return this.#nodeIds.get(`${type} ${key}`);
  }

  set(type: CoordinatorType, key: string, nodeId: number): void {
    this.#nodeIds.set(`${type} ${key}`, nodeId);
  }

  forget(type: CoordinatorType, key: string): void {
    this.#nodeIds.delete(`${type} ${key}`);
  }

  forgetNode(nodeId: number): void {
    for (const [key, id] of this.#nodeIds) if (id === nodeId) this.#nodeIds.delete(key);
  }
}
