/**
 * @file RunSpec: what a run computes. Two attempts of one run never differ in it.
 *
 * Everything is written out: a parsed spec has no optional fields, so that its canonical JSON, and
 * with it its fingerprint, is the same whether a default was typed or left out. `null` means "none".
 */
import { z } from 'zod';

const count = z.int().min(1);
const fraction = z.number().min(0).lt(1);
/** every N optimizer steps, or at the end of each epoch */
const interval = z.union([z.literal('epoch'), count]);

const dataFiles = z.strictObject({
  files: z.array(z.string().min(1)).min(1),
  /** what to select, for files that are databases */
  query: z.string().min(1).nullable().default(null),
  /** names the examples themselves, as they came out of the files; null while it is not known */
  fingerprint: z.string().min(1).nullable().default(null),
});

const baseModel = z.strictObject({
  /** a local folder, or a name on the hub */
  ref: z.string().min(1),
  revision: z.string().min(1).nullable().default(null),
  /** names the weights themselves; null while it is not known */
  fingerprint: z.string().min(1).nullable().default(null),
});

const lora = z.strictObject({
  kind: z.literal('lora'),
  r: count.default(16),
  alpha: z.number().gt(0).default(16),
  dropout: fraction.default(0.05),
  /** names of linear layers, or endings of such names */
  targetModules: z
    .union([z.literal('all-linear'), z.array(z.string().min(1)).min(1)])
    .default(['q', 'v']),
});

const softPrompt = z.strictObject({
  kind: z.literal('soft-prompt'),
  virtualTokens: count.default(20),
  init: z
    .union([z.literal('random'), z.strictObject({ text: z.string().min(1) })])
    .default('random'),
});

const full = z.strictObject({ kind: z.literal('full') });

const hyperparameters = z
  .strictObject({
    epochs: count.default(3),
    /** ends the run after so many optimizer steps, however many epochs that makes */
    maxSteps: count.nullable().default(null),
    learningRate: z.number().gt(0).default(5e-5),
    /** examples in a batch; an optimizer step takes batchSize x gradientAccumulationSteps of them */
    batchSize: count.default(1),
    gradientAccumulationSteps: count.default(2),
    sourceMaxTokens: count.default(384),
    targetMaxTokens: count.default(384),
    weightDecay: z.number().min(0).default(0),
    betas: z.tuple([fraction, fraction]).default([0.9, 0.999]),
    eps: z.number().gt(0).default(1e-8),
    schedule: z.enum(['linear', 'cosine', 'constant']).default('linear'),
    warmupSteps: z.int().min(0).default(0),
    /** warm-up as a part of all steps, rounded up */
    warmupRatio: fraction.default(0),
    /** gradients longer than this are shortened to it; null: they are left alone */
    maxGradNorm: z.number().gt(0).nullable().default(1),
    /** what one optimizer step's loss is the mean over */
    lossAverage: z.enum(['token', 'example']).default('token'),
    /** dropout of the base model itself; null: what its config says */
    dropout: fraction.nullable().default(null),
    /** pads each example to the longest allowed, as the original did; the result is the same */
    padToMax: z.boolean().default(false),
    /** 53 bits: chance is drawn from counters beside it */
    seed: z.int().min(0).default(42),
  })
  .refine((h) => h.warmupSteps === 0 || h.warmupRatio === 0, {
    path: ['warmupRatio'],
    message: 'expected warmupSteps or warmupRatio, got both: leave one at 0',
  });

const evaluation = z
  .strictObject({
    validData: dataFiles.nullable().default(null),
    /** part of the training data that is kept out of training and evaluated on */
    heldOutFraction: fraction.default(0),
    evalEvery: interval.default('epoch'),
    /** evaluations without a better loss after which the run ends; null: it never does */
    earlyStoppingPatience: count.nullable().default(null),
  })
  .refine((e) => e.validData === null || e.heldOutFraction === 0, {
    path: ['heldOutFraction'],
    message: 'expected validData or heldOutFraction, got both: leave one out',
  })
  .refine(
    (e) => e.earlyStoppingPatience === null || e.validData !== null || e.heldOutFraction > 0,
    {
      path: ['earlyStoppingPatience'],
      message:
        'expected examples to evaluate on, got none: early stopping needs validData or heldOutFraction',
    },
  );

export const runSpecSchema = z.strictObject({
  baseModel,
  data: z.strictObject({
    ...dataFiles.shape,
    /** at most so many examples are read; null: all */
    maxSamples: count.nullable().default(2000),
  }),
  method: z.discriminatedUnion('kind', [lora, softPrompt, full]),
  hyperparameters: hyperparameters.prefault({}),
  evaluation: evaluation.prefault({}),
  /** a checkpoint is written every N optimizer steps and, whatever this is, after each epoch */
  checkpointEvery: interval.default('epoch'),
});

export type RunSpec = z.infer<typeof runSpecSchema>;
/** A spec as people write it, with everything left out that has a default. */
export type RunSpecInput = z.input<typeof runSpecSchema>;
