/** @file TrainingSchedule: an order that is placed again and again, at the times that a cron expression says. */
import { z } from 'zod';
import { trainingOrderSchema } from './training-order.ts';

const time = z.iso.datetime();

export const newScheduleSchema = z.strictObject({
  /** of its own; its runs are triggered by `schedule NAME` */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/),
  /** minute, hour, day of the month, month, day of the week: `30 3 * * 0`; or `@daily` and the like */
  cron: z.string().min(1).max(200),
  /** whose clock: `Europe/Berlin`, by the IANA's names */
  time_zone: z.string().min(1).max(64).default('UTC'),
  order: trainingOrderSchema,
});

export const scheduleSchema = newScheduleSchema.extend({
  id: z.int(),
  createdAt: time,
  /** the name of the token */
  createdBy: z.string(),
  nextAt: time,
  /** when it was last due; null before the first time */
  lastAt: time.nullable(),
  /** the id of the run that was asked for then, or for the last time before that had one; null for none */
  lastRun: z.int().nullable(),
  /** why no run was asked for at the last time; null where one was */
  lastProblem: z.string().nullable(),
});

export type NewSchedule = z.infer<typeof newScheduleSchema>;
export type TrainingSchedule = z.infer<typeof scheduleSchema>;
