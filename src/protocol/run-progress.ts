/** @file RunProgress: how a run's training has gone so far, step by step where they are few. */
import { z } from 'zod';

export const runProgressSchema = z.strictObject({
  /** in order; where there are more than were asked for, each stands for some in a row */
  steps: z.array(
    z.strictObject({
      /** optimizer steps done, by the last of those that it stands for */
      step: z.int(),
      time: z.iso.datetime(),
      /** their mean */
      loss: z.number(),
      tokensPerSecond: z.number(),
      /** of the last */
      learningRate: z.number(),
    }),
  ),
  /** on held-out examples, all of them */
  evaluations: z.array(
    z.strictObject({
      step: z.int(),
      time: z.iso.datetime(),
      loss: z.number(),
      exactMatch: z.number().nullable(),
    }),
  ),
});

export type RunProgress = z.infer<typeof runProgressSchema>;
