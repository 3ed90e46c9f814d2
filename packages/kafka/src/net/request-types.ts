import type { ApiName, Input, Requests, Responses } from '@sluice/protocol';

/** What is sent: the body, or how to make it once the version is known (names or ids of topics, for instance). */
export type RequestBody<A extends ApiName> = Input<Requests[A]> | ((version: number) => Input<Requests[A]>);

/** A response with the version in which it came. */
export interface VersionedResponse<A extends ApiName> {
  readonly version: number;
  readonly body: Responses[A];
}

export interface SendOptions {
  /** Stops waiting; the broker may still carry the request out. */
  signal?: AbortSignal | undefined;
  /** How long the answer may take once the request is with the connection. Default: `request.timeout.ms`. */
  timeoutMs?: number | undefined;
  /** The versions that the caller can handle, inclusive. */
  minVersion?: number | undefined;
  maxVersion?: number | undefined;
  /** The broker sends no answer (Produce with acks=0): resolves once written, with `undefined`. */
  noResponse?: boolean | undefined;
}
