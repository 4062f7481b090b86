/** @file The micro-batches that a run will come to, by their lengths: known before it begins, since its order is. */
import type { Plan, RunSpec } from '#protocol';
import { type ExampleLengths, microBatches } from './micro-batches.ts';
import { createOrder } from './order.ts';
import type { BatchLengths } from './question.ts';

/** A run of more examples than this is not walked through before it begins: bounds have to do. */
const MOST_EXAMPLES = 20_000;

/** The examples to train on, as far as their lengths go. */
export interface ExamplesToPlan {
  readonly count: number;
  at(i: number): ExampleLengths;
  readonly stats: { readonly longestSource: number; readonly longestTarget: number };
}

/** Null for a run that is too long to look at each of its steps. */
export function batchLengthsOf(
  { hyperparameters: h }: Pick<RunSpec, 'hyperparameters'>,
  examples: ExamplesToPlan,
): ((plan: Pick<Plan, 'microBatch' | 'microBatchTokens'>) => BatchLengths[]) | null {
  const examplesPerStep = h.batchSize * h.gradientAccumulationSteps;
  const { epochs, maxSteps, seed } = h;
  const order = createOrder({ examples: examples.count, examplesPerStep, epochs, maxSteps, seed });
  if (order.totalSteps * examplesPerStep > MOST_EXAMPLES) return null;
  const steps = Array.from({ length: order.totalSteps }, (_, step) =>
    Array.from(order.at(step).examples, (i) => {
      const { source, target } = examples.at(i);
      // Lengths are all that counts here.
      return { example: { source: { length: source.length }, target: { length: target.length } } };
    }),
  );
  return (plan) => {
    const found = new Map<string, BatchLengths>();
    for (const step of steps) {
      for (const group of microBatches(step, { plan })) {
        const source = Math.max(...group.map(({ example }) => example.source.length));
        const target = Math.max(...group.map(({ example }) => example.target.length));
        found.set(`${group.length} ${source} ${target}`, { size: group.length, source, target });
      }
    }
    return [...found.values()];
  };
}
