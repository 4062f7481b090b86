/** @file MachineSurvey: what a machine offers to `plimsoll run`, and what verdicts can therefore prove. */
import { z } from 'zod';
import { limitOriginSchema } from './limit-origin.ts';

/** Bytes; null for none, or for what cannot be seen. */
export const machineSurveySchema = z.strictObject({
  /** of the hierarchy that has the memory controller; null where none has */
  cgroup_version: z.union([z.literal(1), z.literal(2)]).nullable(),
  /** the group of this process; null where it cannot be seen */
  cgroup: z.string().nullable(),
  /** why groups further out cannot be seen; null where all can */
  hidden: z.string().nullable(),
  /** why no group can be made for a command; null where one can */
  no_group: z.string().nullable(),
  /** whether the kills that this process's group counts can be read: without a group of its own a command shares it */
  counters: z.boolean(),
  /** whose systemd could be asked for one instead; null where there is no need, or none can be asked */
  scope: z.enum(['system', 'user']).nullable(),
  /** why not; null where it can */
  no_scope: z.string().nullable(),
  limit_bytes: z.number().nullable(),
  limit_from: z.string(),
  limit_origin: limitOriginSchema,
  limit_used_bytes: z.number(),
  /** memory.high below that limit: what slows down, at worst for ever, and never kills; null for none */
  throttle_bytes: z.number().nullable(),
  throttle_from: z.string().nullable(),
  /** version 2: an OOM kill takes the whole of this process's group (memory.oom.group); null on version 1 */
  oom_group: z.boolean().nullable(),
  /** whether waits for memory can be read (PSI): of the machine, of this process's group */
  machine_pressure: z.boolean(),
  group_pressure: z.boolean(),
  /** why the kernel log cannot be read; null where it can */
  no_kernel_log: z.string().nullable(),
  same_pids: z.boolean(),
  /** systemd runs this machine, or this container */
  systemd: z.boolean(),
  /** killers in user space that run here, or that systemd starts when they are needed */
  killers: z.array(z.string()).readonly(),
  /** where their kills can be read of: log files, `journal` */
  killer_logs: z.array(z.string()).readonly(),
  swap_bytes: z.number(),
  memory_bytes: z.number(),
  /** groups of attempts that no supervisor watches any more, and what still runs in each and below */
  left_groups: z
    .array(
      z.strictObject({
        path: z.string(),
        folder: z.string(),
        processes: z.array(z.int()).readonly(),
      }),
    )
    .readonly(),
  /** what verdicts can tell here, how surely, and by which evidence or for want of which */
  proves: z
    .array(
      z.strictObject({
        what: z.string(),
        grade: z.enum(['proven', 'likely', 'not']),
        by: z.string(),
      }),
    )
    .readonly(),
});

export type MachineSurvey = z.infer<typeof machineSurveySchema>;
