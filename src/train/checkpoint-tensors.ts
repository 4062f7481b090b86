/** @file The tensors of a checkpoint: their names, whether a file has just those, and what is in them. */
import { fail, type MomentStorage } from '#base';
import type { TensorLocation } from '#weights';
import { bytesOf, readInto } from './checkpoint-digest.ts';
import {
  loadMoment,
  MOMENTS,
  momentEntries,
  momentHeads,
  momentOf,
  storedAs,
  type TensorEntry,
  type TensorHead,
} from './checkpoint-moments.ts';
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

type Locations = ReadonlyMap<string, TensorLocation>;

/** Each array under the name that it has in the file. */
export function tensorEntries({ parameters, optimizer }: CheckpointTensors): TensorEntry[] {
  return [...parameters].flatMap(([name, { shape, data }]) => [
    { ...parameterHead(name, shape), data },
    ...(optimizer
      ? MOMENTS.flatMap((key) => momentEntries(key, name, shape, momentOf(optimizer, key, name)))
      : []),
  ]);
}

/**
 * Whether the file has just these tensors; moments may be stored in either way.
 *
 * @throws PlimsollError CHECKPOINT_OTHER_MODEL unless names, types and shapes are the same
 */
export function checkTensors(
  file: string,
  { parameters, optimizer }: CheckpointTensors,
  locations: Locations,
): void {
  const differ = (tensor: string, expected: string, got: string): never =>
    fail('CHECKPOINT_OTHER_MODEL', { file, tensor, expected, got });
  const unused = new Set(locations.keys());
  const heads = [...parameters].flatMap(([name, { shape }]) => [
    parameterHead(name, shape),
    ...(optimizer ? MOMENTS : []).flatMap((key) =>
      momentHeads(key, name, shape, storedAs(locations, key, name)),
    ),
  ]);
  for (const { name, dtype, shape } of heads) {
    const found = locations.get(name);
    const expected = `${dtype} [${shape.join(', ')}]`;
    const got = found ? `${found.dtype} [${found.shape.join(', ')}]` : 'nothing';
    if (got !== expected) differ(name, expected, got);
    unused.delete(name);
  }
  for (const name of unused) differ(name, 'absent', 'a tensor');
}

/** Fills the arrays from the open file `fd`. Returns what moments were converted from; null: none were. */
export function readTensors(
  fd: number,
  { parameters, optimizer }: CheckpointTensors,
  locations: Locations,
): MomentStorage | null {
  const read = ({ name, data }: TensorEntry) =>
    readInto(fd, locations.get(name)?.offset ?? 0, bytesOf(data));
  let converted: MomentStorage | null = null;
  for (const [name, { shape, data }] of parameters) {
    read({ ...parameterHead(name, shape), data });
    if (!optimizer) continue;
    for (const key of MOMENTS) {
      const storage = storedAs(locations, key, name);
      const moment = momentOf(optimizer, key, name);
      if (loadMoment(key, name, shape, moment, storage, read)) converted = storage;
    }
  }
  return converted;
}

function parameterHead(name: string, shape: readonly number[]): TensorHead {
  return { name: `param.${name}`, dtype: 'F32', shape };
}
