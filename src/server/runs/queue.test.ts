/** @file The queue: shares of memory in, decisions out. */
import { describe, expect, test } from 'vitest';
import { decide, type Running, type Waiting } from './queue.ts';

const MIB = 2 ** 20;
const room = { capacity: 400 * MIB, most: 3, answering: null };
const waits = (id: number, mebibytes: number | null): Waiting => ({
  id,
  share: mebibytes === null ? null : mebibytes * MIB,
});
const runs = (id: number, mebibytes: number): Running => ({ id, share: mebibytes * MIB });

test('A at 210 and B at 180 begin, C waits, and says for what', () => {
  const { begin, places } = decide([waits(1, 210), waits(2, 180), waits(3, 100)], [], room);
  expect(begin).toEqual([1, 2]);
  expect(Object.fromEntries(places)).toEqual({
    3: {
      place: 1,
      reason: 'it needs 100 MiB, and 10 MiB of 400 MiB are free beside runs 1, 2, which run',
    },
  });
});

test.each([
  ['what fits exactly begins', [waits(2, 190)], [runs(1, 210)], [2], []],
  ['one byte more does not', [{ id: 2, share: 190 * MIB + 1 }], [runs(1, 210)], [], [2]],
  ['nobody overtakes one that waits', [waits(2, 300), waits(3, 10)], [runs(1, 210)], [], [2, 3]],
  ['nor one whose peak is not known', [waits(2, null), waits(3, 10)], [], [], [2, 3]],
  ['three at once, not four', [4, 5, 6, 7].map((id) => waits(id, 1)), [], [4, 5, 6], [7]],
  ['none beyond those that run', [waits(4, 1)], [1, 2, 3].map((id) => runs(id, 1)), [], [4]],
  ['nobody waits, nothing happens', [], [runs(1, 1)], [], []],
] as const)('%s', (_, waiting, running, begin, wait) => {
  const decision = decide(waiting, running, room);
  expect(decision.begin).toEqual(begin);
  expect([...decision.places.keys()]).toEqual(wait);
});

test('each place says why', () => {
  const { places } = decide([waits(2, null), waits(3, 10)], [], room);
  expect([...places.values()].map(({ reason }) => reason)).toEqual([
    'its peak is being predicted',
    'run 2 is before it',
  ]);
  expect(decide([waits(2, 1)], [runs(1, 1)], { ...room, most: 1 }).places.get(2)?.reason).toBe(
    'run 1, which runs: as many as may run at once (--concurrency)',
  );
});

describe('beside a model that answers', () => {
  const answering = { model: 'plimsoll-mini', share: 100 * MIB };
  const beside = { ...room, answering };

  test.each([
    ['what fits beside it begins, and it stays', [waits(2, 90)], [runs(1, 210)], [2], false],
    ['what would fit without it wants its share', [waits(2, 190)], [runs(1, 210)], [], true],
    ['what would not fit either way does not', [waits(2, 191)], [runs(1, 210)], [], false],
    ['nor what waits for its prediction', [waits(2, null)], [runs(1, 210)], [], false],
    ['nor what stands behind another', [waits(2, 191), waits(3, 100)], [runs(1, 210)], [], false],
    ['nor where as many run as may', [waits(4, 1)], [1, 2, 3].map((id) => runs(id, 1)), [], false],
  ] as const)('%s', (_, waiting, running, begin, wants) => {
    const decision = decide(waiting, running, beside);
    expect(decision.begin).toEqual(begin);
    expect(decision.wantsAnswering).toBe(wants);
  });

  test('who waits for it says so', () => {
    const { places } = decide([waits(2, 190)], [runs(1, 210)], beside);
    expect(places.get(2)?.reason).toBe(
      'it needs 190 MiB, and 90 MiB of 400 MiB are free beside run 1, which runs and plimsoll-mini, which answers',
    );
    const alone = decide([waits(2, 350)], [], beside);
    expect(alone.places.get(2)?.reason).toBe(
      'it needs 350 MiB, and 300 MiB of 400 MiB are free beside plimsoll-mini, which answers',
    );
  });
});
