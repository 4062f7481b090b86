/** @file Orders: each number once, every order as likely, the same for ever, point by point. */
import { assert, integer, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { permutation, permutationAt } from './permutation.ts';
import { STREAM } from './random.ts';

test('these orders never change: saved runs hang on them', () => {
  expect(orderOf(10, 42, STREAM.order)).toMatchInlineSnapshot(`
    [
      4,
      7,
      6,
      9,
      5,
      1,
      2,
      3,
      0,
      8,
    ]
  `);
  expect(Array.from({ length: 4 }, (_, i) => permutationAt(2 ** 40, 7)(i))).toMatchInlineSnapshot(`
    [
      742161154941,
      106110138094,
      69875641136,
      312213111419,
    ]
  `);
  expect([...permutation(8, 42, STREAM.order)]).toMatchInlineSnapshot(`
    [
      6,
      5,
      1,
      4,
      3,
      0,
      2,
      7,
    ]
  `);
});

test('every number comes once, at any size', () => {
  assert(
    property(integer({ min: 0, max: 3000 }), nat(), (n, seed) => {
      const sorted = [orderOf(n, seed), [...permutation(n, seed)]].map((order) =>
        order.toSorted((a, b) => a - b),
      );
      expect(sorted).toEqual([[...Array(n).keys()], [...Array(n).keys()]]);
    }),
  );
});

test('at a million and at sizes around the square of a side, too', () => {
  for (const n of [16, 255, 256, 257, 1023, 1024, 1025, 999_999]) {
    const at = permutationAt(n, 3);
    const seen = new Uint8Array(n);
    for (let i = 0; i < n; i++) seen[at(i)]!++;
    expect(seen.every((times) => times === 1)).toBe(true);
  }
});

test('keys and their order choose', () => {
  const orders = [
    [1, 2, 3],
    [1, 2, 4],
    [3, 2, 1],
    [1, 2],
  ].map((keys) => orderOf(50, ...keys));
  expect(new Set(orders.map((order) => order.join())).size).toBe(4);
});

test.each([2, 3, 4, 5])('of %d numbers, every order is as likely', (n) => {
  const orders = factorial(n);
  for (const draw of [orderOf, (size: number, seed: number) => [...permutation(size, seed)]]) {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 100 * orders; seed++) {
      const order = draw(n, seed).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - 100) ** 2 / 100,
      0,
    );
    expect(counts.size).toBe(orders);
    expect(chiSquare).toBeLessThan(most(orders - 1));
  }
});

test.each([100, 1000, 1024])('of %d numbers, each place takes each as often', (n) => {
  const runs = 2000;
  const places = 10;
  const counts = new Float64Array(places * places);
  const fixed = new Float64Array(runs);
  const pairs = new Float64Array(runs);
  for (let seed = 0; seed < runs; seed++) {
    const order = orderOf(n, seed, STREAM.order, 0);
    for (const [i, number] of order.entries()) {
      counts[Math.floor((i * places) / n) * places + Math.floor((number * places) / n)]!++;
      if (number === i) fixed[seed]!++;
      if (number - 1 === order[i - 1]) pairs[seed]!++; // neighbours in the data stay neighbours
    }
  }
  let chiSquare = 0;
  const size = Array.from(
    { length: places },
    (_, k) => Math.ceil(((k + 1) * n) / places) - Math.ceil((k * n) / places),
  );
  for (let i = 0; i < places; i++)
    for (let k = 0; k < places; k++) {
      const expected = (runs * size[i]! * size[k]!) / n;
      chiSquare += (counts[i * places + k]! - expected) ** 2 / expected;
    }
  expect(chiSquare).toBeLessThan(most((places - 1) ** 2));
  // Both are near Poisson with mean 1: the mean's own deviation is 1/sqrt(runs), the variance's about sqrt(3/runs).
  for (const counted of [fixed, pairs]) {
    const mean = counted.reduce((sum, x) => sum + x) / runs;
    const variance = counted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / runs;
    expect(Math.abs(mean - 1)).toBeLessThan(5 / Math.sqrt(runs));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(3 / runs));
  }
});

test('two epochs of one run are unrelated', () => {
  const n = 20_000;
  const [one, two] = [permutationAt(n, 1, 2, 0), permutationAt(n, 1, 2, 1)];
  let product = 0;
  for (let i = 0; i < n; i++) product += (one(i) / n - 0.5) * (two(i) / n - 0.5);
  expect(Math.abs((12 * product) / n)).toBeLessThan(5 / Math.sqrt(n));
});

test('a number that is not there, or a size that is none', () => {
  expect(() => permutationAt(5, 1)(5)).toThrow('internal: number 5 of 5');
  expect(() => permutationAt(5, 1)(-1)).toThrow('internal:');
  expect(() => permutationAt(0, 1)(0)).toThrow('internal:');
  expect(() => permutationAt(1.5, 1)).toThrow('internal: a permutation of 1.5');
  expect(() => permutationAt(2 ** 53, 1)).toThrow('internal:');
});

function orderOf(n: number, ...keys: number[]): number[] {
  const at = permutationAt(n, ...keys);
  return Array.from({ length: n }, (_, i) => at(i));
}

/** Five deviations above the mean of the chi-square distribution. */
function most(degrees: number): number {
  return degrees + 5 * Math.sqrt(2 * degrees);
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
