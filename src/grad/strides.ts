/** @file Where the elements of row-major tensors are: strides, offsets, stretching. For the interpreter. */
import type { Tensor64 } from './tensor.ts';

export function count(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** How far apart neighbours along each axis are. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => count(shape.slice(axis + 1)));
}

/** For each element of `shape`, in order: start + the sum over the axes of coordinate x stride. */
export function offsets(
  shape: readonly number[],
  strides: readonly number[],
  start = 0,
): Int32Array {
  let found = Int32Array.of(start);
  for (const [axis, length] of shape.entries()) {
    const stride = strides[axis]!;
    const next = new Int32Array(found.length * length);
    for (const [i, base] of found.entries()) {
      for (let k = 0; k < length; k++) next[i * length + k] = base + k * stride;
    }
    found = next;
  }
  return found;
}

export function pick(data: Float64Array, indices: Int32Array): Float64Array {
  return Float64Array.from(indices, (index) => data[index]!);
}

/** x broadcast to a shape. */
export function stretch(x: Tensor64, shape: readonly number[]): Float64Array {
  if (x.shape.join() === shape.join()) return x.data;
  const missing = shape.length - x.shape.length;
  const own = stridesOf(x.shape);
  const strides = shape.map((_, axis) =>
    (x.shape[axis - missing] ?? 1) === 1 ? 0 : own[axis - missing]!,
  );
  return pick(x.data, offsets(shape, strides));
}

/** The tensor cut along its last axis. */
export function rowsOf({ shape, data }: Tensor64): Float64Array[] {
  const length = shape.at(-1)!;
  return Array.from({ length: count(shape.slice(0, -1)) }, (_, row) =>
    data.subarray(row * length, (row + 1) * length),
  );
}
