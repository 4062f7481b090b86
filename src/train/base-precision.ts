/** @file The weights of a frozen base in the precision of a plan. */
import { fail } from '#base';
import { isMatrix, type OpenedBase } from '#models';
import type { Plan, RunSpec } from '#protocol';
import { convertedWeights, storageOf, storageUnder, type StoredTensor } from '#weights';

export interface BaseWeights {
  /** what sessions bind */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** of the file that was converted, or of the tensors in the base's own */
  readonly bytes: number;
  /** null: the base's own files */
  readonly file: string | null;
}

export interface PrecisionOptions {
  /** where to put converted weights when the cache cannot be written */
  readonly otherFolder?: string;
  /** Called before a conversion, which happens once for a model and a precision. */
  readonly onConvert?: () => void;
}

/** @throws PlimsollError WEIGHTS_DISK_FULL, WEIGHTS_NOT_WRITABLE */
export function baseWeights(
  { model, tensors, fingerprint }: Pick<OpenedBase, 'model' | 'tensors' | 'fingerprint'>,
  precision: Plan['precision'],
  options: PrecisionOptions = {},
): BaseWeights {
  const wanted = new Map(
    [...tensors].map(([name, from]) => {
      const storage = storageUnder(precision, from, isMatrix(model, name));
      return [name, { from, storage }];
    }),
  );
  if ([...wanted.values()].some(({ from, storage }) => storage !== storageOf(from))) {
    return convertedWeights({ tensors: wanted, fingerprint, precision, ...options });
  }
  const bytes = [...tensors.values()].reduce((sum, { length }) => sum + length, 0);
  return { tensors, bytes, file: null };
}

/** @throws PlimsollError PRECISION_NEEDS_FROZEN_BASE */
export function checkPrecision({ method }: Pick<RunSpec, 'method'>, { precision }: Plan): void {
  if (method.kind !== 'full' || precision === 'stored' || precision === 'fp32') return;
  fail('PRECISION_NEEDS_FROZEN_BASE', { got: precision });
}
