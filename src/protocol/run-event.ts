/**
 * @file RunEvent: what a training process says of itself while it works, one JSON object a line
 * (NDJSON), on a pipe and in events.jsonl. Bytes are bytes, times are seconds, losses are means in
 * nats. A resumed run says steps again that came after its checkpoint: `run-started` marks where.
 */
import { z } from 'zod';
import { planSchema } from './plan.ts';
import { predictionSchema } from './prediction.ts';
import { check, problemsText } from './problems.ts';
import { runSpecSchema } from './run-spec.ts';

const count = z.int().min(0);
const seconds = z.number().min(0);

/** What the process is busy with; a verdict names the last of these that it heard of. */
export const PHASES = [
  'prepare-data',
  'open-model',
  'convert-weights',
  'build-graphs',
  'train',
  'evaluate',
  'checkpoint',
  'generate',
  'save-adapter',
] as const;

export const memorySchema = z.strictObject({
  /** bytes that the kernel cannot take back: anonymous, shared and kernel memory */
  anon: count,
  /** bytes of mapped and cached files, which it can */
  file: count,
  /** the smallest limit that binds; absent where there is none */
  limit: count.optional(),
});

const head = { time: z.iso.datetime(), run_id: z.string().min(1) };

function eventOf<T extends string, S extends z.ZodRawShape>(type: T, shape: S) {
  return z.strictObject({ type: z.literal(type), ...head, ...shape });
}

export const runEventSchema = z.discriminatedUnion('type', [
  eventOf('run-started', {
    /** 1 for the first process of the run */
    attempt: z.int().min(1),
    pid: z.int(),
    folder: z.string(),
    spec: runSpecSchema,
    plan: planSchema,
    resumedFrom: z.strictObject({ file: z.string(), step: count }).optional(),
  }),
  eventOf('data-prepared', {
    /** the examples to train on, or those to evaluate on */
    split: z.enum(['train', 'valid']),
    examples: count,
    /** reason -> rows that were left out for it */
    skipped: z.record(z.string(), count),
    /** examples that were cut to the longest allowed */
    truncated: z.strictObject({ source: count, target: count }),
    seconds: seconds.optional(),
  }),
  eventOf('model-opened', {
    ref: z.string(),
    revision: z.string().nullable(),
    architecture: z.string(),
    parameters: count,
    trainable: count,
    seconds: seconds.optional(),
  }),
  eventOf('precision', {
    /** of the frozen base, below the one that it is stored in */
    precision: z.enum(['bf16', 'int8', 'int4']),
    /** the converted weights, and how many bytes they have */
    file: z.string(),
    bytes: count,
    /** loss and gradient of so many examples, before the first step, against those of the stored base */
    examples: count,
    storedLoss: z.number(),
    loss: z.number(),
    /** length of the gradients' difference, as a part of the length of the stored base's */
    gradientDifference: z.number().min(0),
    gradientCosine: z.number(),
  }),
  /** once the data is known: what the run will take, and the plan that was chosen for it */
  eventOf('planned', { prediction: predictionSchema }),
  eventOf('phase', { phase: z.enum(PHASES) }),
  eventOf('step', {
    /** optimizer steps done, this one included: 1 to `of` */
    step: z.int().min(1),
    of: z.int().min(1),
    /** epochs done, with a fraction */
    epoch: z.number().min(0),
    loss: z.number(),
    learningRate: z.number().min(0),
    /** length of the whole gradient before clipping */
    gradNorm: z.number().min(0),
    /** source and target tokens of the step, without padding */
    tokens: count,
    seconds,
    tokensPerSecond: z.number().min(0),
    memory: memorySchema,
  }),
  eventOf('evaluation', {
    /** optimizer steps done; 0 before training */
    step: count,
    examples: count.optional(),
    /** mean over the target tokens */
    loss: z.number(),
    /** part of the examples that greedy generation answers word for word, 0 to 1 */
    exactMatch: z.number().min(0).max(1).optional(),
    /** whether it is the best so far */
    best: z.boolean().optional(),
    seconds: seconds.optional(),
  }),
  eventOf('checkpoint', {
    step: count,
    file: z.string(),
    bytes: count,
    seconds: seconds.optional(),
  }),
  eventOf('warning', { code: z.string().optional(), message: z.string() }),
  eventOf('run-ended', {
    status: z.enum(['completed', 'interrupted', 'failed']),
    step: count,
    seconds,
    stoppedEarly: z.boolean().optional(),
    finalLoss: z.number().nullable().optional(),
    evalLoss: z.number().nullable().optional(),
    exactMatch: z.number().nullable().optional(),
    adapter: z.string().nullable().optional(),
    error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  }),
]);

export type MemorySample = z.infer<typeof memorySchema>;
export type RunEvent = z.infer<typeof runEventSchema>;
export type RunEventType = RunEvent['type'];
export type Phase = (typeof PHASES)[number];

/**
 * The event as one line, newline included. Checked first: JSON would quietly turn a NaN into a null
 * that no reader accepts.
 */
export function encodeEvent(event: RunEvent): string {
  const { problems } = check(runEventSchema, event);
  if (problems) throw new Error(`internal: ${event.type} event: ${problemsText(problems)}`);
  return `${JSON.stringify(event)}\n`;
}
