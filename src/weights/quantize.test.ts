/** @file Quantised weights against the formulas, written out plainly. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantizeBlocks, quantizeRows } from './quantize.ts';

const weight = fc.oneof(
  fc.float({ min: -8, max: 8, noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, 0.5, 127, -127, 2 ** -130),
);

/** Ties to even, said in words: of the two nearest integers the one that 2 divides. */
function rounded(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

test('rows: the largest number is 127 scales, and every other its nearest whole number of scales', () => {
  const rows = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(rows, fc.infiniteStream(weight), ([height, width], stream) => {
      const values = Float32Array.from({ length: height * width }, () => stream.next().value ?? 0);
      const numbers = new Int8Array(values.length);
      const scales = new Float32Array(height);
      quantizeRows(values, width, { numbers, scales });
      for (let row = 0; row < height; row++) {
        const all = [...values.subarray(row * width, (row + 1) * width)];
        const scale = Math.fround(Math.max(...all.map(Math.abs)) / 127);
        expect(scales[row]).toBe(scale);
        const wanted = all.map((v) => {
          const q = scale === 0 ? 0 : rounded(Math.fround(v / scale));
          return Math.min(127, Math.max(-127, q)) + 0;
        });
        expect([...numbers.subarray(row * width, (row + 1) * width)]).toEqual(wanted);
      }
    }),
  );
});

test('blocks: from the smallest number to the largest in 15 steps, zero on one of them', () => {
  const values = fc.array(weight, { minLength: 128, maxLength: 128 });
  fc.assert(
    fc.property(values, (drawn) => {
      const from = Float32Array.from(drawn);
      const numbers = new Uint8Array(64);
      const scales = new Float32Array(4);
      const zeroPoints = new Uint8Array(2);
      quantizeBlocks(from, { numbers, scales, zeroPoints });
      for (let block = 0; block < 4; block++) {
        const all = [...from.subarray(block * 32, (block + 1) * 32)];
        const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
        const scale = Math.fround((high - low) / 15);
        const steps = (v: number) => (scale === 0 ? 0 : rounded(Math.fround(v / scale)));
        const zero = Math.min(15, -steps(low));
        expect([scales[block], nibble(zeroPoints, block)]).toEqual([scale, zero + 0]);
        const wanted = all.map((v) => Math.min(15, Math.max(0, steps(v) + zero)));
        expect(all.map((_, i) => nibble(numbers, block * 32 + i))).toEqual(wanted);
        const farthest = Math.max(...all.map((v, i) => Math.abs((wanted[i]! - zero) * scale - v)));
        // Half a step, and half of one more at an end that the zero point's rounding cut off.
        expect(farthest).toBeLessThanOrEqual(scale * 1.0001);
      }
    }),
  );
});

test('a number that is not finite shows in its row or block, and only there', () => {
  for (const bad of [Number.NaN, Infinity, -Infinity]) {
    const values = new Float32Array(128).fill(0.5);
    values[70] = bad;
    const scales = new Float32Array(2);
    quantizeRows(values, 64, { numbers: new Int8Array(128), scales });
    expect([...scales].map(Number.isFinite)).toEqual([true, false]);
    const blockScales = new Float32Array(4);
    const rest = { numbers: new Uint8Array(64), zeroPoints: new Uint8Array(2) };
    quantizeBlocks(values, { ...rest, scales: blockScales });
    expect([...blockScales].map(Number.isFinite)).toEqual([true, true, false, true]);
  }
});

/** Two a byte, the earlier one in the lower half. */
function nibble(from: Uint8Array, i: number): number {
  return i % 2 === 0 ? from[i / 2]! & 15 : from[(i - 1) / 2]! >> 4;
}
