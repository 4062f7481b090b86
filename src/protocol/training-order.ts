/**
 * @file TrainingOrder: what a client asks the service to train. Each field but the last group is the flag
 * of `plimsoll train` of the same name (`max_samples`: --max-samples), and what is left out is as there.
 *
 * What a value alone can show is refused here; what needs the model or the data, the planner finds.
 */
import { z } from 'zod';
import { planSchema } from './plan.ts';
import { sizeSchema } from './size.ts';

const count = z.int().min(1);
const fraction = z.number().min(0).lt(1);
/** a path below one of the service's roots */
const file = z.string().min(1).max(4096);
const files = z.union([file, z.array(file).min(1).max(100)]);

const trained = {
  base_model: z.string().min(1).max(4096),
  revision: z.string().min(1).max(200),
  data: files,
  query: z.string().min(1).max(10_000),
  max_samples: z.union([count, z.literal('all')]),
  source_max_tokens: count,
  target_max_tokens: count,
  pad_to_max: z.literal(true),
  method: z.enum(['lora', 'soft-prompt', 'full']),
  lora_r: count,
  lora_alpha: z.number().gt(0),
  lora_dropout: fraction,
  lora_targets: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  virtual_tokens: count,
  epochs: count,
  max_steps: count,
  learning_rate: z.number().gt(0),
  batch_size: count,
  gradient_accumulation_steps: count,
  schedule: z.enum(['linear', 'cosine', 'constant']),
  warmup_steps: z.int().min(0),
  warmup_ratio: fraction,
  weight_decay: z.number().min(0),
  max_grad_norm: z.number().gt(0),
  loss_average: z.enum(['token', 'example']),
  dropout: fraction,
  seed: z.int().min(0),
  checkpoint_every: z.union([count, z.literal('epoch')]),
  valid_data: files,
  valid_query: z.string().min(1).max(10_000),
  held_out: fraction,
  eval_every: z.union([count, z.literal('epoch')]),
  early_stopping: count,
  precision: z.enum(['auto', 'fp32', 'bf16', 'int8', 'int4']),
  optimizer_state: z.enum(['fp32', '8bit']),
  micro_batch: count,
  micro_batch_tokens: count,
  recompute: planSchema.shape.recompute.unwrap(),
  attention: planSchema.shape.attention.unwrap(),
  loss_chunk: count,
  heads_at_once: z.union([count, z.literal('all')]),
  rows_at_once: z.union([count, z.literal('all')]),
  spill: z.boolean(),
  threads: count,
  /** the limit of the run itself; default: what its prediction asks for */
  memory: sizeSchema,
};

/** What the planner is asked about. */
export const planOrderSchema = z.strictObject(trained).partial();

export const trainingOrderSchema = planOrderSchema.extend({
  /** a name under which runs are listed, and of which one at a time may be wanted */
  training_type: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/)
    .default('soft_prompt'),
  /** of those that wait, the highest begins first */
  priority: z.int().min(-100).max(100).default(0),
  /** 409 while another run of this type waits or runs */
  exclusive: z.boolean().optional(),
});

/** Those that are flags of `plimsoll train`. */
export const TRAINED_FIELDS = planOrderSchema.keyof().options;

export type PlanOrder = z.infer<typeof planOrderSchema>;
export type TrainingOrder = z.infer<typeof trainingOrderSchema>;
