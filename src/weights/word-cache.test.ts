/** @file Words come back as they were, and their number has a bound. */
import { expect, test } from 'vitest';
import { createWordCache } from './word-cache.ts';

test.each(['light', 'Übergröße', '北', '', '\ud83d', '\ude00'])('%j comes back', (word) => {
  const cache = createWordCache();
  for (const other of ['\ufffd', '\ud800']) cache.put(other, ['other']);
  expect(cache.get(word)).toBeUndefined();
  cache.put(word, ['a', 'b']);
  expect(cache.get(word)).toEqual(['a', 'b']);
  cache.clear();
  expect(cache.get(word)).toBeUndefined();
});

test('it holds the first 4096 words', () => {
  const cache = createWordCache();
  for (let i = 0; i < 4096; i++) cache.put(`word ${i}`, [String(i)]);
  cache.put('one more', []);
  expect([0, 4095].map((i) => cache.get(`word ${i}`))).toEqual([['0'], ['4095']]);
  expect(cache.get('one more')).toBeUndefined();
});

test('what is too long for a word is not kept', () => {
  const cache = createWordCache();
  cache.put('x'.repeat(64), ['x']);
  cache.put('x'.repeat(65), ['x']);
  expect([64, 65].map((length) => cache.get('x'.repeat(length)))).toEqual([['x'], undefined]);
});
