/**
 * @file All of the project's chance: numbers that depend on their keys alone, never on what ran before.
 *
 * A number is named by (seed, stream, counters...). So a resumed run, another micro-batch or another
 * order of evaluation draws the same numbers, and nothing but the keys needs to be stored.
 *
 * The keys are absorbed one by one into 64 bits of state with `lowbias32`, a mixer of Chris
 * Wellons' hash-prospector (https://github.com/skeeto/hash-prospector, public domain): an
 * invertible function of 32 bits, searched for so that each flipped input bit flips every output
 * bit about half the time. Known weak points: the outputs have 32 bits, so `uniform` has steps of
 * 2^-32, and nothing here is fit for secrets.
 */

/** Which use a number is for. Two uses of one seed never share a stream; add yours here. */
export const STREAM = {
  heldOut: 1,
  order: 2,
  dropout: 3,
  initialValues: 4,
  sampling: 5,
  exampleData: 6,
  baseText: 7,
  rounding: 8,
} as const;

/** An integer of 32 bits (0 to 2^32-1) that depends on every key and on their order. */
export function hash32(...keys: readonly number[]): number {
  return stream(...keys.slice(0, -1))(keys.at(-1) ?? 0);
}

/**
 * `stream(a, b)(i)` is `hash32(a, b, i)`, with the work for `a` and `b` done once.
 * Keys are safe integers, negative ones too; the counter is one from 0 to 2^32-1.
 */
export function stream(...keys: readonly number[]): (counter: number) => number {
  let a = 0x9e3779b9; // 2^32 over the golden ratio: any constants do, as long as they stay
  let b = 0x85ebca6b;
  for (const key of keys) {
    if (!Number.isSafeInteger(key)) throw new Error(`internal: random key ${key} is no integer`);
    a = lowbias32((a ^ key) + b);
    b = lowbias32((b ^ Math.floor(key / 2 ** 32)) + a);
  }
  return (counter) => lowbias32(lowbias32(counter ^ a) ^ b);
}

/** A number of [0, 1), a multiple of 2^-32. */
export function uniform(...keys: readonly number[]): number {
  return hash32(...keys) / 2 ** 32;
}

/** A number of the standard normal distribution, by Box and Muller (1958). At most 6.8 from 0. */
export function normal(...keys: readonly number[]): number {
  const draw = stream(...keys);
  const radius = Math.sqrt(-2 * Math.log((draw(0) + 0.5) / 2 ** 32)); // never log(0)
  return radius * Math.cos((2 * Math.PI * draw(1)) / 2 ** 32);
}

/** A bijection of 32 bits; source and quality: see the top of the file. */
export function lowbias32(word: number): number {
  let x = word;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}
