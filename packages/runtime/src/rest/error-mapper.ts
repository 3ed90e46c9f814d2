import { AlreadyExistsError, NotFoundError } from '@sluice/api';
import { ConnectRestError } from '../control/rest-errors.ts';
import type { RestAnswer } from './rest-route.ts';

/** The reasons of statuses that answer for the framework, not for a resource. */
const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
};

/** `{"error_code":404,"message":"HTTP 404 Not Found"}` */
export function httpError(status: number): RestAnswer {
  return errorAnswer(status, `HTTP ${status} ${reasons[status] ?? 'Error'}`);
}

export function errorAnswer(status: number, message: string): RestAnswer {
  return { status, body: { error_code: status, message } };
}

/**
 * The answer for an error that came out of a resource: the one place where errors get their HTTP status.
 *
 * Source: org.apache.kafka.connect.runtime.rest.errors.ConnectExceptionMapper
 */
export function mapError(error: unknown): RestAnswer {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ConnectRestError) return errorAnswer(error.status, message);
  if (error instanceof NotFoundError) return errorAnswer(404, message);
  if (error instanceof AlreadyExistsError) return errorAnswer(409, message);
  return errorAnswer(500, message);
}
