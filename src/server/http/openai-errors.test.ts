import { expect, test } from 'vitest';
import { openAiErrorSchema } from '#protocol';
import type { ErrorAnswer } from './api-errors.ts';
import { isOpenAiPath, openAiAnswer } from './openai-errors.ts';

test.each([
  [400, 400, 'invalid_request_error'],
  [401, 401, 'authentication_error'],
  [403, 403, 'permission_error'],
  [404, 404, 'invalid_request_error'],
  [409, 400, 'invalid_request_error'],
  [413, 413, 'invalid_request_error'],
  [422, 400, 'invalid_request_error'],
  [429, 429, 'rate_limit_error'],
  [500, 500, 'server_error'],
  [503, 503, 'server_error'],
])('%d is told as %d, %s', (given, status, type) => {
  const { status: got, body } = openAiAnswer(answerOf(given, 'Correct it'));
  expect(got).toBe(status);
  expect(openAiErrorSchema.parse(body).error).toEqual({
    message: 'expected an end. Correct it',
    type,
    param: 'limit',
    code: 'REQUEST_INVALID',
  });
});

test('a prompt that is too long has the code that clients know', () => {
  const error = { code: 'CONTEXT_LENGTH_EXCEEDED', message: 'a', next: '', field: 'messages' };
  const { body } = openAiAnswer({ status: 400, body: { error, detail: 'a' } });
  expect(body.error.code).toBe('context_length_exceeded');
});

test('nothing is added where there is nothing to do', () => {
  expect(openAiAnswer(answerOf(422, '')).body.error.message).toBe('expected an end');
});

test.each([
  ['/v1/files', true],
  ['/v1/', true],
  ['/api/v1/files', false],
  ['/v10/files', false],
])('%s', (path, is) => {
  expect(isOpenAiPath(path)).toBe(is);
});

function answerOf(status: number, next: string): ErrorAnswer {
  const message = 'expected an end';
  const error = { code: 'REQUEST_INVALID', message, next, field: 'limit' };
  return { status, body: { error, detail: message } };
}
