/**
 * @file Numbers of 8 bits: in blocks, each with a float32 scale, as in T. Dettmers et al., "8-bit
 * Optimizers via Block-wise Quantization" (ICLR 2022). The scale is the block's largest number, so one
 * outlier costs precision in its own block only.
 *
 * A number is then a small float relative to the scale, with 3 bits behind the leading one: half a
 * step is at most 1/16 of it, at whatever size. Signed numbers have 127 sizes, down to 2^-15.75 of the
 * largest, and below a 0; unsigned ones 255, down to 2^-31.75, and a 0 for 0 alone. The paper's own code
 * is finer near the largest and coarser below. For AdamW's second moment that is the wrong way round:
 * in blocks whose gradients differ a hundredfold its steps were off by 57%, with these floats by 23%
 * (simulated; standard deviations from e^-4 to e^4).
 *
 * Where a number is changed by less than half a step each time, as the second moment is, rounding to
 * the nearest leaves it as it was for ever. So it can be rounded by chance to one of its neighbours,
 * the nearer the likelier: right on average (S. Gupta et al., "Deep Learning with Limited Numerical
 * Precision", 2015). Known weak points: signed numbers below 2^-16 of their block's largest are lost;
 * unsigned ones below 2^-32 come back larger.
 */
import { MOMENT_BLOCK } from '#base';

export interface BlockFloats {
  readonly codes: Uint8Array;
  readonly scales: Float32Array;
}

export interface FloatFormat {
  /** code -> number, relative to the scale */
  readonly values: Float64Array;
  readonly signed: boolean;
  /** what a code's bits lack to be the upper bits of its float32 */
  readonly offset: number;
}

/** Bits of a float32 behind those that a code keeps. */
const DROPPED = 20;
const HALF = 1 << (DROPPED - 1);

/** One float32 and its bits. */
const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

float[0] = 1;
/** Its upper bits stand for the largest number, in either format. */
const ONE = (bits[0] ?? 0) >>> DROPPED;

export const SIGNED = formatOf(true);
export const UNSIGNED = formatOf(false);

export function createBlockFloats(count: number): BlockFloats {
  return {
    codes: new Uint8Array(count),
    scales: new Float32Array(Math.ceil(count / MOMENT_BLOCK)),
  };
}

/**
 * Stores the first `count` of `numbers` as block number `block`.
 *
 * @param chance 0: to the nearest; else 32 bits that begin a series by which numbers are rounded
 */
export function encodeBlock(
  { codes, scales }: BlockFloats,
  block: number,
  { signed, offset }: FloatFormat,
  numbers: Float32Array,
  count: number,
  chance: number,
): void {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const size = Math.abs(numbers[i] ?? 0);
    if (size > largest) largest = size;
  }
  scales[block] = largest;
  const perLargest = 1 / largest; // at most 2^149, of the smallest float32
  const start = block * MOMENT_BLOCK;
  const smallest = signed ? 0 : 1;
  let series = chance;
  for (let i = 0; i < count; i++) {
    const number = numbers[i] ?? 0;
    let code = 0;
    if (number !== 0) {
      float[0] = Math.abs(number) * perLargest;
      let rounding = HALF;
      if (chance !== 0) {
        // xorshift32 (Marsaglia 2003)
        series ^= series << 13;
        series ^= series >>> 17;
        series ^= series << 5;
        rounding = series >>> (32 - DROPPED);
      }
      code = (((bits[0] ?? 0) + rounding) >>> DROPPED) - offset;
      if (code < smallest) code = smallest;
      if (number < 0 && code > 0) code |= 0x80;
    }
    codes[start + i] = code;
  }
}

/** All blocks of `numbers`, each to the nearest. */
export function encodeAll(blocks: BlockFloats, format: FloatFormat, numbers: Float32Array): void {
  for (let block = 0; block < blocks.scales.length; block++) {
    const start = block * MOMENT_BLOCK;
    const part = numbers.subarray(start, start + MOMENT_BLOCK);
    encodeBlock(blocks, block, format, part, part.length, 0);
  }
}

export function decodeAll(
  { codes, scales }: BlockFloats,
  { values }: FloatFormat,
  numbers: Float32Array,
): void {
  for (let i = 0; i < numbers.length; i++)
    numbers[i] = (values[codes[i] ?? 0] ?? 0) * (scales[Math.floor(i / MOMENT_BLOCK)] ?? 0);
}

function formatOf(signed: boolean): FloatFormat {
  const sizes = signed ? 128 : 256;
  const offset = ONE - (sizes - 1);
  const values = new Float64Array(256);
  for (let code = 1; code < sizes; code++) {
    bits[0] = (code + offset) << DROPPED;
    values[code] = float[0] ?? 0;
    if (signed) values[code | 0x80] = -(float[0] ?? 0);
  }
  return { values, signed, offset };
}
