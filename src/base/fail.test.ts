/** @file What a user's error carries. */
import { expect, test } from 'vitest';
import { fail, PlimsollError } from './fail.ts';

test('an error has its code, exit code, message, facts and cause', () => {
  const cause = new Error('underneath');
  let error: unknown;
  try {
    fail('BYTES_MALFORMED', { text: '12q' }, { cause });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(PlimsollError);
  expect(error).toMatchObject({
    name: 'PlimsollError',
    code: 'BYTES_MALFORMED',
    exitCode: 2,
    facts: { text: '12q' },
    cause,
  });
  expect(String(error)).toContain("got '12q'");
});
