/** @file Which examples of a step go through the model together. */
import type { Plan } from '#protocol';

export interface ExampleLengths {
  readonly source: { readonly length: number };
  readonly target: { readonly length: number };
}

export interface MicroBatchOptions {
  readonly plan: Pick<Plan, 'microBatch' | 'microBatchTokens'>;
  readonly padTo?: { readonly source: number; readonly target: number } | undefined;
}

/** Groups of similar length, so that little padding is computed; the order within a step is free. */
export function microBatches<T extends { readonly example: ExampleLengths }>(
  items: readonly T[],
  { plan, padTo }: MicroBatchOptions,
): T[][] {
  const sorted = items.toSorted(
    (a, b) =>
      a.example.target.length - b.example.target.length ||
      a.example.source.length - b.example.source.length,
  );
  const groups: T[][] = [];
  let group: T[] = [];
  let longest = { source: 0, target: 0 };
  for (const item of sorted) {
    const { source, target } = item.example;
    const length = padTo ?? {
      source: Math.max(longest.source, source.length),
      target: Math.max(longest.target, target.length),
    };
    const tokens = (group.length + 1) * (length.source + length.target);
    const fits = group.length < plan.microBatch && tokens <= plan.microBatchTokens;
    if (group.length === 0 || !fits) groups.push((group = []));
    longest = group.length === 0 ? { source: source.length, target: target.length } : { ...length };
    group.push(item);
  }
  return groups;
}
