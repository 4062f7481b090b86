/** @file What the form is filled in with, and what is refused of it. */
import { useEffect, useState } from 'react';
import { Refusal } from '../api/request.ts';
import { dataKindOf, type Filled, isOtherModel } from './order.ts';
import { MAIN, MORE, QUEUE } from './fields.ts';

/** An empty text leaves the field to its default again. */
export type FillIn = (changes: Filled) => void;

/** What is wrong with a field, or null. */
export type ProblemOf = (name: string) => string | null;

export function useFilled(): readonly [Filled, FillIn] {
  const [filled, setFilled] = useState<Filled>({});
  return [filled, (changes) => setFilled((before) => ({ ...before, ...changes }))];
}

/** The value once it has not changed for so long. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
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
  if (field === 'data') return dataKindOf(filled) === 'path';
  if (field === 'file') return dataKindOf(filled) === 'file';
  if (field === 'query') return dataKindOf(filled) !== 'bundled';
  return [...MAIN, ...MORE, ...QUEUE].some(({ name }) => name === field);
}
