import { expect, test } from 'vitest';
import { type Change, changed, isOpen } from './answers.ts';

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const end = { reason: 'stop', usage } as const;
const after = (...changes: Change[]) => changes.reduce(changed, {});

const asked = { to: 'empty', models: ['a', 'b'] } as const;
const opens = { to: 'put', model: 'a', answer: { phase: 'opens' } } as const;
const piece = (text: string, ms: number) => ({ to: 'piece', model: 'a', text, ms }) as const;
const done = { to: 'put', model: 'a', answer: { phase: 'done', end, totalMs: 9 } } as const;

test('pieces are joined; the first says when it came', () => {
  const { a, b } = after(asked, opens, piece('one ', 5), piece('two', 7), done);
  expect(a).toEqual({ phase: 'done', text: 'one two', firstMs: 5, totalMs: 9, end, error: null });
  expect(b).toMatchObject({ phase: 'waits', text: '' });
});

test.each(['stopped', 'left'] as const)('%s: what was said stays, the rest is over', (phase) => {
  const halt = { to: 'halt', phase } as const;
  const { a, b } = after(asked, opens, piece('one', 5), halt);
  expect(a).toMatchObject({ phase, text: 'one' });
  expect(b).toMatchObject({ phase, text: '' });
  expect(after(asked, opens, piece('one', 5), done, halt)['a']).toMatchObject({ phase: 'done' });
});

test('who is asked again begins anew, and the others stay as they are', () => {
  const again = { to: 'empty', models: ['b'] } as const;
  const { a, b } = after(asked, opens, piece('one', 5), done, again);
  expect(a).toMatchObject({ phase: 'done', text: 'one' });
  expect(b && isOpen(b)).toBe(true);
});
