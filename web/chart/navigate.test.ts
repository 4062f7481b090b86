/** @file Zooming and moving never lead beyond what there is. */
import { expect, test } from 'vitest';
import { isWhole, kept, moved, pinched, zoomed } from './navigate.ts';

const whole = { min: 0, max: 100 };

test('zooming keeps the point that it is about in its place', () => {
  expect(zoomed(whole, whole, 0.5)).toEqual({ min: 25, max: 75 });
  expect(zoomed({ min: 20, max: 60 }, whole, 0.5, 30)).toEqual({ min: 25, max: 45 });
  expect(zoomed({ min: 40, max: 60 }, whole, 100)).toEqual(whole);
  const { min, max } = zoomed({ min: 50, max: 51 }, whole, 0.01);
  expect(max - min).toBe(4);
});

test('moving stops at the ends', () => {
  expect(moved({ min: 20, max: 40 }, whole, 0.5)).toEqual({ min: 30, max: 50 });
  expect(moved({ min: 20, max: 40 }, whole, -5)).toEqual({ min: 0, max: 20 });
  expect(moved({ min: 20, max: 40 }, whole, 9)).toEqual({ min: 80, max: 100 });
});

test('what is longer than the whole becomes the whole', () => {
  expect(kept({ min: -50, max: 500 }, whole)).toEqual(whole);
  expect(isWhole(whole, whole)).toBe(true);
  expect(isWhole({ min: 1, max: 100 }, whole)).toBe(false);
});

test('what two fingers hold stays between them', () => {
  const view = { min: 40, max: 60 };
  // Twice as far apart, and from the middle to the left quarter: 50 is there now, and ten seconds are seen.
  expect(pinched(view, whole, { factor: 0.5, from: 0.5, to: 0.25 })).toEqual({
    min: 47.5,
    max: 57.5,
  });
  expect(pinched(view, whole, { factor: 1, from: 0.2, to: 0.7 })).toEqual({ min: 30, max: 50 });
  expect(pinched(view, whole, { factor: 99, from: 0.5, to: 0 })).toEqual(whole);
});
