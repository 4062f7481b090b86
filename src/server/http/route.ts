/** @file Route: one call of the API as data. app.ts answers it, openapi.ts documents it. */
import type { z } from 'zod';
import type { ErrorCode } from '#base';
import type { ApiToken, Scope } from '#protocol';

export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** null where the route asks for none */
  readonly token: ApiToken | null;
  readonly headers: Headers;
  /** what is sent, of a route with `form`, which reads it itself; null where nothing is */
  readonly content: ReadableStream<Uint8Array> | null;
  /** aborted when the client has gone */
  readonly signal: AbortSignal;
}

type Schema<T> = z.ZodType<T>;

export interface RouteDefinition<Params, Query, Body> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/api/v1/admin/training/runs/{id}` */
  readonly path: string;
  /** in one line, for people */
  readonly summary: string;
  /** null for everybody */
  readonly scope: Scope | null;
  readonly params?: Schema<Params>;
  readonly query?: Schema<Query>;
  /** an absent body is taken for {} */
  readonly body?: Schema<Body>;
  /** the fields of a body in multipart/form-data, which the route reads and checks as it comes */
  readonly form?: z.ZodType;
  readonly answer: {
    readonly status: 200 | 201 | 202 | 204;
    /** absent for an answer that is no JSON */
    readonly schema?: z.ZodType;
    /** default: application/json */
    readonly type?: string;
  };
  /** what it may refuse, beside what all calls may */
  readonly errors?: readonly ErrorCode[];
  /** A value to send as JSON, or a whole response. */
  readonly handle: (call: Call<Params, Query, Body>) => unknown;
}

/** Of any call: what it takes is checked before it is handled. */
export type Route = RouteDefinition<unknown, unknown, unknown>;

export function route<Params = unknown, Query = unknown, Body = unknown>(
  definition: RouteDefinition<Params, Query, Body>,
): Route {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its own schemas check what it is handed
  return definition as unknown as Route;
}
