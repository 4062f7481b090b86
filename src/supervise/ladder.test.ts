/** @file Ladders as they are written, in the order in which they are taken, and those that cannot be meant. */
import { describe, expect, it, test } from 'vitest';
import {
  type Command,
  fill,
  type Ladder,
  mismatch,
  parseLadder,
  rungsOf,
  rungText,
} from './ladder.ts';

function ladder(text: string): Ladder {
  const parsed = parseLadder(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}
const texts = (...ladders: string[]) => rungsOf(ladders.map(ladder)).map((rung) => rungText(rung));

describe('rungs', () => {
  it.each([
    [['batch-size=8,4,2'], ['batch-size=8', 'batch-size=4', 'batch-size=2']],
    // One ladder: together, so that their product stays.
    [['b=8,4,2; a=1,2,4'], ['b=8, a=1', 'b=4, a=2', 'b=2, a=4']],
    // Several: one after the other, from where the one before ended.
    [
      ['b=8,4', 'len=512,256,128'],
      ['b=8, len=512', 'b=4, len=512', 'b=4, len=256', 'b=4, len=128'],
    ],
    [['b=1'], ['b=1']],
    [['path=/a = b , c'], ['path=/a = b', 'path=c']],
    [[], ['']],
  ])('%j', (ladders, expected) => {
    expect(texts(...ladders)).toEqual(expected);
  });
});

describe('a ladder that cannot be meant', () => {
  it.each([
    ['', /expected a placeholder and its values, such as batch-size=8,4,2,1, got ''/],
    ['batch-size', /got 'batch-size'/],
    ['b=1,2;', /got ''/],
    ['batch-size=', /expected values for 'batch-size', .* got none/],
    ['b=8,,2', /expected a value between two commas, got 'b=8,,2'/],
    ['8=4,2', /name of letters, digits, '-' and '_', got '8'/],
    ['{b}=4,2', /got '{b}'/],
    ['b=8,4; a=1', /as many values for 'a' as for 'b', which it moves with, got 1 and 2/],
    ['b=8,4; b=2,1', /'b' twice/],
  ])('%j', (text, problem) => {
    expect(parseLadder(text)).toEqual({ problem: expect.stringMatching(problem) });
  });
});

describe('a command that ladders do not go with', () => {
  it.each<[string[], Command, RegExp]>([
    [['b=8,4'], ['train', '--batch', '8'], /with {b} in it, .* got one without placeholders/],
    [['b=8,4', 'len=2,1'], ['train', '{b}'], /with {len} in it, .* got one with {b} only/],
    [
      ['b=8,4'],
      ['train', '{b}', '--len={len}'],
      /a ladder for {len}, which the command has, got none/,
    ],
    [[], ['train', '{b}'], /a ladder for {b}/],
    [['b=8,4', 'b=2,1'], ['train', '{b}'], /one ladder for each placeholder, got two for 'b'/],
  ])('%j with %j', (ladders, command, problem) => {
    expect(mismatch(ladders.map(ladder), command)?.problem).toMatch(problem);
  });

  test('braces of other things are no placeholders', () => {
    const command: Command = ['awk', '{ print $1 }', '{}', '{"a": 1}', '{{b}}', '${HOME}', '{b}'];
    expect(mismatch([ladder('b=8,4')], command)).toBeNull();
    expect(fill(command, { b: '8' })).toEqual([
      'awk',
      '{ print $1 }',
      '{}',
      '{"a": 1}',
      '{b}',
      '${HOME}',
      '8',
    ]);
  });
});

test('a placeholder may stand anywhere, and more than once', () => {
  const command: Command = ['./train-{size}', '--name=run-{size}-{b}.log', '{b}'];
  expect(fill(command, { size: 'small', b: '2' })).toEqual([
    './train-small',
    '--name=run-small-2.log',
    '2',
  ]);
});

test('a value that looks like a placeholder, or like a pattern, stays as it is', () => {
  expect(fill(['{a}', '{b}'], { a: '{b}', b: '$&' })).toEqual(['{b}', '$&']);
});

test('of a rung, what it changes', () => {
  expect(rungText({ b: '4', len: '512' }, { b: '8', len: '512' })).toBe('b=4');
});
