/**
 * @file Commands that a client may have run: those that the administrator listed, each with placeholders that take
 * values of a kind that was allowed. CommandOrder: which, and with what. Nothing of it is ever read by a shell.
 */
import { z } from 'zod';
import { policyFileSchema } from './recovery-policy.ts';
import { trainingOrderSchema } from './training-order.ts';

/** Longer arguments are for a file. */
const MOST_CHARACTERS = 4096;

const order = trainingOrderSchema.shape;
/** a run of it is listed under this `training_type` */
const name = order.training_type.unwrap();
const text = z.string().min(1).max(MOST_CHARACTERS);
const value = z.union([z.string().max(MOST_CHARACTERS), z.number(), z.boolean()]);

/** What may stand for a placeholder; nothing: any text that is not empty, and none that reads as a flag. */
export const allowedValueSchema = z.strictObject({
  /** a regular expression that the whole value fits */
  pattern: text.optional(),
  choices: z.array(value).min(1).optional(),
  /** where a client leaves it out; without one it must not */
  default: value.optional(),
});

/** As the settings have it: what plimsoll.yaml may say of a command, and what a client may fill in. */
export const commandConfigSchema = policyFileSchema.extend({
  command: policyFileSchema.shape.command.unwrap(),
  description: text.optional(),
  /** its working directory; default: the run's own folder */
  folder: text.optional(),
  values: z.record(z.string(), allowedValueSchema.nullable()).optional(),
});

export const commandsConfigSchema = z.record(name, commandConfigSchema);

/** One of them as the API lists it. */
export const listedCommandSchema = z.strictObject({
  name,
  description: z.string().nullable(),
  /** its words, with `{placeholders}` */
  command: z.array(z.string()).min(1),
  values: z.record(z.string(), allowedValueSchema),
  /** the first limit and the highest; null where earlier runs say what it needs */
  memory: z.strictObject({ from: z.int(), to: z.int() }).nullable(),
});

export const commandRunSchema = z.strictObject({
  values: z.record(z.string(), value).default({}),
  priority: order.priority,
  exclusive: order.exclusive,
});

export const commandOrderSchema = z.strictObject({
  name,
  values: z.record(z.string(), z.string()),
});

export type CommandConfig = z.infer<typeof commandConfigSchema>;
export type AllowedValue = z.infer<typeof allowedValueSchema>;
export type ListedCommand = z.infer<typeof listedCommandSchema>;
export type CommandRun = z.infer<typeof commandRunSchema>;
export type CommandOrder = z.infer<typeof commandOrderSchema>;
