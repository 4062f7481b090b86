/** @file Reading one tensor at its offset; nothing else of the file is touched. */
import { closeSync, fstatSync } from 'node:fs';
import { fail } from '#base';
import { DECODERS, DTYPE_BYTES } from './dtypes.ts';
import { openToRead, readFully } from './read-json.ts';
import type { TensorLocation } from './safetensors-header.ts';

/** Elements converted at a time: enough to make the reads few, little beside the tensor. */
const CHUNK_ELEMENTS = 256 * 1024;

/**
 * A floating point tensor as f32, row by row. F32 is read straight into the result, the other types
 * in pieces, so that the peak is the result and 2 MiB at the most. F64 is rounded.
 *
 * @throws PlimsollError TENSOR_NOT_FLOAT, SAFETENSORS_TRUNCATED, MODEL_FILE_UNREADABLE
 */
export function readTensor(location: TensorLocation): Float32Array<ArrayBuffer> {
  const result = new Float32Array(elementsOf(location));
  withReader(location, (read) => read(0, result));
  return result;
}

/** Puts the elements from `start` on into `to` and fills it, as f32. */
export type ReadFloats = (start: number, to: Float32Array) => void;

/**
 * Opens the tensor's file for `use`, for reading it piece by piece. The reader keeps 1 MiB at most,
 * whatever it reads.
 *
 * @throws PlimsollError as readTensor does
 */
export function withReader<T>(location: TensorLocation, use: (read: ReadFloats) => T): T {
  const { name: tensor, file, dtype } = location;
  const decode = DECODERS[dtype];
  if (!decode) return fail('TENSOR_NOT_FLOAT', { file, tensor, got: dtype });
  return withTensorFile(location, (readAt) => {
    if (dtype === 'F32') {
      return use((start, to) => {
        readAt(start * 4, new Uint8Array(to.buffer, to.byteOffset, to.byteLength));
      });
    }
    const size = DTYPE_BYTES[dtype];
    const buffer = new Uint8Array(Math.min(CHUNK_ELEMENTS, elementsOf(location)) * size);
    return use((start, to) => {
      for (let done = 0; done < to.length; done += CHUNK_ELEMENTS) {
        const part = to.subarray(done, done + CHUNK_ELEMENTS);
        const bytes = buffer.subarray(0, part.length * size);
        readAt((start + done) * size, bytes);
        decode(bytes, part);
      }
    });
  });
}

/** A tensor's bytes as they stand in the file, of any type. */
export function readTensorBytes(location: TensorLocation): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(location.length);
  withTensorFile(location, (readAt) => readAt(0, bytes));
  return bytes;
}

/** Fills `bytes` from the byte `from` of the tensor on. */
type ReadBytes = (from: number, bytes: Uint8Array) => void;

/** Opens the tensor's file for `use`. */
export function withTensorFile<T>(
  { file, offset, length }: TensorLocation,
  use: (readAt: ReadBytes) => T,
): T {
  const fd = openToRead(file);
  try {
    return use((from, bytes) => {
      // The header was checked against the file's size, but the file may have changed since.
      if (readFully(fd, file, bytes, offset + from) < bytes.length) {
        fail('SAFETENSORS_TRUNCATED', { file, expected: offset + length, got: fstatSync(fd).size });
      }
    });
  } finally {
    closeSync(fd);
  }
}

function elementsOf({ length, dtype }: TensorLocation): number {
  return length / DTYPE_BYTES[dtype];
}
