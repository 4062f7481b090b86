/** @file What a run of a command gets of the service's memory, by its settings and by what earlier runs took. */
import { expect, test } from 'vitest';
import { DEFAULT_POLICY, type PastRun } from '#supervise';
import { needOf } from './command-need.ts';

const MIB = 2 ** 20;
const CAPACITY = 1000 * MIB;

const past = (cause: PastRun['cause'], peak: number, limit: number): PastRun => ({
  ended_at: '2026-01-02T03:04:05.000Z',
  cause,
  grade: 'proven',
  limit_bytes: limit * MIB,
  limit_from: '--memory',
  peak_bytes: peak * MIB,
});
const done = (peak: number, limit = 1000) => past('completed', peak, limit);
const killed = (limit: number) => past('oom-own-limit', limit, limit);

const need = (pasts: readonly PastRun[][], memory: [number, number] | null = null) => {
  const range = memory && { from: memory[0] * MIB, to: memory[1] * MIB };
  const policy = { ...DEFAULT_POLICY, memory: range };
  const allowed = {
    name: 'a',
    description: null,
    command: ['a'],
    values: {},
    ladders: [],
  } as const;
  const rungs = [{ values: {}, command: ['a'] }] as const;
  const got = needOf({ allowed: { ...allowed, policy, folder: null }, rungs }, pasts, CAPACITY);
  return { ...got, share: got.share / MIB, memory: got.memory / MIB };
};

test.each<readonly [string, readonly PastRun[], number]>([
  ['nothing is known', [], 1000],
  ['it took 100', [done(100)], 125],
  ['the most of all counts', [done(200), done(100)], 250],
  ['a small one gets what any program needs', [done(1)], 32],
  ['killed under 100', [killed(100)], 200],
  ['killed after it had come to its end', [done(100), killed(125)], 250],
  ['an end tells more than a kill before it', [killed(400), done(100)], 125],
  ['never more than there is', [done(900)], 1000],
])('without a limit of its own: %s', (_, runs, share) => {
  expect(need([[...runs]])).toMatchObject({ share, memory: share, rung: 0 });
});

test('what is configured counts, whatever it took', () => {
  expect(need([[done(900)]], [50, 80])).toMatchObject({ share: 80, memory: 50 });
});

test('it begins on the rung that is proven to be the first that fits', () => {
  expect(need([[killed(64)], [done(9, 64)]], [64, 64])).toMatchObject({
    rung: 1,
    expected: 9 * MIB,
  });
  expect(need([[], [done(9, 64)]], [64, 64])).toMatchObject({ rung: 0, expected: null });
});
