/**
 * @file ServiceRun: a run as the service tells of it. The names to `triggeredBy` are those of the original
 * service's admin API, whose clients go on working; the rest says what it could not. Bytes are bytes.
 */
import { z } from 'zod';
import { commandOrderSchema } from './command-order.ts';
import { trainingOrderSchema } from './training-order.ts';
import { CAUSES, verdictSchema } from './verdict.ts';

const bytes = z.int().min(0);
const time = z.iso.datetime();

export const RUN_STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;

const attempt = z.strictObject({
  /** 1 for the first process of the run */
  attempt: z.int().min(1),
  startedAt: time,
  endedAt: time.nullable(),
  /** of its own */
  memoryBytes: bytes,
  /** the most that it was seen to hold of what the kernel cannot take back; so far, while it runs */
  peakBytes: bytes.nullable(),
  cause: z.enum(CAUSES).nullable(),
  grade: verdictSchema.shape.grade.nullable(),
});

export const serviceRunSchema = z.strictObject({
  id: z.int(),
  trainingType: z.string(),
  status: z.enum(RUN_STATUSES),
  /** of the first attempt; while there is none, when the run was asked for */
  startedAt: time,
  finishedAt: time.nullable(),
  datasetSize: z.int().nullable(),
  baseModel: z.string().nullable(),
  outputDir: z.string(),
  runIdentifier: z.string(),
  finalLoss: z.number().nullable(),
  errorMessage: z.string().nullable(),
  /** training_run.json; null until it is there */
  metadataPath: z.string().nullable(),
  /** the name of the token */
  triggeredBy: z.string(),

  createdAt: time,
  priority: z.int(),
  /** what was asked for */
  order: trainingOrderSchema,
  /** of a run of a command that the administrator allows: which, and its values; null for one that trains */
  command: commandOrderSchema.nullable(),
  /** of a run that waits: 1 is next, and why it does; null for any other */
  queue: z.strictObject({ place: z.int().min(1), reason: z.string() }).nullable(),
  /** of a run that was asked to wait: whether it does by now; null for any other */
  pause: z.enum(['asked', 'paused']).nullable(),
  /** predicted peak of unreclaimable memory; null until the planner has answered */
  predicted: bytes.nullable(),
  /** the limit that an attempt gets, its share of the service's memory */
  limit: bytes.nullable(),
  /** the highest of all attempts */
  peak: bytes.nullable(),
  /** optimizer steps done, of how many; null until the first */
  progress: z.strictObject({ step: z.int(), of: z.int() }).nullable(),
  /** of the error table, where one of its errors ended the run */
  errorCode: z.string().nullable(),
  /** on the last attempt */
  verdict: verdictSchema.nullable(),
  attempts: z.array(attempt),
  /** the id of the run that this one repeats */
  retryOf: z.int().nullable(),
});

export type RunStatus = (typeof RUN_STATUSES)[number];
export type ServiceRun = z.infer<typeof serviceRunSchema>;
export type ServiceAttempt = ServiceRun['attempts'][number];
