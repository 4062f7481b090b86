/**
 * @file AdamW's moments as tensors of a checkpoint: one tensor in float32; in 8 bits the codes and
 * their scales. What one plan stored, another loads, in its own way.
 */
import { MOMENT_BLOCK, type MomentStorage } from '#base';
import type { TensorToWrite } from '#weights';
import { createBlockFloats, decodeAll, encodeAll, SIGNED, UNSIGNED } from './block-floats.ts';
import type { AdamWState, Moment } from './optimizer.ts';

export type TensorHead = Omit<TensorToWrite, 'data'>;
export type CheckpointData = Float32Array | Uint8Array;
export interface TensorEntry extends TensorHead {
  readonly data: CheckpointData;
}

const FORMATS = { m: SIGNED, v: UNSIGNED } as const;
export type MomentKey = keyof typeof FORMATS;
export const MOMENTS: readonly MomentKey[] = ['m', 'v'];

export function momentOf(optimizer: AdamWState, key: MomentKey, name: string): Moment {
  const moment = optimizer[key].get(name);
  if (!moment) throw new Error(`internal: AdamW does not know '${name}'`);
  return moment;
}

/** The tensors that stand for a moment of `shape`. */
export function momentHeads(
  key: MomentKey,
  name: string,
  shape: readonly number[],
  storage: MomentStorage,
): TensorHead[] {
  if (storage === 'fp32') return [{ name: `adam.${key}.${name}`, dtype: 'F32', shape }];
  const count = shape.reduce((product, length) => product * length, 1);
  const scales = [Math.ceil(count / MOMENT_BLOCK)];
  return [
    { name: codesName(key, name), dtype: 'U8', shape },
    { name: `adam8.${key}.scales.${name}`, dtype: 'F32', shape: scales },
  ];
}

/** The same with the moment's own arrays. */
export function momentEntries(
  key: MomentKey,
  name: string,
  shape: readonly number[],
  moment: Moment,
): TensorEntry[] {
  const [storage, data] =
    moment instanceof Float32Array
      ? (['fp32', [moment]] as const)
      : (['8bit', [moment.codes, moment.scales]] as const);
  return momentHeads(key, name, shape, storage).map((head, i) => ({ ...head, data: data[i]! }));
}

/** How a moment is stored among tensors of these names. */
export function storedAs(
  names: { has(name: string): boolean },
  key: MomentKey,
  name: string,
): MomentStorage {
  return names.has(codesName(key, name)) ? '8bit' : 'fp32';
}

/**
 * Fills `moment` from one that is stored as `storage`. `read` is given the arrays to read into: the
 * moment's own where it is stored the same way, else those of a copy, which is then converted. From
 * float32 to 8 bits each number becomes the nearest. Returns whether it was converted.
 */
export function loadMoment(
  key: MomentKey,
  name: string,
  shape: readonly number[],
  moment: Moment,
  storage: MomentStorage,
  read: (entry: TensorEntry) => void,
): boolean {
  const readAll = (into: Moment) => momentEntries(key, name, shape, into).forEach(read);
  if (moment instanceof Float32Array === (storage === 'fp32')) {
    readAll(moment);
    return false;
  }
  if (moment instanceof Float32Array) {
    const blocks = createBlockFloats(moment.length);
    readAll(blocks);
    decodeAll(blocks, FORMATS[key], moment);
  } else {
    const numbers = new Float32Array(moment.codes.length);
    readAll(numbers);
    encodeAll(moment, FORMATS[key], numbers);
  }
  return true;
}

function codesName(key: MomentKey, name: string): string {
  return `adam8.${key}.codes.${name}`;
}
