/** @file Which weights stay in their files, mapped, and which are fed at each run because they change. */
import type { WeightStorage } from '#base';
import type { WeightLocation } from '#onnx';
import { storageOf, type StoredTensor } from '#weights';
import type { Parameters } from '#models';

/** Where a session finds a weight: fed if it is a parameter, otherwise in the base's files. */
export function bindWeights(
  base: ReadonlyMap<string, StoredTensor>,
  parameters: Parameters,
): (name: string) => WeightLocation | 'fed' {
  return (name) => {
    if (parameters.has(name)) return 'fed';
    const tensor = base.get(name);
    const storage = tensor ? storageOf(tensor) : null;
    if (!tensor || !storage) {
      throw new Error(`internal: weight '${name}' is neither a parameter nor in the base's files`);
    }
    return { ...tensor, storage };
  };
}

/** The same, as far as the planner asks: how a weight is stored where it is used. */
export function storagesOf(
  base: ReadonlyMap<string, StoredTensor>,
  parameters: Parameters,
): (name: string) => WeightStorage {
  return (name) => {
    const tensor = parameters.has(name) ? undefined : base.get(name);
    return (tensor && storageOf(tensor)) ?? 'f32';
  };
}
