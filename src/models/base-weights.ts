/** @file A model's tensors in its files: each found, under its name or an alias, and checked. */
import { fail } from '#base';
import type { ModelFiles, TensorLocation } from '#weights';
import type { Model } from './model.ts';

const COMPUTABLE = ['F32', 'F16', 'BF16'];

/**
 * Where each tensor of the model lies.
 *
 * @throws PlimsollError MODEL_TENSOR_MISSING or MODEL_TENSOR_MISSHAPEN, before anything is read
 */
export function locateTensors(
  model: Model,
  files: Pick<ModelFiles, 'folder' | 'tensors'>,
): ReadonlyMap<string, TensorLocation> {
  const located = new Map<string, TensorLocation>();
  for (const [tensor, { shape }] of model.tensors) {
    const name = [tensor, ...(model.aliases[tensor] ?? [])].find((n) => files.tensors.has(n));
    const location = name === undefined ? undefined : files.tensors.get(name);
    if (!location) {
      return fail('MODEL_TENSOR_MISSING', {
        folder: files.folder,
        tensor,
        found: files.tensors.size,
      });
    }
    const expected = `[${shape.join(', ')}] of ${COMPUTABLE.join(', ')}`;
    const got = `[${location.shape.join(', ')}] of ${location.dtype}`;
    const sameShape = String(location.shape) === String(shape);
    if (!sameShape || !COMPUTABLE.includes(location.dtype)) {
      fail('MODEL_TENSOR_MISSHAPEN', { file: location.file, tensor, expected, got });
    }
    located.set(tensor, location);
  }
  return located;
}

/** Whether it is the weight of a linear layer or an embedding: what may be stored in fewer bits. */
export function isMatrix(model: Model, tensor: string): boolean {
  return model.tensors.get(tensor)?.linear === true || tensor === model.embedding;
}
