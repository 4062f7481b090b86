/** @file Errors below /v1/ as OpenAI's API tells them: its statuses and its shape of body. Pure. */
import type { OpenAiError } from '#protocol';
import type { ErrorAnswer } from './api-errors.ts';

type ErrorType = OpenAiError['error']['type'];

/** Whether a path is of OpenAI's API, and with it what it refuses. */
export function isOpenAiPath(path: string): boolean {
  return path.startsWith('/v1/');
}

/** What is wrong with a request is a 400 there. Of a 409 its clients would send the same again. */
export function openAiStatusOf(status: number): number {
  return status === 422 || status === 409 ? 400 : status;
}

export function openAiAnswer({ status, body: { error } }: ErrorAnswer): {
  readonly status: number;
  readonly body: OpenAiError;
} {
  const { code, message, next, field } = error;
  const text = next === '' ? message : `${message}. ${next}`;
  return {
    status: openAiStatusOf(status),
    body: { error: { message: text, type: typeOf(status), param: field, code: codeOf(code) } },
  };
}

const TYPES: Readonly<Record<number, ErrorType>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

function typeOf(status: number): ErrorType {
  return TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
}

/** Where clients of OpenAI's look for a code of its own; others are of the table in docs/errors.md. */
function codeOf(code: string): string {
  return code === 'CONTEXT_LENGTH_EXCEEDED' ? 'context_length_exceeded' : code;
}
