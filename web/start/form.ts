/** @file What the form has been filled in with, and what was refused of it. */
import { useEffect, useState } from 'react';
import { Refusal } from '../api/request.ts';
import type { Filled } from './order.ts';

/** An empty text leaves the field to its default again. */
export type FillIn = (changes: Filled) => void;

/** What is wrong with a field, or null. */
export type ProblemOf = (name: string) => string | null;

export function useFilled(): readonly [Filled, FillIn, () => void] {
  const [filled, setFilled] = useState<Filled>({});
  const fillIn: FillIn = (changes) => setFilled((before) => ({ ...before, ...changes }));
  return [filled, fillIn, () => setFilled({})];
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

/** Of the first that is about the field. */
export function problemsOf(errors: readonly (Error | null)[]): ProblemOf {
  return (name) =>
    errors.find((error) => error instanceof Refusal && error.field === name)?.message ?? null;
}

/** Whether it is told beside a field of the form. */
export function isOfField(error: Error | null, names: readonly string[]): boolean {
  return error instanceof Refusal && error.field !== null && names.includes(error.field);
}
