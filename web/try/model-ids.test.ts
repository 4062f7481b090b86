import { expect, test } from 'vitest';
import { baseAmong, tunedModel } from './model-ids.ts';

const RUN = '20260131-142501-9f3ac1';
const of = (base: string) => ({ id: 'ft', base, suffix: '', run: RUN });

test.each([
  ['plimsoll-mini', null],
  ['google/flan-t5-small@abc', null],
  [`ft:plimsoll-mini:plimsoll::${RUN}`, { base: 'plimsoll-mini', suffix: '', run: RUN }],
  [`ft:a:plimsoll:lights:${RUN}`, { base: 'a', suffix: 'lights', run: RUN }],
  [`ft:a:plimsoll:b:plimsoll::${RUN}`, { base: 'a:plimsoll:b', suffix: '', run: RUN }],
  ['ft:plimsoll-mini', null],
])('%s', (id, expected) => {
  expect(tunedModel(id)).toEqual(expected && { id, ...expected });
});

test.each([
  ['plimsoll-mini', ['plimsoll-mini', 'other'], 'plimsoll-mini'],
  ['google/t5', ['google/t5@abc', 'google/t5x'], 'google/t5@abc'],
  ['google/t5', ['google/t5@abc', 'google/t5@def'], null],
  ['google/t5', ['google/t5', 'google/t5@def'], 'google/t5'],
  ['gone', ['plimsoll-mini'], null],
])('%s among %j is %s', (base, ids, expected) => {
  expect(baseAmong(ids, of(base))).toBe(expected);
});
