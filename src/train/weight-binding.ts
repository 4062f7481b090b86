/** @file Which weights stay in their files, mapped, and which are fed at each run because they change. */
import type { WeightLocation } from '#onnx';
import type { TensorLocation } from '#weights';
import type { Parameters } from '#models';

/** Where a session finds a weight: fed if it is a parameter, otherwise in the base's files. */
export function bindWeights(
  base: ReadonlyMap<string, TensorLocation>,
  parameters: Parameters,
): (name: string) => WeightLocation | 'fed' {
  return (name) => {
    if (parameters.has(name)) return 'fed';
    const location = base.get(name);
    const storage = STORAGE[location?.dtype ?? ''];
    if (!location || !storage) {
      throw new Error(`internal: weight '${name}' is neither a parameter nor in the base's files`);
    }
    return { ...location, storage };
  };
}

const STORAGE: Readonly<Record<string, WeightLocation['storage'] | undefined>> = {
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
};
