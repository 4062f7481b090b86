/**
 * @file RecoveryPolicy: how often a command is tried again, after which ends, when, and with how much
 * memory. PolicyFile is the same as people write it into plimsoll.yaml, with the command and its ladders.
 */
import { z } from 'zod';

/** A policy is for a machine to follow alone: past this it has failed, and a person should look. */
const MOST_ATTEMPTS = 1000;

const count = z.int().min(0).max(MOST_ATTEMPTS);
const seconds = z.number().min(0);
const bytes = z.int().min(1);

const backoff = z.strictObject({
  /** seconds before the second attempt, where waiting may help */
  first: seconds.default(1),
  /** each further attempt waits so many times as long as the one before */
  factor: z.number().min(1).default(2),
  /** seconds that no wait is longer than */
  most: seconds.default(60),
});

export const recoveryPolicySchema = z.strictObject({
  /** in all, the first included */
  attempts: z.int().min(1).max(MOST_ATTEMPTS).default(20),
  /** after so many attempts that ended for want of memory another follows */
  memoryRetries: count.default(10),
  /** after so many that ended with an error, a crash or a SIGKILL */
  retries: count.default(0),
  /** as what an end counts that nothing proves: want of memory, an error, or one that is not tried again */
  unestablished: z.enum(['memory', 'error', 'stop']).default('stop'),
  backoff: backoff.prefault({}),
  /** limits of the first attempt and of the last; null: the attempts have none of their own */
  memory: z.strictObject({ from: bytes, to: bytes }).nullable().default(null),
});

/** `batch-size: [8, 4, 2, 1]`; what one ladder has moves together */
const ladder = z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()])));

export const policyFileSchema = z.strictObject({
  /** its words, or one line of simple words */
  command: z.union([z.string(), z.array(z.string())]).optional(),
  /** `512M`, or `512M..2G` */
  memory: z.union([z.string(), z.int()]).optional(),
  ladder: z.union([ladder, z.array(ladder)]).optional(),
  attempts: recoveryPolicySchema.shape.attempts.unwrap().optional(),
  'memory-retries': count.optional(),
  retries: count.optional(),
  unestablished: recoveryPolicySchema.shape.unestablished.unwrap().optional(),
  backoff: backoff.optional(),
});

export type RecoveryPolicy = z.infer<typeof recoveryPolicySchema>;
export type PolicyFile = z.infer<typeof policyFileSchema>;
