/** @file What is finer is asked for where it is missing, and not each time that one moves. */
import { expect, test } from 'vitest';
import { detailAround } from './detail-range.ts';

const whole = { min: 0, max: 1000 };
const here = { min: 100, max: 400 };

test.each([
  ['nothing is here', { min: 200, max: 300 }, null, { min: 100, max: 400 }],
  ['moved a little', { min: 220, max: 320 }, here, here],
  ['moved near its end', { min: 290, max: 390 }, here, { min: 190, max: 490 }],
  ['moved beyond', { min: 500, max: 600 }, here, { min: 400, max: 700 }],
  ['closer, a little', { min: 220, max: 290 }, here, here],
  ['closer, much', { min: 240, max: 260 }, here, { min: 220, max: 280 }],
  ['wider', { min: 100, max: 400 }, here, { min: -200, max: 700 }],
  [
    'at the end of all there is',
    { min: 900, max: 1000 },
    { min: 800, max: 1000 },
    { min: 800, max: 1000 },
  ],
])('%s', (_name, view, before, expected) => {
  expect(detailAround(view, whole, before)).toEqual(expected);
});
