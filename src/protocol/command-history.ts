/** @file CommandHistory: what earlier runs of one command took, the newest last. Bytes are bytes. */
import { z } from 'zod';
import { verdictSchema } from './verdict.ts';

const { cause, grade, limit_bytes, limit_from } = verdictSchema.shape;

export const commandHistorySchema = z.strictObject({
  /** where it ran, and its words as they ran */
  folder: z.string(),
  command: z.array(z.string()).min(1),
  runs: z.array(
    z.strictObject({
      ended_at: z.iso.datetime(),
      cause,
      grade,
      limit_bytes,
      limit_from,
      /** the most that was seen of what the kernel cannot take back */
      peak_bytes: z.int().min(0),
    }),
  ),
});

export type CommandHistory = z.infer<typeof commandHistorySchema>;
export type PastRun = CommandHistory['runs'][number];
