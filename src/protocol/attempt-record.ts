/** @file AttemptRecord: what is kept of a command that ran under supervision, for `plimsoll explain`. */
import { z } from 'zod';
import { verdictSchema } from './verdict.ts';

export const attemptRecordSchema = z.strictObject({
  run_id: z.string().min(1),
  command: z.array(z.string()).min(1),
  folder: z.string(),
  started_at: z.iso.datetime(),
  verdict: verdictSchema,
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

export type AttemptRecord = z.infer<typeof attemptRecordSchema>;
