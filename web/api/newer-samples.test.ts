/** @file Samples of a run that goes on, in whatever order the answers come. */
import { expect, test } from 'vitest';
import { withNewer } from './newer-samples.ts';

const sample = (second: number) => ({
  attempt: 1,
  time: new Date(second * 1000).toISOString(),
  unreclaimable: second,
  file: 0,
});
const here = [1, 2].map(sample);
const early = [2, 3].map(sample);
const late = [2, 3, 4].map(sample);
const all = [1, 2, 3, 4].map(sample);

test.each([
  ['as they were asked for', [early, late]],
  ['the later one first', [late, early]],
  ['one twice', [late, late]],
])('no sample is lost or comes twice: %s', (_name, answers) => {
  const end = answers.reduce<readonly ReturnType<typeof sample>[]>(withNewer, here);
  expect(end).toEqual(all);
});

test('the first of all', () => {
  expect(withNewer([], early)).toEqual(early);
});

test('where nothing is new, nothing is drawn anew', () => {
  expect(withNewer(here, [sample(2)])).toBe(here);
});
