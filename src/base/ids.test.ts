/** @file Run ids name folders. */
import { expect, test } from 'vitest';
import { checkRunId, newRunId } from './ids.ts';

test('a new id begins with the time in UTC and passes its own check', () => {
  const id = newRunId(new Date('2026-01-31T14:25:01.999Z'));
  expect(id).toMatch(/^20260131-142501-[0-9a-f]{6}$/);
  expect(checkRunId(id)).toBe(id);
});

test('ids of the same second differ', () => {
  const now = new Date();
  expect(newRunId(now)).not.toBe(newRunId(now));
});

test.each([
  ['', 'it is empty'],
  ['latest', 'newest run'],
  ['../up', "it begins with '.'"],
  ['.hidden', "it begins with '.'"],
  ['a/b', "it has the character '/'"],
  ['a b', "it has the character ' '"],
  ['a\0b', 'it has the character'],
  ['x'.repeat(129), 'it has 129 characters'],
])('%j is refused', (id, reason) => expect(() => checkRunId(id)).toThrow(reason));
