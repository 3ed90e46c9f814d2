import { RetriableError } from './errors.ts';

/**
 * Throws what a client library threw as a {@link RetriableError}, for `.catch((error) => retriable(error, 3000))`: the framework tries
 * again, after `afterMs` where that is given. A RetriableError stays as it is.
 */
export function retriable(error: unknown, afterMs?: number): never {
  if (error instanceof RetriableError) throw error;
  const message = error instanceof Error ? error.message || error.name : String(error);
  throw new RetriableError(message, { cause: error, ...(afterMs !== undefined && { afterMs }) });
}
