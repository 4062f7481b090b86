import { expect, test } from 'vitest';
import { wrapWords } from './text.ts';

test('words are kept whole, spaces between them too', () => {
  expect(wrapWords('one two  three', 7)).toEqual(['one two', ' three']);
  expect(wrapWords('one', 2)).toEqual(['one']);
  expect(wrapWords('a endless b', 3)).toEqual(['a', 'endless', 'b']);
  expect(wrapWords('', 5)).toEqual(['']);
  expect(wrapWords('one two three', Infinity)).toEqual(['one two three']);
});
