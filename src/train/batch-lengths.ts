/** @file The micro-batches that a run will come to, by their lengths: known before it begins, since its order is. */
import type { BatchLengths } from '#plan';
import type { Plan, RunSpec } from '#protocol';
import { createOrder } from './order.ts';
import type { ExampleSet } from './prepare-data.ts';
import { microBatches } from './training-step.ts';

/** A run of more examples than this is not walked through before it begins: bounds have to do. */
const MOST_EXAMPLES = 20_000;

/** Null for a run that is too long to look at each of its steps. */
export function batchLengthsOf(
  { hyperparameters: h }: Pick<RunSpec, 'hyperparameters'>,
  examples: Pick<ExampleSet, 'count' | 'at'>,
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
