/** @file Tensors at the border to ONNX Runtime: handed over without copies, checked before. */
import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { DType, Tensor } from '#grad';

const ARRAY = { f32: Float32Array, i32: Int32Array, bool: Uint8Array } as const;
const ORT_TYPE = { f32: 'float32', i32: 'int32', bool: 'bool' } as const;

/** A tensor as ONNX Runtime takes it, over the same memory. */
export function toOrt({ dtype, shape, data }: Tensor): OrtTensor {
  return new OrtTensor(ORT_TYPE[dtype], data, [...shape]);
}

export function emptyTensor(dtype: DType, shape: readonly number[]): Tensor {
  return { dtype, shape, data: new ARRAY[dtype](elements(shape)) };
}

/**
 * Throws unless the tensor has this dtype and exactly this shape, and its array agrees with both:
 * ONNX Runtime would read or write past the end of an array that is too short.
 */
export function checkTensor(
  what: string,
  tensor: Tensor,
  dtype: DType,
  shape: readonly number[],
): void {
  const expected = `${dtype}[${shape.join()}]`;
  const got = `${tensor.dtype}[${tensor.shape.join()}]`;
  if (got !== expected) throw new Error(`internal: ${what}: expected ${expected}, got ${got}`);
  const { data } = tensor;
  if (!(data instanceof ARRAY[dtype]) || data.length !== elements(shape)) {
    throw new Error(
      `internal: ${what}: expected ${ARRAY[dtype].name}(${elements(shape)}) for ${expected}, got ${data.constructor.name}(${data.length})`,
    );
  }
}

function elements(shape: readonly number[]): number {
  return shape.reduce((count, length) => count * length, 1);
}
