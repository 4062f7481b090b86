/** @file The two numbers that a noisy machine allows, the least and the middle; and how figures are shown. */

export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly count: number;
}

export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('internal: no values to summarize');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, count: sorted.length };
}

export function showSeconds({ min, median }: Summary): string {
  return `${min.toFixed(3)} / ${median.toFixed(3)}`;
}

/** 0.073 -> `7%` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
