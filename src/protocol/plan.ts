/**
 * @file Plan: how a run computes what its spec says. Only this sets the peak of memory; under any
 * plan the mathematics is the same.
 */
import { z } from 'zod';

const count = z.int().min(1);

export const planSchema = z.strictObject({
  /** at most so many examples go through the model at once; a step's gradients add up */
  microBatch: count.default(64),
  /** and at most so many tokens, padding included, unless one example alone has more */
  microBatchTokens: count.default(1024),
  /** segments whose inner activations are computed again in the backward pass */
  recompute: z
    .union([z.literal('none'), z.literal('all'), z.array(z.string().min(1))])
    .default('none'),
  /** target positions whose logits exist at once */
  lossChunk: count.default(64),
  threads: count.default(2),
  /** ONNX Runtime keeps freed memory for the next run */
  arena: z.boolean().default(false),
  /** ONNX Runtime allocates a run's values in one piece */
  memoryPattern: z.boolean().default(false),
  /** ONNX Runtime copies weights into a layout of its own: faster for short inputs, and anonymous */
  prepacking: z.boolean().default(false),
});

export type Plan = z.infer<typeof planSchema>;
export type PlanInput = z.input<typeof planSchema>;
