/** @file Numbers of 8 bits: how far off they are, at every size, and what they are on average. */
import { type Arbitrary, assert, boolean, double, property } from 'fast-check';
import { expect, test } from 'vitest';
import { MOMENT_BLOCK, uniform } from '#base';
import {
  createBlockFloats,
  decodeAll,
  encodeAll,
  encodeBlock,
  type FloatFormat,
  SIGNED,
  UNSIGNED,
} from './block-floats.ts';

test('the formats, from their largest number down', () => {
  expect(shown(SIGNED)).toEqual(shown(UNSIGNED));
  expect(shown(UNSIGNED)).toEqual(
    [1, 15, 14, 13, 12, 11, 10, 9, 8, 7.5].map((x, i) => (i ? x / 16 : x)),
  );
  expect(Math.min(...SIGNED.values)).toBe(-1);
  expect([1, 127].map((code) => SIGNED.values[code])).toEqual([1.25 * 2 ** -16, 1]);
  expect([1, 255].map((code) => UNSIGNED.values[code])).toEqual([1.25 * 2 ** -32, 1]);
  expect([SIGNED.values[0], UNSIGNED.values[0]]).toEqual([0, 0]);
});

test.each([
  ['signed', SIGNED, 2 ** -16],
  ['unsigned', UNSIGNED, 2 ** -32],
])('to the nearest, %s: off by 1/16 at most, or too small', (_name, format, smallest) => {
  assert(
    property(power(-36, 0), power(-90, 90), boolean(), (part, largest, negative) => {
      const number = Math.fround((negative && format.signed ? -1 : 1) * part * largest);
      const [stored = NaN] = there([number, largest], format);
      const tooSmall = 1.5 * smallest * largest;
      const [off, most] =
        Math.abs(number) < tooSmall
          ? [Math.abs(stored), tooSmall]
          : [Math.abs(stored - number), Math.abs(number) / 15.999];
      expect(off).toBeLessThanOrEqual(most);
    }),
    { numRuns: 3000 },
  );
});

test('the largest of a block is kept as it is, and so is nothing but zeros', () => {
  expect(there([-0.3, 0.1], SIGNED)[0]).toBe(Math.fround(-0.3));
  expect(there([0, 0], SIGNED)).toEqual([0, 0]);
  expect(there([0, 0], UNSIGNED)).toEqual([0, 0]);
  expect(there([1e-45, 0], UNSIGNED)).toEqual([Math.fround(1e-45), 0]);
});

test('an unsigned number that is not 0 never becomes 0: it divides', () => {
  expect(there([1, 1e-30], UNSIGNED)[1]).toBeGreaterThan(0);
  expect(there([1, 1e-30], SIGNED)[1]).toBe(0);
});

test('each block has a scale of its own, the last one too', () => {
  const numbers = Float32Array.from({ length: 2 * MOMENT_BLOCK + 3 }, (_, i) => 1000 ** (i >> 8));
  const blocks = createBlockFloats(numbers.length);
  encodeAll(blocks, UNSIGNED, numbers);
  expect([...blocks.scales]).toEqual([1, 1000, 1e6]);
  const back = new Float32Array(numbers.length);
  decodeAll(blocks, UNSIGNED, back);
  expect(back).toEqual(numbers);
});

test('by chance, a number is one of its two neighbours, and right on average', () => {
  const blocks = createBlockFloats(2);
  const runs = 20_000;
  for (const number of [0.53, 0.0401, 3e-7]) {
    const seen = new Map<number, number>();
    for (let run = 0; run < runs; run++) {
      const chance = 1 + Math.floor(uniform(run) * (2 ** 32 - 1));
      encodeBlock(blocks, 0, UNSIGNED, Float32Array.of(1, number), 2, chance);
      const back = UNSIGNED.values[blocks.codes[1] ?? 0] ?? 0;
      seen.set(back, (seen.get(back) ?? 0) + 1);
    }
    const [low = NaN, high = NaN] = [...seen.keys()].toSorted((a, b) => a - b);
    expect(seen.size).toBe(2);
    expect(high / low).toBeLessThanOrEqual(1.125);
    expect(low < number && number < high).toBe(true);
    const mean = [...seen].reduce((sum, [value, times]) => sum + value * times, 0) / runs;
    // Five deviations of a mean of draws between two values.
    expect(Math.abs(mean - number)).toBeLessThan((5 * (high - low)) / 2 / Math.sqrt(runs));
  }
});

test('the same chance, the same codes', () => {
  const numbers = Float32Array.from({ length: MOMENT_BLOCK }, (_, i) => uniform(1, i));
  const codes = [77, 77, 78].map((chance) => {
    const blocks = createBlockFloats(MOMENT_BLOCK);
    encodeBlock(blocks, 0, UNSIGNED, numbers, MOMENT_BLOCK, chance);
    return blocks.codes.join();
  });
  expect(codes[0]).toBe(codes[1]);
  expect(codes[0]).not.toBe(codes[2]);
});

/** Stored and read back. */
function there(numbers: readonly number[], format: FloatFormat): number[] {
  const blocks = createBlockFloats(numbers.length);
  encodeAll(blocks, format, Float32Array.from(numbers));
  const back = new Float32Array(numbers.length);
  decodeAll(blocks, format, back);
  return [...back];
}

function shown({ values }: FloatFormat): number[] {
  return [...values].toSorted((a, b) => b - a).slice(0, 10);
}

function power(min: number, max: number): Arbitrary<number> {
  return double({ min, max, noNaN: true }).map((exponent) => 2 ** exponent);
}
