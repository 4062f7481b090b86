/** @file Earlier runs warn, predict, and let a ladder begin lower, where they prove it. */
import { describe, expect, it, test } from 'vitest';
import { expectedPeak, firstRung, type PastRun, warningFor } from './past-runs.ts';

const MIB = 2 ** 20;

/** Sizes in MiB. */
function past(change: Partial<PastRun>, peak: number, limit: number | null = null): PastRun {
  return {
    ended_at: '2026-01-31T14:25:01Z',
    cause: 'completed',
    grade: 'proven',
    limit_bytes: limit === null ? null : limit * MIB,
    limit_from: '--memory',
    ...change,
    peak_bytes: peak * MIB,
  };
}
const done = (peak: number, limit: number | null = null) => past({}, peak, limit);
const killed = (limit: number) => past({ cause: 'oom-own-limit' }, limit, limit);
const MAYBE = past({ cause: 'oom-own-limit', grade: 'possible' }, 512, 512);
const AROUND = past({ limit_from: 'the machine (MemTotal)' }, 300, 400);

describe('what is expected: the most of those that came to their end', () => {
  it.each([
    [[], null],
    [[done(300), done(431), done(200)], 431],
    [[killed(512)], null],
    [[done(300), killed(900)], 300],
  ])('%#', (runs, peak) => {
    expect(expectedPeak(runs)).toBe(peak === null ? null : peak * MIB);
  });
});

describe('before a run with room for 400 MiB', () => {
  const room = { bytes: 400 * MIB, text: 'the limit is 400 MiB' };
  it.each<[readonly PastRun[], string | null]>([
    [[], null],
    [[done(431)], 'earlier runs of this command took up to 431 MiB; the limit is 400 MiB'],
    [[done(399)], null],
    [
      [killed(512)],
      'earlier runs of this command were killed for want of memory under 512 MiB; the limit is 400 MiB',
    ],
    [[killed(300)], null],
    [[MAYBE], null],
    [[killed(512), done(390, 400)], null],
    [[done(431), done(390, 400)], null],
  ])('%#', (runs, warning) => {
    expect(warningFor(runs, room)).toBe(warning);
  });
});

describe('the rung to begin on, under 512 MiB', () => {
  it.each<[string, readonly (readonly PastRun[])[], number]>([
    ['nothing is known', [[], [], []], 0],
    ['proven', [[killed(512)], [killed(512)], [done(400, 512)]], 2],
    ['proven under a smaller limit', [[killed(512)], [done(200, 256)], []], 1],
    ['finished under a larger one', [[killed(512)], [done(400, 600)], []], 0],
    ['finished without a limit', [[killed(512)], [done(400)], []], 0],
    ['finished under a limit around it', [[killed(512)], [AROUND], []], 0],
    ['killed under a smaller one', [[killed(400)], [done(400, 512)], []], 0],
    ['perhaps killed', [[MAYBE], [done(400, 512)], []], 0],
    ['one in between was never tried', [[killed(512)], [], [done(400, 512)]], 0],
    ['the lowest was killed too', [[killed(512)], [killed(512)], [killed(512)]], 0],
    ['the first fits', [[done(400, 512)], [killed(512)], [done(10, 512)]], 0],
  ])('%s', (_, rungs, first) => {
    expect(firstRung(rungs, 512 * MIB)).toBe(first);
  });

  test('without a limit: the first', () => {
    expect(firstRung([[killed(512)], [done(400, 512)]], null)).toBe(0);
  });
});
