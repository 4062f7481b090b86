/**
 * @file How the optimizer's moments are stored, of which each trained number has two. Whoever keeps
 * them (train/) or predicts their memory (plan/) reads it here.
 */

/** `8bit`: a byte a number, and a float32 for each block. */
export type MomentStorage = 'fp32' | '8bit';

/** Numbers that share a scale: as many as the tools of Dettmers et al. take, and a divisor of most rows. */
export const MOMENT_BLOCK = 256;

/** Smaller tensors stay in float32: there is nothing to save in them (Dettmers et al. 2022 do the same). */
const SMALLEST = 4096;

const FLOAT_BYTES = 4;

/** How the moments of a tensor of so many numbers are stored, where `wanted` is asked for. */
export function momentStorageOf(count: number, wanted: MomentStorage): MomentStorage {
  return count < SMALLEST ? 'fp32' : wanted;
}

/** Bytes of one moment of such a tensor. */
export function momentBytes(count: number, wanted: MomentStorage): number {
  return momentStorageOf(count, wanted) === 'fp32'
    ? count * FLOAT_BYTES
    : count + Math.ceil(count / MOMENT_BLOCK) * FLOAT_BYTES;
}
