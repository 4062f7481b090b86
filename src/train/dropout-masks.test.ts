/** @file Dropout's masks: what they depend on, what they do not, and how often they let through. */
import { describe, expect, test } from 'vitest';
import { fillDropoutMask, type MaskKeys } from './dropout-masks.ts';

const SITE = 'dropout:encoder.block.0.layer.0@0.5';
const KEYS: MaskKeys = { seed: 42, step: 3, examples: [0] };

describe('the same mask', () => {
  test.each([
    ['a row of a vector', [7], [12]],
    ['of hidden states', [3, 6], [5, 6]],
    ['of attention weights, both lengths padded', [2, 3, 5], [2, 7, 8]],
    ['of attention weights with an odd length', [2, 3, 4], [2, 3, 9]],
  ])('whatever the padding: %s', (_, inner, padded) => {
    const small = maskOf([1, ...inner]);
    const large = maskOf([1, ...padded]);
    for (const at of places(inner)) {
      expect(large[offset(at, padded)], `at ${at.join(',')}`).toBe(small[offset(at, inner)]);
    }
  });

  test('whatever other examples the micro-batch holds, and in which order', () => {
    const whole = maskOf([4, 3, 6], { ...KEYS, examples: [0, 1, 2, 3] });
    const some = maskOf([2, 3, 6], { ...KEYS, examples: [3, 1] });
    expect(some.subarray(0, 18)).toEqual(whole.subarray(54, 72));
    expect(some.subarray(18)).toEqual(whole.subarray(18, 36));
  });

  test('as in every version: a resumed run counts on it', () => {
    const kept = Array.from(maskOf([1, 4, 24]), (x) => (x === 0 ? '.' : '#')).join('');
    expect(kept.match(/.{24}/g)).toMatchInlineSnapshot(`
      [
        "##.##..#.#.#####..##..#.",
        "..#....#.####.#..#....#.",
        "##..##.#.###.....##..#.#",
        "#..###...##.#.#.#.#.##.#",
      ]
    `);
  });
});

test.each<[string, Partial<MaskKeys>, string]>([
  ['seed', { seed: 43 }, SITE],
  ['step', { step: 4 }, SITE],
  ['example', { examples: [1] }, SITE],
  ['site', {}, SITE.replace('layer.0', 'layer.1')],
])('another %s gives another mask, half of it different', (_, changes, site) => {
  const size = [1, 100, 100];
  const one = maskOf(size);
  const other = maskOf(size, { ...KEYS, ...changes }, site);
  const different = part(one, (x, i) => x !== other[i]);
  expect(Math.abs(different - 0.5)).toBeLessThan(0.025); // five standard deviations
});

test('no two rows of a mask are the same', () => {
  const [heads, length, width] = [3, 40, 32];
  const mask = maskOf([2, heads, length, width], { ...KEYS, examples: [0, 1] });
  const rows = Array.from({ length: mask.length / width }, (_, row) =>
    mask.subarray(row * width, (row + 1) * width).join(' '),
  );
  expect(new Set(rows).size).toBe(2 * heads * length);
});

describe.each([0.02, 0.1, 0.3, 0.5, 0.9])('probability %d', (p) => {
  const [rows, width] = [400, 250];
  const mask = maskOf([1, rows, width], KEYS, SITE, p);
  /** five standard deviations of a share of `n` draws */
  const chance = (n: number, share = p) => 5 * Math.sqrt((share * (1 - share)) / n);

  test('an element is 0 or 1 / (1 - p), and the mean is 1', () => {
    const values = new Set(mask);
    expect(values).toEqual(new Set([0, Math.fround(1 / (1 - p))]));
    const mean = mask.reduce((a, b) => a + b, 0) / mask.length;
    expect(Math.abs(mean - 1) * (1 - p)).toBeLessThan(chance(mask.length));
  });

  test('so much is left out, in every column as in all', () => {
    const dropped = new Uint32Array(width);
    mask.forEach((x, i) => (dropped[i % width] = dropped[i % width]! + Number(x === 0)));
    const worst = Math.max(...Array.from(dropped, (n) => Math.abs(n / rows - p)));
    expect(worst).toBeLessThan(chance(rows));
    expect(Math.abs(part(mask, (x) => x === 0) - p)).toBeLessThan(chance(mask.length));
  });

  test('rows lose as many as chance lets them', () => {
    const losses = Array.from({ length: rows }, (_, row) =>
      part(mask.subarray(row * width, (row + 1) * width), (x) => x === 0),
    );
    const variance = losses.reduce((sum, share) => sum + (share - p) ** 2, 0) / rows;
    // Of a variance over n rows, the standard deviation is about sqrt(2 / n) of it.
    const ratio = variance / ((p * (1 - p)) / width);
    expect(Math.abs(ratio - 1)).toBeLessThan(5 * Math.sqrt(2 / rows));
  });

  test('elements are left out independently: neighbours, of one sequence, in one column', () => {
    for (const distance of [1, 2, 3, 4, 8, 12, 16, 32, 48, width, width + 1]) {
      const pairs = mask.subarray(distance);
      const both = part(pairs, (x, i) => x === 0 && mask[i] === 0);
      expect(Math.abs(both - p * p), `distance ${distance}`).toBeLessThan(
        chance(pairs.length, p * p),
      );
    }
  });
});

test('as many rows as examples, or it is our bug', () => {
  expect(() => maskOf([2, 3])).toThrow(/^internal: mask .* has 2 rows for 1 examples/);
});

function maskOf(
  shape: readonly number[],
  keys: MaskKeys = KEYS,
  site: string = SITE,
  probability = 0.5,
): Float32Array {
  const mask = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(Number.NaN);
  fillDropoutMask(mask, shape, site, probability, keys);
  return mask;
}

function part(mask: Float32Array, fits: (x: number, i: number) => boolean): number {
  return mask.filter(fits).length / mask.length;
}

/** Coordinates of every element of a shape. */
function places(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, length) => found.flatMap((at) => Array.from({ length }, (_, i) => [...at, i])),
    [[]],
  );
}

function offset(at: readonly number[], shape: readonly number[]): number {
  return at.reduce((sum, place, axis) => sum * (shape[axis] ?? 1) + place, 0);
}
