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
  const { name: tensor, file, dtype } = location;
  const decode = DECODERS[dtype];
  if (!decode) fail('TENSOR_NOT_FLOAT', { file, tensor, got: dtype });
  const size = DTYPE_BYTES[dtype];
  const result = new Float32Array(location.length / size);
  if (dtype === 'F32') {
    readAt(location, 0, new Uint8Array(result.buffer));
    return result;
  }
  const buffer = new Uint8Array(Math.min(CHUNK_ELEMENTS, result.length) * size);
  for (let start = 0; start < result.length; start += CHUNK_ELEMENTS) {
    const part = result.subarray(start, start + CHUNK_ELEMENTS);
    const bytes = buffer.subarray(0, part.length * size);
    readAt(location, start * size, bytes);
    decode(bytes, part);
  }
  return result;
}

/** A tensor's bytes as they stand in the file, of any type. */
export function readTensorBytes(location: TensorLocation): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(location.length);
  readAt(location, 0, bytes);
  return bytes;
}

function readAt(location: TensorLocation, from: number, bytes: Uint8Array): void {
  const { file, offset, length } = location;
  const fd = openToRead(file);
  try {
    // The header was checked against the file's size, but the file may have changed since.
    if (readFully(fd, file, bytes, offset + from) < bytes.length) {
      fail('SAFETENSORS_TRUNCATED', { file, expected: offset + length, got: fstatSync(fd).size });
    }
  } finally {
    closeSync(fd);
  }
}
