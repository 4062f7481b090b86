/**
 * @file How the numbers of a weight are stored, and what it takes to compute with them. Whoever writes
 * weights (weights/), computes with them (onnx/) or predicts the memory of that (plan/) reads it here.
 *
 * Products are computed in float32. A weight of fewer bits is made float32 for one product at a time,
 * and a large one in slices of its rows, each gone before the next is made: a head of 32,128 x 512
 * would take 63 MiB as a whole.
 */

/**
 * - `i8`: integers from -127 to 127, times a float32 scale for each row.
 * - `u4`: integers from 0 to 15, two a byte, less a zero point, times a float32 scale; both for each
 *   block of 32 numbers of a row.
 */
export type WeightStorage = 'f32' | 'f16' | 'bf16' | 'i8' | 'u4';

/** Numbers that share a scale and a zero point in `u4`. */
export const BLOCK = 32;

/** A float32 copy of weights is at most so large, unless one row alone is larger. */
export const FLOAT_SLICE_BYTES = 4 * 2 ** 20;

const FLOAT_BYTES = 4;
const BITS = { f32: 32, f16: 16, bf16: 16, i8: 8, u4: 4 } as const satisfies Record<
  WeightStorage,
  number
>;

/** Whether a tensor can be stored so: integers for matrices, 4-bit ones where no byte has to be shared. */
export function canStore(shape: readonly number[], storage: WeightStorage): boolean {
  const width = shape.at(-1) ?? 1;
  if (storage === 'u4') return shape.length === 2 && width > 0 && width % (2 * BLOCK) === 0;
  return storage !== 'i8' || shape.length === 2;
}

/** Bytes in the file, scales and zero points included. */
export function storedBytes(shape: readonly number[], storage: WeightStorage): number {
  const count = shape.reduce((product, length) => product * length, 1);
  const numbers = (count * BITS[storage]) / 8;
  if (storage === 'i8') return numbers + (shape[0] ?? 1) * FLOAT_BYTES;
  if (storage === 'u4') return numbers + (count / BLOCK) * (FLOAT_BYTES + 0.5);
  return numbers;
}

/** Rows of a matrix that are made float32 together. */
export interface RowSlice {
  readonly start: number;
  readonly rows: number;
}

/** The slices in which a product takes the matrix, as equal as can be; one where nothing is converted. */
export function weightSlices(shape: readonly number[], storage: WeightStorage): RowSlice[] {
  const [height = 1, width = 1] = shape;
  const most = Math.max(1, Math.floor(FLOAT_SLICE_BYTES / (width * FLOAT_BYTES)));
  const count = storage === 'f32' ? 1 : Math.max(1, Math.ceil(height / most));
  const cut = (i: number) => Math.round((i * height) / count);
  return Array.from({ length: count }, (_, i) => ({ start: cut(i), rows: cut(i + 1) - cut(i) }));
}
