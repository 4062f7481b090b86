/**
 * @file Where a training run stands, apart from its tensors: what a checkpoint keeps so that the run
 * goes on as if it had never stopped. JSON gives each double back as it was.
 */
import { z } from 'zod';

const count = z.int().min(0);

export const trainingStateSchema = z.strictObject({
  /** optimizer steps done */
  step: count,
  /** epochs done, and examples taken of the one that has begun */
  epoch: count,
  position: count,
  /** sum of the losses of all steps, one by one in their order: `lossSum / step` is the mean */
  lossSum: z.number(),
  /** null before the first step */
  lastLoss: z.number().nullable(),
  /** source and target tokens taken, without padding */
  tokens: count,
  /** what the untrained model does on the held-out examples; null if it was not asked */
  baseEvaluation: z
    .strictObject({ loss: z.number(), exactMatch: z.number().nullable() })
    .nullable(),
  /** the newest evaluation, and the best by loss; null before the first */
  lastEvaluation: z
    .strictObject({ step: count, loss: z.number(), exactMatch: z.number().nullable() })
    .nullable(),
  bestEvaluation: z
    .strictObject({ step: count, loss: z.number(), exactMatch: z.number().nullable() })
    .nullable(),
  /** evaluations since the best one: early stopping counts them */
  evaluationsWithoutBetter: count,
  stoppedEarly: z.boolean(),
  /** time of all attempts together, as far as this state */
  seconds: z.number().min(0),
});

export type TrainingState = z.infer<typeof trainingStateSchema>;

export const INITIAL_STATE: TrainingState = {
  step: 0,
  epoch: 0,
  position: 0,
  lossSum: 0,
  lastLoss: null,
  tokens: 0,
  baseEvaluation: null,
  lastEvaluation: null,
  bestEvaluation: null,
  evaluationsWithoutBetter: 0,
  stoppedEarly: false,
  seconds: 0,
};
