/**
 * @file Plan: how a run computes what its spec says. Only this sets the peak of memory; under any
 * plan of one precision and one kind of optimizer state the mathematics is the same.
 */
import { z } from 'zod';

const count = z.int().min(1);

export const planSchema = z.strictObject({
  /** at most so many examples go through the model at once; a step's gradients add up */
  microBatch: count.default(64),
  /** and at most so many tokens, padding included, unless one example alone has more */
  microBatchTokens: count.default(1024),
  /** groups of segments (blocks) that run forward again in the backward pass instead of keeping values */
  recompute: z
    .union([z.literal('none'), z.literal('all'), z.array(z.string().min(1))])
    .default('none'),
  /**
   * attention's weights, which grow with the square of the length: made again for the backward pass from
   * queries and keys, or kept, which is faster
   */
  attention: z.enum(['recomputed', 'kept']).default('recomputed'),
  /** target positions whose logits exist at once */
  lossChunk: count.default(192),
  /** attention heads whose scores exist at once; null: all, and blocks are not taken apart for it */
  headsAtOnce: count.nullable().default(null),
  /** positions that go through a feed-forward layer at once; null: all, likewise */
  rowsAtOnce: count.nullable().default(null),
  /** values between blocks wait for the backward pass in a file */
  spill: z.boolean().default(false),
  /** of the frozen base's matrices; stored: as its files have them */
  precision: z.enum(['stored', 'fp32', 'bf16', 'int8', 'int4']).default('stored'),
  threads: count.default(2),
  /**
   * buffers of so many bytes or more go back to the kernel when they are freed (glibc's M_MMAP_THRESHOLD);
   * smaller ones are kept for the next. The process has it from its start: see bin/plimsoll
   */
  mmapThreshold: count.default(32 * 2 ** 20),
  /** of AdamW's two numbers for each trained one: in 32 bits, or in 8 with a scale for each block */
  optimizerState: z.enum(['fp32', '8bit']).default('fp32'),
  /** ONNX Runtime keeps freed memory for the next run */
  arena: z.boolean().default(false),
  /** ONNX Runtime allocates a run's values in one piece */
  memoryPattern: z.boolean().default(false),
  /** ONNX Runtime copies weights into a layout of its own: faster for short inputs, and anonymous */
  prepacking: z.boolean().default(false),
});

export type Plan = z.infer<typeof planSchema>;
export type PlanInput = z.input<typeof planSchema>;
