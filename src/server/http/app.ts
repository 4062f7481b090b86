/** @file From a request to an answer: the route found, access, what was sent checked, handled, told of. */
import { getConnInfo } from '@hono/node-server/conninfo';
import { type Context, Hono } from 'hono';
import { ERRORS, PlimsollError } from '#base';
import type { ApiToken } from '#protocol';
import type { Store } from '#store';
import { type Access, refuseBeyondScope } from './access.ts';
import { answerTo, checked } from './api-errors.ts';
import { type Log, withoutTokens } from './log.ts';
import type { Metrics } from './metrics.ts';
import { isOpenAiPath, openAiAnswer } from './openai-errors.ts';
import { jsonOf } from './request-body.ts';
import type { Route } from './route.ts';

export interface AppParts {
  readonly store: Pick<Store, 'audit'>;
  readonly access: Access;
  readonly metrics: Pick<Metrics, 'answered'>;
  readonly log: Log;
}

export function appOf(routes: readonly Route[], parts: AppParts): Hono {
  const app = new Hono();
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(route.method, path, (context) => answer(context, route, parts));
  }
  app.notFound((context) => {
    const { method, path } = context.req;
    return refusal(unknownRoute(method, path), path);
  });
  app.onError((error, context) => {
    if (!(error instanceof PlimsollError)) told(error, context.req, parts.log);
    return refusal(error, context.req.path);
  });
  return app;
}

async function answer(context: Context, route: Route, parts: AppParts): Promise<Response> {
  const began = performance.now();
  const { method, path } = context.req;
  const call = `${method} ${withoutTokens(path)}`;
  const address = getConnInfo(context).remote.address ?? 'unknown';
  const changes = route.method !== 'GET';
  let token: ApiToken | null = null;
  let response: Response;
  try {
    const headers = context.req.raw.headers;
    token = parts.access.identify({ headers, address, call, changes }, route.scope);
    refuseBeyondScope(token, route.scope);
    response = await handled(context, route, token);
  } catch (error) {
    if (!(error instanceof PlimsollError)) told(error, context.req, parts.log);
    response = refusal(error, path);
  }
  const { status } = response;
  if (changes || status === 401 || status === 403) {
    const who = token?.name ?? 'nobody';
    parts.store.audit.add({ token_id: token?.id ?? null, who, address, action: call, status });
  }
  parts.metrics.answered(route, status, (performance.now() - began) / 1000);
  return response;
}

async function handled(context: Context, route: Route, token: ApiToken | null): Promise<Response> {
  const { req } = context;
  const { params, query, body } = route;
  const value = await route.handle({
    params: params && checked(params, req.param()),
    query: query && checked(query, singles(req.queries())),
    body: body && checked(body, await jsonOf(req.raw)),
    token,
    headers: req.raw.headers,
    content: route.form ? req.raw.body : null,
    signal: req.raw.signal,
  });
  if (value instanceof Response) return value;
  return route.answer.status === 204
    ? new Response(null, { status: 204 })
    : Response.json(value, { status: route.answer.status });
}

/** A parameter that is there twice is refused as a list where one value is expected. */
function singles(queries: Record<string, string[]>): Record<string, string | string[] | undefined> {
  return Object.fromEntries(
    Object.entries(queries).map(([name, all]) => [name, all.length === 1 ? all[0] : all]),
  );
}

function refusal(error: unknown, path: string): Response {
  const own = answerTo(error);
  const { status, body } = isOpenAiPath(path) ? openAiAnswer(own) : own;
  const seconds = error instanceof PlimsollError ? error.facts['seconds'] : undefined;
  const headers = new Headers();
  if (typeof seconds === 'number') headers.set('Retry-After', String(seconds));
  if (status === 413) headers.set('Connection', 'close'); // the rest of the body is not read
  if (status === 401) headers.set('WWW-Authenticate', 'Bearer');
  return Response.json(body, { status, headers });
}

function unknownRoute(method: string, path: string): PlimsollError {
  const { message, next } = ERRORS.ROUTE_UNKNOWN;
  const facts = { method, path };
  return new PlimsollError('ROUTE_UNKNOWN', message(facts), facts, { next: next() });
}

function told(error: unknown, { method, path }: { method: string; path: string }, log: Log): void {
  log.error({ method, path: withoutTokens(path), err: error }, 'a call failed');
}
