import { describe, expect, it, test } from 'vitest';
import { AT_START, judge, nearest } from './pressure-guard.ts';

const load = (percent: number) => ({ unreclaimable: percent, limit: 100, from: '--memory' });

/** Of a course of memory, at which looks it is told. */
function told(course: readonly number[], at = 0.9): number[] {
  let state = AT_START;
  return course.flatMap((percent, i) => {
    const { state: next, crossed } = judge(state, load(percent), at);
    state = next;
    return crossed ? [i] : [];
  });
}

describe('memory that runs short is told', () => {
  it.each<readonly [string, readonly number[], readonly number[]]>([
    ['never below the threshold', [10, 50, 89.9, 70, 89], []],
    ['once as it crosses', [10, 80, 90, 95, 99, 100], [2]],
    ['at the first look, too', [95, 96], [0]],
    ['not again while it saws near the threshold', [91, 85, 92, 82, 91, 88, 93], [0]],
    ['again after it has fallen clearly below', [91, 60, 70, 92, 80.9, 90], [0, 3, 5]],
  ])('%s', (_, course, looks) => {
    expect(told(course)).toEqual(looks);
  });

  it('at another threshold', () => {
    expect(told([40, 50, 60, 46, 51, 44, 50], 0.5)).toEqual([1, 6]);
    expect(told([99, 100, 101], 1)).toEqual([1]);
  });
});

test.each([
  [70, 70, false], // still
  [70, 74, true], // grows by 4 a look: 78 at the next
  [20, 50, true],
  [20, 45, false],
  [80, 75, true],
  [80, 74, false], // falls
])('from %d%% to %d%%, looked at again soon: %o', (before, now, soon) => {
  const { state } = judge(AT_START, load(before), 0.9);
  expect(judge(state, load(now), 0.9).soon).toBe(soon);
});

test('once told, it is not looked at soon again before it has fallen', () => {
  const soon: boolean[] = [];
  let state = AT_START;
  for (const percent of [85, 91, 95, 85, 80, 85]) {
    const judgement = judge(state, load(percent), 0.9);
    state = judgement.state;
    soon.push(judgement.soon);
  }
  expect(soon).toEqual([true, false, false, false, true, true]);
});

test('full is all of the limit', () => {
  expect([99, 100, 130].map((now) => judge(AT_START, load(now), 0.9).full)).toEqual([
    false,
    true,
    true,
  ]);
});

test('of several limits the nearest to being used up, not the smallest', () => {
  const near = { unreclaimable: 900, limit: 1000, from: 'a container' };
  expect(nearest([load(80), near, load(10)])).toBe(near);
  expect(nearest([])).toBeNull();
});
