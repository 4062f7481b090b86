/**
 * @file OpenAiJob: a fine-tuning job as OpenAI's API has it, what one is asked for with, its events and its
 * checkpoints. Times are seconds since 1970.
 */
import { z } from 'zod';

const count = z.int().min(1);
const auto = z.literal('auto');
const fileId = z.string().min(1).max(100);

const hyperparameters = z.strictObject({
  /** auto: as `plimsoll train` has it */
  n_epochs: z.union([auto, count.max(1_000_000)]).default('auto'),
  /** examples of an optimizer step */
  batch_size: z.union([auto, count.max(100_000)]).default('auto'),
  /** of the learning rate that `plimsoll train` has */
  learning_rate_multiplier: z.union([auto, z.number().gt(0).max(1e6)]).default('auto'),
});

const method = z.strictObject({
  type: z.literal('supervised'),
  supervised: z.strictObject({ hyperparameters: hyperparameters.optional() }).optional(),
});

/** At most so many, with names and values of at most so many characters. */
const [MOST_PAIRS, MOST_NAME, MOST_VALUE] = [16, 64, 512];
const metadata = z
  .record(z.string().min(1).max(MOST_NAME), z.string().max(MOST_VALUE))
  .refine((pairs) => Object.keys(pairs).length <= MOST_PAIRS, {
    message: `expected at most ${MOST_PAIRS} pairs`,
  });

export const newJobSchema = z
  .strictObject({
    model: z.string().min(1).max(4096),
    training_file: fileId,
    validation_file: fileId.nullish(),
    hyperparameters: hyperparameters.optional(),
    method: method.optional(),
    suffix: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/)
      .nullish(),
    seed: z.int().min(0).nullish(),
    metadata: metadata.nullish(),
    integrations: z
      .array(z.unknown())
      .nullish()
      .refine((list) => (list ?? []).length === 0, {
        message: 'expected none: metrics are sent nowhere, and are in the events and result_files',
      }),
  })
  .refine((job) => job.hyperparameters === undefined || job.method === undefined, {
    path: ['hyperparameters'],
    message: 'expected hyperparameters or method, got both: leave this one out',
  });

const JOB_STATUSES = [
  'validating_files',
  'queued',
  'running',
  'paused',
  'succeeded',
  'failed',
  'cancelled',
] as const;

export const openAiJobSchema = z.strictObject({
  id: z.string(),
  object: z.literal('fine_tuning.job'),
  created_at: z.int(),
  finished_at: z.int().nullable(),
  /** while it runs, once there was a step */
  estimated_finish: z.int().nullable(),
  status: z.enum(JOB_STATUSES),
  /** `code`: the cause of the verdict, or of the error table; `message`: the report */
  error: z
    .strictObject({ code: z.string(), message: z.string(), param: z.string().nullable() })
    .nullable(),
  model: z.string(),
  fine_tuned_model: z.string().nullable(),
  user_provided_suffix: z.string().nullable(),
  organization_id: z.string(),
  training_file: z.string(),
  validation_file: z.string().nullable(),
  result_files: z.array(z.string()),
  trained_tokens: z.int().nullable(),
  seed: z.int(),
  hyperparameters,
  method,
  metadata: z.record(z.string(), z.string()).nullable(),
  integrations: z.array(z.never()),
});

export const openAiJobEventSchema = z.strictObject({
  id: z.string(),
  object: z.literal('fine_tuning.job.event'),
  created_at: z.int(),
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
  type: z.enum(['message', 'metrics']),
  /** what the service's own event has: plans, memory, verdicts; of a step its metrics too */
  data: z.record(z.string(), z.unknown()),
});

export const openAiCheckpointSchema = z.strictObject({
  id: z.string(),
  object: z.literal('fine_tuning.job.checkpoint'),
  created_at: z.int(),
  fine_tuned_model_checkpoint: z.string(),
  fine_tuning_job_id: z.string(),
  step_number: z.int(),
  /** of that step, as far as they are known */
  metrics: z.strictObject({
    step: z.int(),
    train_loss: z.number().optional(),
    full_valid_loss: z.number().optional(),
  }),
});

export type NewJob = z.infer<typeof newJobSchema>;
export type Hyperparameters = z.infer<typeof hyperparameters>;
export type OpenAiJob = z.infer<typeof openAiJobSchema>;
export type OpenAiJobEvent = z.infer<typeof openAiJobEventSchema>;
export type OpenAiCheckpoint = z.infer<typeof openAiCheckpointSchema>;
