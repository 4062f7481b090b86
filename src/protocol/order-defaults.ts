/** @file What an order leaves out, in the words of an order: clients show it before anything is asked for. */
import { z } from 'zod';
import { DEFAULT_RUN } from './default-run.ts';
import { runSpecSchema, type RunSpecInput } from './run-spec.ts';
import { type PlanOrder, planOrderSchema } from './training-order.ts';

export const orderDefaultsSchema = z.strictObject({
  /** where neither a model nor data is named: the embedded base, the bundled examples */
  bundled: planOrderSchema,
  /** where one of them is */
  named: planOrderSchema,
});

export type OrderDefaults = z.infer<typeof orderDefaultsSchema>;

/** Those of each method are there, whichever is the default. */
export function orderDefaults(): OrderDefaults {
  return { bundled: defaultsOf(DEFAULT_RUN.spec), named: defaultsOf({}) };
}

function defaultsOf(preset: Partial<RunSpecInput>): PlanOrder {
  const lora = { kind: 'lora', ...preset.method };
  const [spec, soft] = [lora, { kind: 'soft-prompt' }].map((method) =>
    runSpecSchema.parse({ ...preset, ...UNNAMED, method }),
  );
  if (spec?.method.kind !== 'lora' || soft?.method.kind !== 'soft-prompt')
    throw new Error('internal: a method has no defaults');
  const { data, method, hyperparameters: h, evaluation } = spec;
  return {
    max_samples: data.maxSamples ?? 'all',
    source_max_tokens: h.sourceMaxTokens,
    target_max_tokens: h.targetMaxTokens,
    method: method.kind,
    lora_r: method.r,
    lora_alpha: method.alpha,
    lora_dropout: method.dropout,
    lora_targets: method.targetModules,
    virtual_tokens: soft.method.virtualTokens,
    epochs: h.epochs,
    learning_rate: h.learningRate,
    batch_size: h.batchSize,
    gradient_accumulation_steps: h.gradientAccumulationSteps,
    schedule: h.schedule,
    warmup_ratio: h.warmupRatio,
    weight_decay: h.weightDecay,
    held_out: evaluation.heldOutFraction,
    seed: h.seed,
  };
}

/** A spec names them; defaults do not depend on which. */
const UNNAMED = { baseModel: { ref: 'any' }, data: { files: ['any'] } };
