/**
 * @file TrainingRun: what training_run.json says of a run, from its start to its verdict.
 *
 * The names at the top are those of the original service's file, whose readers go on working; `spec`,
 * `plan` and `attempts` say the rest. `error` and `verdict` are null while there is nothing to tell.
 */
import { z } from 'zod';
import { planSchema } from './plan.ts';
import { predictionSchema } from './prediction.ts';
import { runSpecSchema } from './run-spec.ts';

const count = z.int().min(0);
const status = z.enum(['running', 'completed', 'interrupted', 'failed']);
const error = z.strictObject({ code: z.string(), message: z.string() });

const attempt = z.strictObject({
  /** 1 for the first process of the run */
  attempt: z.int().min(1),
  pid: z.int(),
  started_at: z.iso.datetime(),
  /** null while it runs, and for ever if it was killed */
  ended_at: z.iso.datetime().nullable(),
  status,
  /** optimizer steps that were done when it began, and when it ended or last told */
  from_step: count,
  to_step: count,
  plan: planSchema,
  error: error.nullable(),
});

export const trainingRunSchema = z.strictObject({
  run_id: z.string().min(1),
  status,
  base_model: z.string(),
  method: z.enum(['lora', 'soft-prompt', 'full']),
  samples_used: count.nullable(),
  epochs: count,
  learning_rate: z.number(),
  final_loss: z.number().nullable(),
  eval_loss: z.number().nullable(),
  exact_match: z.number().min(0).max(1).nullable(),
  trained_at: z.iso.datetime().nullable(),
  spec: runSpecSchema,
  plan: planSchema,
  attempts: z.array(attempt),
  /** what the newest attempt was predicted to take; null before its data is prepared */
  prediction: predictionSchema.nullable().default(null),
  /** the most unreclaimable bytes that its process was seen to hold, when it last told */
  measured_peak_bytes: count.nullable().default(null),
  result: z
    .strictObject({
      steps: count,
      /** of all attempts together */
      seconds: z.number().min(0),
      stopped_early: z.boolean(),
      best_step: count.nullable(),
      skipped: z.record(z.string(), count),
      truncated: z.strictObject({ source: count, target: count }),
      /** before training, for comparison */
      base_eval_loss: z.number().nullable(),
      base_exact_match: z.number().min(0).max(1).nullable(),
      /** folder, relative to the run's */
      adapter: z.string().nullable(),
    })
    .nullable(),
  verdict: z.null(),
  error: error.nullable(),
});

export type TrainingRun = z.infer<typeof trainingRunSchema>;
export type Attempt = z.infer<typeof attempt>;
