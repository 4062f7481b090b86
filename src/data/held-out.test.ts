/** @file The held-out part: a partition, fixed by the seed, never everything. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ExampleSubset, splitHeldOut } from './held-out.ts';

test('each example is on one side, and the sides are of the right size', () => {
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(),
      (count, fraction, seed) => {
        const { train, heldOut } = splitHeldOut(count, fraction, seed);
        const both = [...all(train), ...all(heldOut)];
        expect(both.toSorted((a, b) => a - b)).toEqual([...Array(count).keys()]);
        expect(train.count > 0 || count === 0).toBe(true);
        expect(heldOut.count > 0 || fraction === 0 || count < 2).toBe(true);
        expect(Math.abs(heldOut.count - count * fraction)).toBeLessThanOrEqual(1);
        expect(all(splitHeldOut(count, fraction, seed).heldOut)).toEqual(all(heldOut));
      },
    ),
  );
});

test('the seed chooses, and this choice never changes: saved runs hang on it', () => {
  expect(all(splitHeldOut(20, 0.2, 42).heldOut)).toMatchInlineSnapshot(`
    [
      13,
      4,
      17,
      12,
    ]
  `);
  expect(all(splitHeldOut(20, 0.2, 43).heldOut)).toMatchInlineSnapshot(`
    [
      8,
      15,
      16,
      11,
    ]
  `);
});

test('where none is held out, the examples keep their places', () => {
  const { train, heldOut } = splitHeldOut(10, 0, 1);
  expect(heldOut.count).toBe(0);
  expect(all(train)).toEqual([...Array(10).keys()]);
});

test('two million are split at once, and none of them is listed', () => {
  const { train, heldOut } = splitHeldOut(2e6, 0.1, 1);
  expect([train.count, heldOut.count]).toEqual([1.8e6, 2e5]);
  expect(new Set([train.at(0), train.at(1_799_999), heldOut.at(0), heldOut.at(199_999)]).size).toBe(
    4,
  );
});

function all({ count, at }: ExampleSubset): number[] {
  return Array.from({ length: count }, (_, i) => at(i));
}
