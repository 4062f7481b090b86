/** @file The ranges of RFC 9110, of a file of ten bytes. */
import { expect, test } from 'vitest';
import { rangeOf } from './artifact-range.ts';

test.each([
  [null, null],
  ['bytes=0-', { from: 0, to: 9 }],
  ['bytes=2-4', { from: 2, to: 4 }],
  ['bytes=9-9', { from: 9, to: 9 }],
  ['bytes=5-99', { from: 5, to: 9 }],
  ['bytes=-3', { from: 7, to: 9 }],
  ['bytes=-99', { from: 0, to: 9 }],
  ['bytes=10-', 'outside'],
  ['bytes=-0', 'outside'],
  ['bytes=4-2', null],
  ['bytes=0-1,3-4', null],
  ['bytes=-', null],
  ['lines=0-1', null],
])('%s', (header, range) => {
  expect(rangeOf(header, 10)).toEqual(range);
});

test('an empty file has no range', () => {
  expect(rangeOf('bytes=0-', 0)).toBe('outside');
  expect(rangeOf('bytes=-1', 0)).toBe('outside');
});
