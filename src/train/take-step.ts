/** @file One optimizer step: gradients of its examples, clipping, the update of the parameters. */
import { fail } from '#base';
import type { Model, Parameters, TokenExample } from '#models';
import type { Order } from '#plan';
import type { Plan, RunSpec } from '#protocol';
import { MemoryPressure } from './memory-guard.ts';
import { type AdamW, clipScale, gradientNorm } from './optimizer.ts';
import { learningRateAt, type ScheduleOptions, warmupStepsOf } from './schedule.ts';
import type { TrainingProgram } from './training-program.ts';
import { accumulateStep, type StepOptions, type StepResult } from './training-step.ts';

export interface StepParts {
  readonly model: Model;
  readonly program: TrainingProgram;
  readonly parameters: Parameters;
  /** as many zeros or sums as there are parameters; cleared by each step */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly adamw: AdamW;
  readonly order: Order;
  readonly exampleAt: (i: number) => TokenExample;
  readonly hyperparameters: RunSpec['hyperparameters'];
  readonly plan: Plan;
  readonly virtualTokens: number;
}

export interface StepReport {
  readonly loss: number;
  readonly learningRate: number;
  readonly gradNorm: number;
  readonly tokens: number;
  readonly seconds: number;
}

/**
 * Takes step number `step` (from 0).
 *
 * @throws PlimsollError LOSS_NOT_FINITE, MEMORY_EXHAUSTED, with the parameters as they were before the step
 */
export async function takeStep(parts: StepParts, step: number): Promise<StepReport> {
  const { hyperparameters: h, order, gradients } = parts;
  const began = performance.now();
  const examples = Array.from(order.at(step).examples, parts.exampleAt);
  const { loss, tokens } = await accumulated(parts, examples, step, {
    model: parts.model,
    plan: parts.plan,
    virtualTokens: parts.virtualTokens,
    lossAverage: h.lossAverage,
    examplesPerStep: h.batchSize * h.gradientAccumulationSteps,
    padTo: h.padToMax ? { source: h.sourceMaxTokens, target: h.targetMaxTokens } : undefined,
    seed: h.seed,
  });
  const gradNorm = gradientNorm(gradients.values());
  const learningRate = learningRateAt(step, scheduleOf(h, order.totalSteps));
  if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
    fail('LOSS_NOT_FINITE', { step: step + 1, loss, gradNorm, learningRate });
  }
  parts.adamw.step(gradients, learningRate, clipScale(gradNorm, h.maxGradNorm));
  return { loss, learningRate, gradNorm, tokens, seconds: (performance.now() - began) / 1000 };
}

/** Begins again where memory became short in the middle: the program is then under a smaller plan. */
async function accumulated(
  { program, gradients }: StepParts,
  examples: readonly TokenExample[],
  step: number,
  options: StepOptions,
): Promise<StepResult> {
  for (;;) {
    for (const gradient of gradients.values()) gradient.fill(0);
    try {
      return await accumulateStep(program, examples, step, gradients, options);
    } catch (error) {
      if (!(error instanceof MemoryPressure)) throw error;
    }
  }
}

function scheduleOf(h: RunSpec['hyperparameters'], totalSteps: number): ScheduleOptions {
  const { schedule, learningRate } = h;
  return { schedule, learningRate, totalSteps, warmupSteps: warmupStepsOf(h, totalSteps) };
}
