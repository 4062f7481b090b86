/** @file Asks what a run would read of the data of one use, and tells what is wrong by the names of its fields. */
import { useMemo } from 'react';
import { usePreview } from '../api/start.ts';
import { errorOfUse, isBesideField } from './form.ts';
import {
  dataKindOf,
  type DataUse,
  type Filled,
  isNamed,
  previewOrderOf,
  TRAINED,
} from './order.ts';

/** @param filled what has not changed for a while */
export function useDataPreview(filled: Filled, use: DataUse, mayRun: boolean) {
  const order = useMemo(() => previewOrderOf(filled, use), [filled, use]);
  const isThere = use === TRAINED || dataKindOf(filled, use) !== 'preset';
  const isAsked = mayRun && isThere && isNamed(filled, use);
  const { data, error: told, isFetching, isPending, refetch } = usePreview(order, isAsked);
  const error = useMemo(() => (isAsked ? errorOfUse(told, use) : null), [isAsked, told, use]);
  const isBeside = isBesideField(error, filled);
  return { isAsked, data, error, isBesideField: isBeside, isFetching, isPending, refetch };
}
