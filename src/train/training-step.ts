/**
 * @file One optimizer step's gradients: its examples split into micro-batches, weighted so that the
 * sum over all of them is the step's loss, whatever the split.
 */
import type { Model, TokenExample } from '#models';
import { microBatches } from '#plan';
import type { Plan } from '#protocol';
import { MemoryPressure } from './memory-guard.ts';
import type { Gradients, TrainingProgram } from './training-program.ts';

export interface StepOptions {
  readonly model: Model;
  readonly plan: Pick<Plan, 'microBatch' | 'microBatchTokens'>;
  readonly virtualTokens: number;
  /** `token`: mean over the step's target tokens; `example`: mean of the examples' means */
  readonly lossAverage: 'token' | 'example';
  /**
   * Examples of a whole step. Under `example` an incomplete last group is divided by this too, as
   * transformers' Trainer does for T5.
   */
  readonly examplesPerStep: number;
  readonly padTo?: { readonly source: number; readonly target: number } | undefined;
  readonly seed: number;
}

export interface StepResult {
  readonly loss: number;
  /** source and target tokens, without padding */
  readonly tokens: number;
}

/**
 * Puts the gradients of the mean loss over the examples into `gradients`. Begins again where memory
 * became short meanwhile: the program is then under a smaller plan.
 *
 * @throws OutOfRoom where no plan is small enough
 */
export async function accumulateStep(
  program: TrainingProgram,
  examples: readonly TokenExample[],
  step: number,
  gradients: Gradients,
  options: StepOptions,
): Promise<StepResult> {
  for (;;) {
    for (const gradient of gradients.values()) gradient.fill(0);
    try {
      return await accumulate(program, examples, step, gradients, options);
    } catch (error) {
      if (!(error instanceof MemoryPressure)) throw error;
    }
  }
}

async function accumulate(
  program: TrainingProgram,
  examples: readonly TokenExample[],
  step: number,
  gradients: Gradients,
  options: StepOptions,
): Promise<StepResult> {
  const { microBatchTokens, microBatch } = options.plan;
  const plan = { microBatchTokens, microBatch: Math.min(microBatch, program.microBatch) };
  const placed = examples.map((example, place) => ({ example, place }));
  const targetTokens = examples.reduce((sum, { target }) => sum + target.length, 0);
  let loss = 0;
  for (const group of microBatches(placed, { plan, padTo: options.padTo })) {
    const batch = options.model.batch(
      group.map(({ example }) => example),
      { virtualTokens: options.virtualTokens, padTo: options.padTo },
    );
    const weights = new Float32Array(batch.labels.length);
    group.forEach(({ example: { target } }, row) => {
      const weight =
        options.lossAverage === 'token'
          ? 1 / targetTokens
          : 1 / (target.length * options.examplesPerStep);
      weights.fill(weight, row * batch.targetLength, row * batch.targetLength + target.length);
    });
    const masks = { seed: options.seed, step, examples: group.map(({ place }) => place) };
    loss += await program.forwardBackward({ batch, weights, masks }, gradients);
  }
  const sourceTokens = examples.reduce((sum, { source }) => sum + source.length, 0);
  return { loss, tokens: sourceTokens + targetTokens };
}
