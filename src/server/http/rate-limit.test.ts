/** @file The bucket of calls, by a clock of the test's. */
import { expect, test } from 'vitest';
import { rateLimit } from './rate-limit.ts';

test('a burst passes, then as many as fill up with time; each for itself', () => {
  let now = 0;
  const limit = rateLimit(2, 3, () => now);
  expect([1, 2, 3].map(() => limit.take('a'))).toEqual([0, 0, 0]);
  expect(limit.take('a')).toBeCloseTo(0.5);
  expect(limit.take('b')).toBe(0);
  now = 0.5;
  expect(limit.take('a')).toBe(0);
  expect(limit.take('a')).toBeCloseTo(0.5);
  now = 100;
  expect([1, 2, 3, 4].map(() => limit.take('a') > 0)).toEqual([false, false, false, true]);
});
