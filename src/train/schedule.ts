/**
 * @file The learning rate of each step: a warm-up from 0, then linear or cosine decay to 0, or none.
 * Formulas of transformers' get_linear_schedule_with_warmup, get_cosine_schedule_with_warmup (half a
 * wave) and get_constant_schedule_with_warmup.
 */
import type { RunSpec } from '#protocol';

export interface ScheduleOptions {
  readonly schedule: RunSpec['hyperparameters']['schedule'];
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/** The learning rate that step `step` is taken with; the first step is 0. */
export function learningRateAt(step: number, options: ScheduleOptions): number {
  const { schedule, learningRate, warmupSteps, totalSteps } = options;
  if (step < warmupSteps) return (learningRate * step) / Math.max(1, warmupSteps);
  if (schedule === 'constant') return learningRate;
  const decaySteps = Math.max(1, totalSteps - warmupSteps);
  if (schedule === 'linear') return learningRate * Math.max(0, (totalSteps - step) / decaySteps);
  const progress = (step - warmupSteps) / decaySteps;
  return learningRate * Math.max(0, (1 + Math.cos(Math.PI * progress)) / 2);
}

/** Steps of warm-up, from the one of the two settings that is given. */
export function warmupStepsOf(
  hyperparameters: Pick<RunSpec['hyperparameters'], 'warmupSteps' | 'warmupRatio'>,
  totalSteps: number,
): number {
  const { warmupSteps, warmupRatio } = hyperparameters;
  return warmupSteps > 0 ? warmupSteps : Math.ceil(totalSteps * warmupRatio);
}
