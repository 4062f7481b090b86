/** @file One optimizer step: gradients of its examples, clipping, the update of the parameters. */
import { fail } from '#base';
import type { Model, Parameters, TokenExample } from '#models';
import type { Order } from '#plan';
import type { Plan, RunSpec } from '#protocol';
import { type AdamW, clipScale, gradientNorm } from './optimizer.ts';
import { learningRateAt, type ScheduleOptions, warmupStepsOf } from './schedule.ts';
import type { TrainingProgram } from './training-program.ts';
import { accumulateStep } from './training-step.ts';

export interface StepParts {
  readonly model: Model;
  readonly program: TrainingProgram;
  readonly parameters: Parameters;
  /** as many numbers as there are parameters; each step writes its own */
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
 * @throws PlimsollError LOSS_NOT_FINITE
 * @throws OutOfRoom; in both cases the parameters are as they were before the step
 */
export async function takeStep(parts: StepParts, step: number): Promise<StepReport> {
  const { hyperparameters: h, order, gradients } = parts;
  const began = performance.now();
  const examples = Array.from(order.at(step).examples, parts.exampleAt);
  const { loss, tokens } = await accumulateStep(parts.program, examples, step, gradients, {
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

function scheduleOf(h: RunSpec['hyperparameters'], totalSteps: number): ScheduleOptions {
  const { schedule, learningRate } = h;
  return { schedule, learningRate, totalSteps, warmupSteps: warmupStepsOf(h, totalSteps) };
}
