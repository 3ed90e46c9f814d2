import { errors, KafkaError } from '@sluice/protocol';
import type { ErrorName } from '@sluice/protocol';

export const NONE = 0;

/** The code to answer with for anything that was thrown. */
export function errorCode(error: unknown): number {
  return error instanceof KafkaError ? error.code : errors.UNKNOWN_SERVER_ERROR.code;
}

/** The code of an error's name. */
export function code(name: ErrorName): number {
  return errors[name].code;
}
