import type { RequestBody } from './body-binding.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request as a resource sees it. */
export interface RestRequest {
  /** A segment of the path, decoded. */
  param(name: string): string;
  /** A segment that is a number; anything else was answered with 404 before. */
  number(name: string): number;
  readonly query: URLSearchParams;
  /** A query parameter as `Boolean.valueOf` reads it: only `true`, in any case, is true. */
  flag(name: string, otherwise: boolean): boolean;
  readonly body: RequestBody;
  /** `http://host:port`, as the client reached this server. */
  readonly baseUrl: string;
}

export interface RestAnswer {
  readonly status: number;
  /** Written as JSON; undefined: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A name in the components of the API document. */
export type SchemaName = string;

/** What the API document says of a parameter in the query. */
export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** One endpoint: what it does, and what the API document says about it. */
export interface RestRoute {
  readonly method: HttpMethod;
  /** With parameters in braces: `/connectors/{connector}`. `{task}` is a number. */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly tag: string;
  readonly query?: readonly QueryParameter[];
  /** The schema of the body that the endpoint reads; absent: it reads none. */
  readonly request?: SchemaName;
  /** Description and schema of the answers other than errors. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: SchemaName }>>;
  /** A body may have any content type. */
  readonly consumesAnything?: boolean;
  handle(request: RestRequest): Promise<RestAnswer> | RestAnswer;
}

export function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}

export const noContent: RestAnswer = { status: 204 };
export const accepted: RestAnswer = { status: 202 };
