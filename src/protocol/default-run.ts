/**
 * @file What is trained where neither a model nor data is named: a recipe for the embedded base and the bundled
 * examples that ends in under two minutes on two cores. Whatever is said replaces the value here.
 */
import type { PlanInput } from './plan.ts';
import type { RunSpecInput } from './run-spec.ts';

export const DEFAULT_RUN: {
  readonly spec: Partial<RunSpecInput>;
  readonly plan: PlanInput;
} = {
  spec: {
    method: { kind: 'lora', r: 16, alpha: 32, dropout: 0, targetModules: 'all-linear' },
    hyperparameters: {
      epochs: 8,
      learningRate: 2e-3,
      batchSize: 16,
      gradientAccumulationSteps: 1,
      sourceMaxTokens: 128,
      targetMaxTokens: 128,
      schedule: 'cosine',
      warmupRatio: 0.05,
    },
    evaluation: { heldOutFraction: 0.1, evalEvery: 'epoch' },
  },
  plan: {},
};
