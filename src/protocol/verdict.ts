/**
 * @file Verdict: why an attempt ended, how sure that is, and on what evidence. Bytes are bytes.
 *
 * No cause that begins with `oom-` is graded above `possible` without a kernel counter, the kernel log, or the
 * record of what killed it in user space.
 */
import { z } from 'zod';
import { limitOriginSchema } from './limit-origin.ts';
import { PHASES } from './run-event.ts';
import { planOrderSchema } from './training-order.ts';

const bytes = z.int().min(0);

export const CAUSES = [
  /** the attempt's own limit was reached, and the kernel killed its main process */
  'oom-own-limit',
  /** the same, by a limit around the attempt: its container's, say */
  'oom-ancestor-limit',
  /** the machine itself had nothing left */
  'oom-machine',
  /** the kernel killed a process that the main one had started; the main one ended otherwise */
  'oom-child',
  /** killed by systemd-oomd, earlyoom or the like */
  'oom-user-space',
  /** no kill: the program was refused memory, and said so */
  'allocation-failed',
  /** SIGKILL, and it was not for memory */
  'killed',
  'cancelled',
  'timed-out',
  'error',
  'crashed',
  'completed',
  /** what could be read does not settle it */
  'unestablished',
] as const;

export const remedySchema = z.strictObject({
  /** what to do, in words */
  change: z.string(),
  /** lines to type or to put into a file; empty where there are none */
  lines: z.array(z.string()),
  /** null where it cannot be known */
  predicted_peak_bytes: bytes.nullable(),
  /** of a remedy that sets a limit: how high, and what the service needs with no run under way */
  limit: z.strictObject({ bytes: bytes, reservation_bytes: bytes.nullable() }).optional(),
  /** of one that a service can apply by itself: the run once more; absent where a person has to do something */
  retry: z
    .strictObject({
      /** what of the run's order is another then: its plan, its limit, its parameters */
      order: planOrderSchema,
      /** whether it computes the same, but for rounding: only how, and under which limit, is another */
      same_result: z.boolean(),
    })
    .optional(),
});

export const verdictSchema = z.strictObject({
  cause: z.enum(CAUSES),
  grade: z.enum(['proven', 'likely', 'possible']),
  /** null where a signal ended the process */
  exit_code: z.int().nullable(),
  /** `SIGKILL`; null where it ended by itself */
  signal: z.string().nullable(),
  /** of the limit that was reached, else of the smallest that held; null where nothing limits */
  limit_bytes: bytes.nullable(),
  /** who set it, in words */
  limit_from: z.string(),
  /** the same as data; absent in records of versions before it */
  limit_origin: limitOriginSchema.optional(),
  /** in use under that limit before the attempt began, of what the kernel cannot take back */
  baseline_bytes: bytes,
  /** the most that the attempt was seen to use of what the kernel cannot take back */
  peak_bytes: bytes.nullable(),
  /** pages of files in use at that moment: the kernel takes them back when it needs room */
  peak_file_bytes: bytes.nullable(),
  /** what a trainer of ours predicted for itself; null for other programs, and before it had a plan */
  predicted_peak_bytes: bytes.nullable().default(null),
  /** what such a trainer was busy with when it was last heard of */
  phase: z.enum(PHASES).nullable().default(null),
  /** optimizer steps that it had done by then, of how many */
  step: z.int().min(0).nullable().default(null),
  of: z.int().min(1).nullable().default(null),
  /** the folder of its run; null where it had not begun one */
  run_folder: z.string().nullable().default(null),
  seconds: z.number().min(0),
  /** word for word, each with its source: counters, kernel log, what the program said, what we did */
  evidence: z.array(z.string()),
  /** what could not be read, and would have made it surer */
  missing: z.array(z.string()),
  remedies: z.array(remedySchema),
});

export type Cause = (typeof CAUSES)[number];
export type Verdict = z.infer<typeof verdictSchema>;
export type Grade = Verdict['grade'];
export type Remedy = z.infer<typeof remedySchema>;
