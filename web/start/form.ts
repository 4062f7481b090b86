/** @file What the form is filled in with, and what is refused of it. */
import { useState } from 'react';
import { Refusal } from '../api/request.ts';
import {
  DATA_USES,
  dataKindOf,
  type DataUse,
  type Filled,
  isOtherModel,
  EVALUATED,
  TRAINED,
} from './order.ts';
import { HELD_OUT, MAIN, MORE, QUEUE } from './fields.ts';

/** An empty text leaves the field to its default again. */
export type FillIn = (changes: Filled) => void;

/** What is wrong with a field, or null. */
export type ProblemOf = (name: string) => string | null;

export function useFilled(): readonly [Filled, FillIn] {
  const [filled, setFilled] = useState<Filled>({});
  return [filled, (changes) => setFilled((before) => ({ ...before, ...changes }))];
}

/** Of the first error that is about the field. */
export function problemsOf(errors: readonly (Error | null)[]): ProblemOf {
  return (name) =>
    errors.find((error) => error instanceof Refusal && error.field === name)?.message ?? null;
}

/** Whether it is told beside a field that stands in the form as it is filled in. */
export function isBesideField(error: Error | null, filled: Filled): boolean {
  if (!(error instanceof Refusal) || error.field === null) return false;
  const { field } = error;
  if (field === 'base_model') return isOtherModel(filled);
  for (const use of DATA_USES) {
    const kind = dataKindOf(filled, use);
    if (field === use.data) return kind === 'path' || kind === 'sent';
    if (field === use.file) return kind === 'file';
    if (field === use.query) return kind !== 'preset';
  }
  if (field === HELD_OUT.name) return dataKindOf(filled, EVALUATED) === 'preset';
  return [...MAIN, ...MORE, ...QUEUE].some(({ name }) => name === field);
}

/** Of a preview, which is asked of data as if it were trained on: by the names that its use has for the fields. */
export function errorOfUse(error: Error | null, use: DataUse): Error | null {
  if (!(error instanceof Refusal)) return error;
  const { status, code, message, next, field, retryAfter } = error;
  const own = field === TRAINED.data ? use.data : field === TRAINED.query ? use.query : field;
  return new Refusal(status, { code, message, next, field: own }, retryAfter);
}
