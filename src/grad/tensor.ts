/** @file Values with numbers in them: what runs take and give. Row-major, no strides. */

export type DType = 'f32' | 'i32' | 'bool';

/** What a session takes and gives; a bool is a byte, 0 or 1. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** The numbers of a tensor that is known to hold floats. */
export function floats({ dtype, data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new Error(`internal: expected a tensor of f32, got ${dtype}`);
}

/** The interpreter's tensors: float64 whatever the dtype, so that a difference seen is the graph's own. */
export interface Tensor64 {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}
