import { expect, test } from 'vitest';
import { answeringWords } from './answering-words.ts';

test.each([
  ['plimsoll-mini', null, ['--model=plimsoll-mini']],
  ['/m', '/runs/a/adapter', ['--model=/m', '--adapter=/runs/a/adapter']],
  ['/m', '/runs/a/model', ['--model=/runs/a/model']],
  ['--help', null, ['--model=--help']],
])('%s, tuned %s', (base, tuned, words) => {
  expect(answeringWords({ base, tuned })).toEqual(words);
});
