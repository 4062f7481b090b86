/** @file Whether an answer is one that the API may give. Pure. */
import { z } from 'zod';
import { apiErrorSchema, SCOPES } from '#protocol';
import type { RawAnswer } from './serve-fuzz-http.ts';
import type { Operation } from './serve-fuzz-operations.ts';
import type { Draft } from './serve-fuzz-requests.ts';

/** Null for none. */
export function problemOf(
  { status, headers, body }: RawAnswer,
  draft: Draft,
  operation: Operation,
  all: readonly Operation[],
): string | null {
  const got = `got ${status}: ${body.slice(0, 1000)}`;
  if (status >= 500) return `expected no failure, ${got}`;
  if (headers.has('x-injected')) return 'expected no header of the request in the answer';
  if (BEFORE_THE_SERVICE.has(status) && body === '' && mayBeNoHttp(draft)) return null;
  if (status >= 400 && !hasShape(operation, draft, body))
    return `expected the shape of errors, ${got}`;
  const { who, astray } = draft;
  const { scope, statuses } = operation;
  const rank = who === 'nobody' || who === 'wrong' ? -1 : SCOPES.indexOf(who);
  if (astray) {
    const isTold = rank < 0 && status < 400 && !isOpen(draft, all);
    return isTold ? `expected nothing without a token, ${got}` : null;
  }
  if (scope !== null && rank < 0) return status === 401 ? null : `expected 401, ${got}`;
  if (scope !== null && rank < SCOPES.indexOf(scope))
    return status === 403 ? null : `expected 403, ${got}`;
  const isDocumented = statuses.has(status) || (status === 206 && statuses.has(416));
  return isDocumented ? null : `expected one of ${[...statuses].join(', ')}, ${got}`;
}

/** What reads HTTP for the service answers so to what is none, is too long, or asks for no URI (RFC 3986, 2). */
const BEFORE_THE_SERVICE: ReadonlySet<number> = new Set([400, 417, 431]);
const MANY_CHARACTERS = 8000;
const LEFT_TO_NODE: ReadonlySet<string> = new Set([
  'Transfer-Encoding',
  'Content-Length',
  'Upgrade',
]);

function mayBeNoHttp({ target, headers }: Draft): boolean {
  const text = headers.flat().join('');
  const isPlain = /^[\w.~!$&'()*+,;=:@/?%-]*$/.test(target) && /^[ -~]*$/.test(text);
  const isClear = !headers.some(([name]) => LEFT_TO_NODE.has(name));
  return !isPlain || !isClear || target.length + text.length > MANY_CHARACTERS;
}

/** Whether its path leads to a route for everybody, once its dots are followed. */
function isOpen({ target }: Draft, all: readonly Operation[]): boolean {
  const { pathname } = new URL(target, 'http://service');
  return all.some(({ path, scope }) => scope === null && path === pathname);
}

/** Below /v1/ errors read as OpenAI's do. */
const openAiErrorSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

/** One that goes astray may lead into that part of the API or out of it. */
function hasShape({ path }: Operation, { astray }: Draft, body: string): boolean {
  const isOpenAi = path.startsWith('/v1/');
  const schemas = astray
    ? [apiErrorSchema, openAiErrorSchema]
    : [isOpenAi ? openAiErrorSchema : apiErrorSchema];
  try {
    const value: unknown = JSON.parse(body);
    return schemas.some((schema) => schema.safeParse(value).success);
  } catch {
    return false; // it is no JSON
  }
}
