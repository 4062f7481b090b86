/** @file The held-out part: a partition, fixed by the seed, never everything. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitHeldOut } from './held-out.ts';

test('each example is on one side, and the sides are ascending and of the right size', () => {
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(),
      (count, fraction, seed) => {
        const { train, heldOut } = splitHeldOut(count, fraction, seed);
        expect([...train, ...heldOut].toSorted((a, b) => a - b)).toEqual([...Array(count).keys()]);
        for (const side of [train, heldOut])
          expect([...side]).toEqual([...side].toSorted((a, b) => a - b));
        expect(train.length > 0 || count === 0).toBe(true);
        expect(heldOut.length > 0 || fraction === 0 || count < 2).toBe(true);
        expect(Math.abs(heldOut.length - count * fraction)).toBeLessThanOrEqual(1);
        expect(splitHeldOut(count, fraction, seed)).toEqual({ train, heldOut });
      },
    ),
  );
});

test('the seed chooses, and this choice never changes: saved runs hang on it', () => {
  expect([...splitHeldOut(20, 0.2, 42).heldOut]).toMatchInlineSnapshot(`
    [
      2,
      4,
      12,
      17,
    ]
  `);
  expect([...splitHeldOut(20, 0.2, 43).heldOut]).toMatchInlineSnapshot(`
    [
      3,
      6,
      7,
      11,
    ]
  `);
  expect(splitHeldOut(10, 0, 1).heldOut).toHaveLength(0);
});
