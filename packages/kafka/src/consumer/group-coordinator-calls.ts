import { errorInfo, kafkaError, KafkaError } from '@sluice/protocol';
import type { ApiName, Responses } from '@sluice/protocol';
import type { RequestBody, SendOptions } from '../net/request-types.ts';
import type { ConsumerClient } from './consumer-client.ts';

/** Errors after which the coordinator has to be looked up anew. */
const coordinatorErrors: ReadonlySet<string> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
]);

/** Requests to the broker that coordinates a group, wherever that is at present. */
export class GroupCoordinatorCalls {
  readonly #client: ConsumerClient;
  readonly #groupId: string;

  constructor(client: ConsumerClient, groupId: string) {
    this.#client = client;
    this.#groupId = groupId;
  }

  /** Sends once. A coordinator that cannot be reached is forgotten, so that the next call looks for it. */
  async send<A extends ApiName>(api: A, body: RequestBody<A>, options: SendOptions): Promise<Responses[A]> {
    const node = await this.#client.coordinator('group', this.#groupId, options.signal);
    try {
      return await this.#client.send(node, api, body, options);
    } catch (error) {
      if (error instanceof KafkaError) this.noteError(error.code);
      throw error;
    }
  }

  /** The error of a response's code, null for none; forgets the coordinator where the error says so. */
  error(code: number, detail?: string): KafkaError | null {
    if (code === 0) return null;
    this.noteError(code);
    return kafkaError(code, detail);
  }

  noteError(code: number): void {
    if (coordinatorErrors.has(errorInfo(code).name)) this.#client.forgetCoordinator('group', this.#groupId);
  }
}
