/** @file Errors as the API tells them: a status, and one shape of body. */
import { ERRORS, fail, type ErrorCode, PlimsollError } from '#base';
import { type ApiError, check, type Problem } from '#protocol';
import type { z } from 'zod';

export interface ErrorAnswer {
  readonly status: number;
  readonly body: ApiError;
}

/** A bug of ours is told without its text, which may hold anything; the log has it. */
export function answerTo(error: unknown): ErrorAnswer {
  if (!(error instanceof PlimsollError)) return answer(500, 'INTERNAL', BUG, null);
  const { code, what, next, facts } = error;
  const field = typeof facts['field'] === 'string' && facts['field'] !== '' ? facts['field'] : null;
  return answer(statusOf(code), code, { message: what, next: next ?? '' }, field);
}

const BUG = {
  message: 'internal: the service has failed at this call',
  next: "Look into the service's log, and report it as a bug of Plimsoll",
};

function answer(
  status: number,
  code: string,
  { message, next }: { readonly message: string; readonly next: string },
  field: string | null,
): ErrorAnswer {
  return { status, body: { error: { code, message, next, field }, detail: message } };
}

/** What the rows do not say is no refusal of the API's: the disk is full, a file cannot be read. */
export function statusOf(code: ErrorCode): number {
  const row = ERRORS[code];
  return 'status' in row ? row.status : 503;
}

/** `value` as `schema` has it. @throws PlimsollError REQUEST_INVALID, for the first problem */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = check(schema, value);
  return result.problems ? refuse(result.problems) : result.value;
}

function refuse(problems: readonly Problem[]): never {
  const [first = { path: '', message: 'expected something else' }] = problems;
  const unknown = /^expected fields that are known, got '([^']+)'/.exec(first.message)?.[1];
  return fail('REQUEST_INVALID', { field: unknown ?? first.path, problem: first.message });
}
