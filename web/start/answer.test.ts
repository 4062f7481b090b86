import { expect, test } from 'vitest';
import type { Prediction } from '#protocol';
import { answerOf, refusalOf } from './answer.ts';

const MIB = 2 ** 20;

function predictionOf(changes: Partial<Prediction>): Prediction {
  return {
    answer: 'fits',
    fits: true,
    predicted_peak_bytes: 150 * MIB,
    interval_bytes: [140 * MIB, 170 * MIB],
    limit_bytes: 512 * MIB,
    limit_from: '--memory',
    baseline_bytes: 0,
    smallest_limit_bytes: 170 * MIB,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing here reads it
    plan: {} as Prediction['plan'],
    items: [],
    step: [],
    alternatives: [],
    ...changes,
  };
}

const CANNOT = { answer: 'cannot-fit', fits: false, limit_bytes: 130 * MIB } as const;

test.each([
  [{}, 'fits', ['512 MiB', '150 MiB', '140 MiB', '170 MiB']],
  [
    { answer: 'fits-with-this-plan' },
    'fits-with-this-plan',
    ['computed in less memory', '150 MiB'],
  ],
  [CANNOT, 'cannot-fit', ['130 MiB', '150 MiB', '170 MiB']],
  [{ ...CANNOT, baseline_bytes: 60 * MIB }, 'waits', ['60 MiB']],
  [{ ...CANNOT, baseline_bytes: 30 * MIB }, 'cannot-fit', ['170 MiB']],
  [{ ...CANNOT, smallest_limit_bytes: null }, 'cannot-fit', ['130 MiB']],
  [{ limit_bytes: null }, 'fits', ['Nothing limits it']],
] as const)('%j: %s', (changes, kind, numbers) => {
  const prediction = predictionOf(changes);
  const answer = answerOf(prediction);
  expect(answer.kind).toBe(kind);
  for (const number of numbers) expect(answer.text).toContain(number);
  expect(refusalOf(prediction) !== null).toBe(kind === 'cannot-fit');
});
