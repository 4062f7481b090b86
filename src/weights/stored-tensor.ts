/**
 * @file A tensor as it is computed with: where its numbers lie, how they are stored, and which storage a
 * plan's precision asks for.
 */
import { canStore, type WeightStorage } from '#base';
import type { Plan } from '#protocol';
import type { TensorLocation } from './safetensors-header.ts';

/** `shape` is that of the numbers, also where two of them share a byte. */
export interface StoredTensor extends TensorLocation {
  /** float32: of each row of int8, of each block of 4-bit integers */
  readonly scales?: TensorLocation;
  /** 4 bits for each block of 4-bit integers */
  readonly zeroPoints?: TensorLocation;
}

const STORAGE: Readonly<Record<string, WeightStorage | undefined>> = {
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
};

/** Null for a type that nothing is computed with. */
export function storageOf({ dtype, scales, zeroPoints }: StoredTensor): WeightStorage | null {
  if (dtype === 'I8' && scales) return 'i8';
  if (dtype === 'U8' && scales && zeroPoints) return 'u4';
  return STORAGE[dtype] ?? null;
}

/**
 * How a tensor is to be stored. `isMatrix`: it is the weight of a linear layer or an embedding; all others
 * (norms, tables of relative positions) stay as they are, and so does a matrix whose rows int4's blocks
 * do not fill: it gets int8.
 */
export function storageUnder(
  precision: Plan['precision'],
  tensor: { readonly dtype: string; readonly shape: readonly number[] },
  isMatrix: boolean,
): WeightStorage {
  const own = STORAGE[tensor.dtype] ?? 'f32';
  if (!isMatrix || precision === 'stored') return own;
  if (precision === 'fp32') return 'f32';
  // The other 16-bit type would cost accuracy and save nothing.
  if (precision === 'bf16') return own === 'f16' ? 'f16' : 'bf16';
  return precision === 'int4' && canStore(tensor.shape, 'u4') ? 'u4' : 'i8';
}
