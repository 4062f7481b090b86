/** @file Calls of the service: JSON there and back, and what it refuses as an error that says what to do about it. */
import type { ApiError, OpenAiError } from '#protocol';

/** A call that did not do what was asked. */
export class Refusal extends Error {
  /** of the answer; 0 where there was none */
  readonly status: number;
  /** of the table in docs/errors.md */
  readonly code: string;
  readonly next: string;
  /** of what was sent; null where it is about no single one */
  readonly field: string | null;
  /** seconds after which the service says to try again; null where it does not say */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    { code, message, next, field }: ApiError['error'],
    retryAfter: number | null = null,
  ) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.retryAfter = retryAfter;
    this.code = code;
    this.next = next;
    this.field = field;
  }
}

/** @throws Refusal */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await answered(path, signal ? { signal } : {});
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the service checks by the schema of this type
  return (await response.json()) as T;
}

/** @throws Refusal */
export async function send<T>(
  method: 'POST' | 'DELETE',
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<T | null> {
  const response = await answered(path, {
    method,
    ...(signal && { signal }),
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return response.status === 204 ? null : ((await response.json()) as T);
}

/** The answer, where it is a good one. @throws Refusal */
export async function answered(path: string, request: RequestInit = {}): Promise<Response> {
  const response = await reached(path, request);
  if (response.ok) return response;
  const after = Number(response.headers.get('Retry-After'));
  throw new Refusal(response.status, await errorIn(response), after > 0 ? after : null);
}

async function reached(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: 'same-origin', ...request });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new Refusal(0, {
      code: 'UNREACHABLE',
      message: 'The service does not answer',
      next: 'Look whether it runs, and whether this machine reaches it',
      field: null,
    });
  }
}

async function errorIn(response: Response): Promise<ApiError['error']> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a proxy's answer fails just below
    const { error } = (await response.json()) as ApiError | OpenAiError;
    if (typeof error.message === 'string') return 'next' in error ? error : ofOpenAi(error);
  } catch {
    // What stands between has answered in its own words.
  }
  return {
    code: 'UNKNOWN',
    message: `The answer was ${response.status} ${response.statusText}, and none of the service's own`,
    next: 'Look at what stands between this page and the service: a proxy, say',
    field: null,
  };
}

/** Below /v1 a refusal says in its message what to do. */
export function ofOpenAi({ code, message, param }: OpenAiError['error']): ApiError['error'] {
  return { code: code ?? 'UNKNOWN', message, next: '', field: param };
}
