/**
 * @file From the text of a flag to its value. Only the form is checked here; which numbers make
 * sense is for the schema to say, so that every limit stands in one place.
 */
import { fail } from '#base';

/** Reads the text given with `flag`. @throws PlimsollError FLAG_INVALID */
export type FlagReader = (text: string, flag: string) => unknown;

export function number(text: string, flag: string): number {
  return within(text, flag, 'a number', () => true);
}

/** A whole number, 1 or more. */
export function count(text: string, flag: string): number {
  return within(text, flag, 'a whole number, 1 or more', isCount);
}

/** A seed: 53 bits of it count. */
export function seed(text: string, flag: string): number {
  return within(text, flag, 'a whole number, 0 or more', (n) => n === 0 || isCount(n));
}

/** A number that `fits`, for flags that no schema checks. */
export function within(
  text: string,
  flag: string,
  expected: string,
  fits: (value: number) => boolean,
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && fits(value) ? value : invalid(flag, expected, text);
}

/** A number, or one word that stands for a value which is none. */
export function numberOr<V extends null | string>(word: string, value: V) {
  return (text: string, flag: string): number | V => {
    return text === word ? value : within(text, flag, `a number, or '${word}'`, () => true);
  };
}

const PRECISIONS = ['auto', 'fp32', 'bf16', 'int8', 'int4'] as const;

/** Of the base; `auto` is as it is stored. */
export function precision(text: string, flag: string) {
  const asked = PRECISIONS.find((name) => name === text);
  if (asked === undefined) return invalid(flag, `one of ${PRECISIONS.join(', ')}`, text);
  return asked === 'auto' ? 'stored' : asked;
}

/** `q,v` -> ['q', 'v'] */
export function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A list, or one of the words that mean something else. */
export function listOr(...words: readonly string[]) {
  return (text: string): string | string[] => (words.includes(text) ? text : list(text));
}

/** `0.9,0.999` -> [0.9, 0.999] */
export function numbers(text: string, flag: string): number[] {
  return list(text).map((part) => number(part, flag));
}

/** For a flag that may be given again and again: the reader of each, collected. */
export function repeated(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function invalid(flag: string, expected: string, got: string): never {
  return fail('FLAG_INVALID', { flag, problem: `expected ${expected}, got '${got}'` });
}
