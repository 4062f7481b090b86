/**
 * @file AttemptRecord: what is kept of an attempt to run a command, for `plimsoll explain`; AttemptSummary:
 * of those before it. Bytes are bytes.
 */
import { z } from 'zod';
import { verdictSchema } from './verdict.ts';

const verdict = verdictSchema.shape;

const attempt = z.int().min(1);
const started = {
  /** as it ran: placeholders filled */
  command: z.array(z.string()).min(1),
  /** of its own; null for none */
  memory_bytes: z.int().min(1).nullable().default(null),
  started_at: z.iso.datetime(),
};

const attemptSummarySchema = z.strictObject({
  attempt,
  ...started,
  cause: verdict.cause,
  grade: verdict.grade,
  exit_code: verdict.exit_code,
  signal: verdict.signal,
  limit_bytes: verdict.limit_bytes,
  limit_from: verdict.limit_from,
  peak_bytes: verdict.peak_bytes,
  seconds: verdict.seconds,
});

/** What `plimsoll run --verdict` writes: the verdict on the last attempt, and all attempts, in order. */
export const runVerdictSchema = verdictSchema.extend({
  attempts: z.array(attemptSummarySchema).min(1),
});

export const attemptRecordSchema = z.strictObject({
  run_id: z.string().min(1),
  /** 1 for the first of the run */
  attempt: attempt.default(1),
  ...started,
  folder: z.string(),
  verdict: verdictSchema,
  /** the attempts of the run before it, the newest last */
  earlier: z.array(attemptSummarySchema).default([]),
  /** memory over time, as it was sampled */
  samples: z.array(
    z.strictObject({
      seconds: z.number().min(0),
      /** bytes that the kernel cannot take back */
      unreclaimable: z.int().min(0),
      /** pages of files, which it can */
      file: z.int().min(0),
      /** microseconds in which some process waited for memory; null where the kernel does not tell */
      stalled: z.number().nullable(),
      /** seconds of processor time */
      cpu: z.number().nullable(),
      /** bytes from and to disks */
      read: z.number().nullable(),
      written: z.number().nullable(),
    }),
  ),
  /** the end of what the command printed; output.log beside it has more */
  output: z.string(),
});

export type AttemptSummary = z.infer<typeof attemptSummarySchema>;
export type RunVerdict = z.infer<typeof runVerdictSchema>;
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;
