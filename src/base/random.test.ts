/** @file Chance must be even, independent of order, and the same for ever. */
import { expect, test } from 'vitest';
import { hash32, normal, STREAM, stream, uniform } from './random.ts';

test('these values never change: masks and values of saved runs hang on them', () => {
  expect([hash32(0), hash32(1), hash32(1, 2, 3), hash32(-1, 2 ** 40)]).toMatchInlineSnapshot(`
    [
      363934122,
      3384840860,
      1394062704,
      597274073,
    ]
  `);
  expect([normal(1, 2), normal(1, 3)]).toMatchInlineSnapshot(`
    [
      1.426974477546536,
      0.6587235629535824,
    ]
  `);
});

test('a stream is hash32 with the first keys given', () => {
  const draw = stream(7, STREAM.dropout, 3);
  for (let i = 0; i < 50; i++) expect(draw(i)).toBe(hash32(7, STREAM.dropout, 3, i));
});

test('the order of keys counts, and so does each of their 53 bits', () => {
  const seen = new Set<number>([hash32(1, 2), hash32(2, 1), hash32(1), hash32(2)]);
  for (let bit = 0; bit < 53; bit++) seen.add(hash32(2 ** bit, 9));
  for (let bit = 0; bit < 53; bit++) seen.add(hash32(9, 2 ** bit, 1));
  expect(seen.size).toBe(4 + 53 + 53);
  expect(() => hash32(0.5, 1)).toThrow('internal:');
});

test('streams that differ in one key are unrelated', () => {
  const n = 20_000;
  const draws = [stream(1, 1), stream(1, 2), stream(2, 1)];
  for (const [i, one] of draws.entries())
    for (const other of draws.slice(i + 1)) {
      let product = 0;
      for (let k = 0; k < n; k++) product += (one(k) / 2 ** 31 - 1) * (other(k) / 2 ** 31 - 1);
      expect(Math.abs(product / n)).toBeLessThan(0.012); // five standard deviations of 1/3/sqrt(n)
    }
});

test('each output bit flips half the time when one bit of the counter flips', () => {
  const draw = stream(5, STREAM.order);
  const n = 4000;
  for (let bit = 0; bit < 20; bit++) {
    const flips = Array.from({ length: 32 }, () => 0);
    for (let k = 0; k < n; k++) {
      const difference = draw(k) ^ draw(k ^ (1 << bit));
      for (let out = 0; out < 32; out++)
        flips[out] = (flips[out] ?? 0) + ((difference >>> out) & 1);
    }
    for (const count of flips) expect(Math.abs(count / n - 0.5)).toBeLessThan(0.06);
  }
});

test('uniform and normal have the moments that they should', () => {
  const n = 40_000;
  const evens = Array.from({ length: n }, (_, i) => uniform(3, i));
  const normals = Array.from({ length: n }, (_, i) => normal(3, i));
  expect(Math.min(...evens)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...evens)).toBeLessThan(1);
  expect(Math.abs(moment(evens, 1) - 1 / 2)).toBeLessThan(0.008);
  expect(Math.abs(moment(normals, 1))).toBeLessThan(0.025);
  expect(Math.abs(moment(normals, 2) - 1)).toBeLessThan(0.04);
  expect(Math.abs(moment(normals, 4) - 3)).toBeLessThan(0.3);
});

function moment(values: readonly number[], power: number): number {
  return values.reduce((sum, value) => sum + value ** power, 0) / values.length;
}
