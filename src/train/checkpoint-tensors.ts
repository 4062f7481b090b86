/** @file The tensors of a checkpoint: their names, and whether a file has just those. */
import { fail } from '#base';
import type { TensorLocation } from '#weights';
import type { AdamWState } from './optimizer.ts';

/** What a checkpoint holds; loading fills these very arrays. */
export interface CheckpointTensors {
  readonly parameters: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly data: Float32Array }
  >;
  /** null: the parameters alone, as for the best state of a run with early stopping */
  readonly optimizer: AdamWState | null;
}

export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Each array under the name that it has in the file. */
export function tensorEntries({ parameters, optimizer }: CheckpointTensors): TensorEntry[] {
  return [...parameters].flatMap(([name, { shape, data }]) => {
    const entries = [{ name: `param.${name}`, shape, data }];
    if (!optimizer) return entries;
    const [m, v] = [optimizer.m.get(name), optimizer.v.get(name)];
    if (!m || !v) throw new Error(`internal: AdamW does not know '${name}'`);
    entries.push({ name: `adam.m.${name}`, shape, data: m });
    entries.push({ name: `adam.v.${name}`, shape, data: v });
    return entries;
  });
}

/** @throws PlimsollError CHECKPOINT_OTHER_MODEL unless names, types and shapes are the same */
export function checkTensors(
  file: string,
  entries: readonly TensorEntry[],
  locations: ReadonlyMap<string, TensorLocation>,
): void {
  const differ = (tensor: string, expected: string, got: string): never =>
    fail('CHECKPOINT_OTHER_MODEL', { file, tensor, expected, got });
  const unused = new Set(locations.keys());
  for (const { name, shape } of entries) {
    const found = locations.get(name);
    const expected = `F32 [${shape.join(', ')}]`;
    const got = found ? `${found.dtype} [${found.shape.join(', ')}]` : 'nothing';
    if (got !== expected) differ(name, expected, got);
    unused.delete(name);
  }
  for (const name of unused) differ(name, 'absent', 'a tensor');
}
