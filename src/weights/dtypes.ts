/** @file The number types of safetensors files: their sizes, their order, and how to make f32 of them. */
import { decodeBf16, decodeF16 } from './half-floats.ts';

/**
 * Bytes per element. The order is that of the reference implementation's type list: it writes
 * tensors of later types first, so that each stands aligned, and the same bytes need the same order.
 * Types of less than a byte (F4, F6) are not read: no model that can be trained has them.
 */
export const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  C64: 8,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

export type TensorDType = keyof typeof DTYPE_BYTES;

const ORDER: readonly string[] = Object.keys(DTYPE_BYTES);

export function isTensorDType(name: unknown): name is TensorDType {
  return typeof name === 'string' && ORDER.includes(name);
}

/** Later means written earlier. */
export function rankOf(dtype: TensorDType): number {
  return ORDER.indexOf(dtype);
}

type Decode = (bytes: Uint8Array, to: Float32Array) => void;

/**
 * Little-endian bytes -> f32. The bytes begin at an offset of their buffer that their type can view.
 * (Node runs on little-endian machines only, so bytes are viewed, not swapped.)
 */
export const DECODERS: Readonly<Partial<Record<TensorDType, Decode>>> = {
  F32: (bytes, to) => to.set(new Float32Array(bytes.buffer, bytes.byteOffset, to.length)),
  F64: (bytes, to) => to.set(new Float64Array(bytes.buffer, bytes.byteOffset, to.length)),
  F16: (bytes, to) => decodeF16(new Uint16Array(bytes.buffer, bytes.byteOffset, to.length), to),
  BF16: (bytes, to) => decodeBf16(new Uint16Array(bytes.buffer, bytes.byteOffset, to.length), to),
};
