/**
 * @file Prediction: what a run will take under a plan, and whether that fits. `plimsoll plan --json`
 * prints it, training_run.json holds it beside what was measured. Sizes are bytes.
 */
import { z } from 'zod';
import { planSchema } from './plan.ts';

const bytes = z.int().min(0);

/** fits: as asked for; fits-with-this-plan: computed another way, the same result; cannot-fit: under no plan */
const answer = z.enum(['fits', 'fits-with-this-plan', 'cannot-fit']);

const item = z.strictObject({
  name: z.enum([
    'runtime',
    'graphs and sessions',
    'tokenizer',
    'adapter and optimizer',
    'activations kept',
    'largest segment at work',
    'loss chunk',
    'data',
    'allocator',
    'measured beyond',
    'base weights',
  ]),
  bytes,
  /** pages of files: the kernel takes them back when it needs room, so they are no part of the peak */
  reclaimable: z.boolean(),
  /** in words: which segment, which precision, ... */
  note: z.string(),
});

const moment = z.strictObject({
  /** what the step does: `forward encoder.block.0`, `head`, ... */
  label: z.string(),
  /** all that the run holds then */
  bytes,
  /** of that, values that cross between sessions, and what the session at work holds beside them */
  values_bytes: bytes,
  session_bytes: bytes,
});

const alternative = z.strictObject({
  /** in words, what it changes of the plan that was chosen */
  change: z.string(),
  plan: planSchema,
  predicted_peak_bytes: bytes,
  smallest_limit_bytes: bytes,
  /** seconds a step, as a multiple of the chosen plan's */
  relative_time: z.number().min(0),
});

export const predictionSchema = z.strictObject({
  answer,
  fits: z.boolean(),
  /** the most unreclaimable bytes (anonymous, shared, kernel) at once */
  predicted_peak_bytes: bytes,
  /** low and high: the true peak lies between; high leaves room for the file pages in use at any moment */
  interval_bytes: z.tuple([bytes, bytes]),
  /** null where nothing limits but the machine's whole memory */
  limit_bytes: bytes.nullable(),
  /** who set the limit, in words */
  limit_from: z.string(),
  /** in use under that limit by others before the run begins */
  baseline_bytes: bytes,
  /** the smallest limit under which some plan of this run fits; null where there is room for all of it */
  smallest_limit_bytes: bytes.nullable(),
  plan: planSchema,
  items: z.array(item),
  /** memory over the largest micro-batch, action by action */
  step: z.array(moment),
  alternatives: z.array(alternative),
});

export type Prediction = z.infer<typeof predictionSchema>;
export type PredictionItem = z.infer<typeof item>;
