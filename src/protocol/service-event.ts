/**
 * @file ServiceEvent: what happens to a run, in one order over all runs: what the service does with it, and
 * what its trainer tells (run-event.ts), of steps at most one each time that the service looks.
 */
import { z } from 'zod';

export const SERVICE_EVENTS = [
  /** asked for; `data`: by whom */
  'queued',
  /** `data`: the planner's answer without its tables */
  'predicted',
  'attempt-started',
  /** `data`: cause, grade, peak */
  'attempt-ended',
  /** a client asked for the end */
  'cancel-asked',
  /** a client asked for it to wait */
  'pause-asked',
  /** it has ended after a checkpoint, and waits */
  'paused',
  /** it is to go on */
  'resumed',
  /** it was given another priority: `data.priority` */
  'prioritized',
  /** the last of a run that is kept: `data.status` */
  'finished',
  /** it is no more, and neither is anything that was told of it before */
  'deleted',
] as const;

export const serviceEventSchema = z.strictObject({
  /** rises with each event of the service, and is never given twice */
  seq: z.int().min(1),
  run: z.int(),
  time: z.iso.datetime(),
  /** of SERVICE_EVENTS, or as a trainer's event is called */
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
});

/** Memory at one moment of a run. */
export const serviceSampleSchema = z.strictObject({
  attempt: z.int().min(1),
  time: z.iso.datetime(),
  /** bytes that the kernel cannot take back, and pages of files, which it can */
  unreclaimable: z.int().min(0),
  file: z.int().min(0),
});

export type ServiceEventType = (typeof SERVICE_EVENTS)[number];
export type ServiceEvent = z.infer<typeof serviceEventSchema>;
export type ServiceSample = z.infer<typeof serviceSampleSchema>;
