import type { Stage } from '../control/keyed-queue.ts';
import { ConnectRestError } from '../control/rest-errors.ts';

/** How long a request waits for the herder. Source: org.apache.kafka.connect.runtime.rest.RestRequestTimeout */
export const requestTimeoutMs = 90_000;
export const healthTimeoutMs = 10_000;

export class RequestTimeoutError extends ConnectRestError {
  constructor(stage: Stage | null) {
    super(500, stage === null ? 'Request timed out' : `Request timed out. ${stageText(stage)}`);
  }
}

/** What `promise` resolves to, or a RequestTimeoutError; the operation itself goes on. */
export async function withTimeout<T>(promise: Promise<T>, timeoutMs: number, stage: () => Stage | null): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new RequestTimeoutError(stage())), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

export function stageText({ description, startedAt, endedAt }: Stage): string {
  if (endedAt === null) return `The worker is currently ${description}, which began at ${startedAt.toISOString()}.`;
  return `The last operation the worker completed was ${description}, which began at ${startedAt.toISOString()} and completed at ${endedAt.toISOString()}.`;
}
