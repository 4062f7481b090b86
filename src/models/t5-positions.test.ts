/** @file T5's buckets against a formula without logarithms, in whole numbers of any size. */
import { expect, test } from 'vitest';
import { type BucketOptions, relativeBuckets } from './t5-positions.ts';

const FAR = 400;
const ENCODER = { buckets: 32, maxDistance: 128, bidirectional: true };
const DECODER = { ...ENCODER, bidirectional: false };

test.each([
  ['the encoder of the published models', ENCODER],
  ['the decoder of the published models', DECODER],
  ['few buckets, both ways', { buckets: 8, maxDistance: 20, bidirectional: true }],
  ['few buckets, one way', { buckets: 8, maxDistance: 20, bidirectional: false }],
  ['an odd number of buckets, both ways', { buckets: 13, maxDistance: 50, bidirectional: true }],
  ['an odd number of buckets, one way', { buckets: 13, maxDistance: 50, bidirectional: false }],
])('%s: distances from -400 to 400', (_, options) => {
  const bucketAt = bucketsOf(options);
  const differing = distances().filter((d) => bucketAt(d) !== exactBucket(d, options));
  expect(differing).toEqual([]);
});

test('where each bucket begins', () => {
  expect(starts(ENCODER, 1).join(' ')).toBe('0 1 2 3 4 5 6 7 8 12 16 23 32 46 64 91');
  expect(starts(ENCODER, -1)).toEqual(starts(ENCODER, 1));
  expect(starts(DECODER, -1).join(' ')).toBe(
    '0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 19 21 24 27 31 35 40 46 52 59 67 77 87 99 113',
  );
});

test('what comes later has a bucket of its own in the encoder, and none in the decoder', () => {
  expect(bucketsOf(ENCODER)(3)).toBe(3 + 16);
  expect(bucketsOf(ENCODER)(-3)).toBe(3);
  expect(bucketsOf(DECODER)(3)).toBe(0);
});

test('rows are queries, columns keys; later queries give the last rows of the whole table', () => {
  const whole = relativeBuckets({ from: 0, count: 5 }, 5, DECODER);
  expect([...whole.subarray(10, 15)]).toEqual([2, 1, 0, 0, 0]);
  const last = relativeBuckets({ from: 3, count: 2 }, 5, DECODER);
  expect(last).toEqual(whole.subarray(15));
});

function distances(): number[] {
  return Array.from({ length: 2 * FAR + 1 }, (_, i) => i - FAR);
}

/** From a table of one query in the middle: a distance is the key's position minus the query's. */
function bucketsOf(options: BucketOptions): (distance: number) => number | undefined {
  const table = relativeBuckets({ from: FAR, count: 1 }, 2 * FAR + 1, options);
  return (distance) => table[FAR + distance];
}

/** The distances, going `direction`, at which a new bucket begins. */
function starts(options: BucketOptions, direction: 1 | -1): number[] {
  const bucketAt = bucketsOf(options);
  return Array.from({ length: FAR }, (_, d) => d).filter(
    (d) => d === 0 || bucketAt(direction * d) !== bucketAt(direction * (d - 1)),
  );
}

/**
 * A distance d >= e is in the logarithmic bucket number k (from e on) if d / e >= (max / e)^(k / n),
 * n of them in all: d^n >= e^(n-k) max^k.
 */
function exactBucket(relative: number, options: BucketOptions): number {
  const { bidirectional, maxDistance } = options;
  const buckets = Math.floor(options.buckets / (bidirectional ? 2 : 1));
  const distance = bidirectional ? Math.abs(relative) : Math.max(0, -relative);
  const offset = bidirectional && relative > 0 ? buckets : 0;
  const e = Math.floor(buckets / 2);
  if (distance < e) return offset + distance;
  const n = buckets - e;
  const reached = (k: number) =>
    BigInt(distance) ** BigInt(n) >= BigInt(e) ** BigInt(n - k) * BigInt(maxDistance) ** BigInt(k);
  const steps = Array.from({ length: n - 1 }, (_, i) => i + 1);
  return offset + e + steps.filter(reached).length;
}
