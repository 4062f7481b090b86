/**
 * @file Weights as integers, as ONNX's QuantizeLinear makes them: the quotient of number and scale in
 * float32, rounded to the nearest integer, ties to the even one.
 *
 * A number that is not finite makes its row or block so too, and shows in the loss as it would have.
 */
import { BLOCK } from '#base';

/** The largest integer of symmetric int8: -128 would have no counterpart. */
const MOST_I8 = 127;
const MOST_U4 = 15;

/** Rows of `width` numbers to integers from -127 to 127 and a scale for each row. */
export function quantizeRows(
  values: Float32Array,
  width: number,
  to: { readonly numbers: Int8Array; readonly scales: Float32Array },
): void {
  for (let begin = 0, row = 0; begin < values.length; begin += width, row++) {
    const end = begin + width;
    let most = 0;
    for (let i = begin; i < end; i++) most = Math.max(most, Math.abs(values[i]!));
    const scale = Math.fround(most / MOST_I8);
    to.scales[row] = scale;
    for (let i = begin; i < end; i++) {
      to.numbers[i] = clamped(quotient(values[i]!, scale), -MOST_I8, MOST_I8);
    }
  }
}

/**
 * Blocks of 32 numbers to integers from 0 to 15, with a scale and a zero point for each. Two integers
 * a byte, the earlier one in the lower half; so the zero points of two blocks, which must be even in
 * number.
 */
export function quantizeBlocks(
  values: Float32Array,
  to: {
    readonly numbers: Uint8Array;
    readonly scales: Float32Array;
    readonly zeroPoints: Uint8Array;
  },
): void {
  const integers = new Uint8Array(BLOCK);
  const zeros = new Uint8Array(2);
  for (let begin = 0, block = 0; begin < values.length; begin += BLOCK, block++) {
    const { scale, zero } = rangeOf(values, begin);
    to.scales[block] = scale;
    zeros[block % 2] = zero;
    if (block % 2 === 1) pack(zeros, to.zeroPoints, block >> 1);
    for (let i = 0; i < BLOCK; i++) {
      integers[i] = clamped(quotient(values[begin + i]!, scale) + zero, 0, MOST_U4);
    }
    pack(integers, to.numbers, begin / 2);
  }
}

/** From the block's smallest number to its largest, zero among them: zero stays exactly zero. */
function rangeOf(values: Float32Array, begin: number): { scale: number; zero: number } {
  let low = 0;
  let high = 0;
  for (let i = begin; i < begin + BLOCK; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  const scale = Math.fround((high - low) / MOST_U4);
  return { scale, zero: clamped(-quotient(low, scale), 0, MOST_U4) };
}

function pack(integers: Uint8Array, to: Uint8Array, begin: number): void {
  for (let i = 0; i < integers.length; i += 2) {
    to[begin + i / 2] = integers[i]! | (integers[i + 1]! << 4);
  }
}

/** Adding this moves the point behind the last bit of a double, which rounds as the processor does. */
const ROUNDING = 1.5 * 2 ** 52;

/** 0 for a row or block of zeros, whose scale is 0. */
function quotient(value: number, scale: number): number {
  return scale === 0 ? 0 : Math.fround(value / scale) + ROUNDING - ROUNDING;
}

function clamped(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
