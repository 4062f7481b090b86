/**
 * @file What an open session takes for as long as it is open, whatever it computes: nodes, kernels,
 * shapes, names. Weights are in it only if ONNX Runtime prepacks them.
 *
 * Measured with ONNX Runtime 1.30 without prepacking, all sessions of flan-t5-small open and run once,
 * anonymous memory (KiB) against this formula:
 *
 * | | sessions | kernels | measured | formula |
 * |---|---|---|---|---|
 * | LoRA on q and v, a session for each block | 20 | 3,508 | 24,624 | 25,325 |
 * | the same, blocks in parts | 92 | 3,492 | 39,884 | 40,499 |
 * | the same with one thread | 92 | 3,492 | 31,116 | 31,852 |
 * | LoRA on every matrix | 20 | 5,186 | 36,476 | 35,393 |
 * | the same, blocks in parts | 92 | 5,236 | 50,596 | 50,963 |
 */
import type { WeightStorage } from '#base';
import type { Graph } from '#grad';
import { kernelsOf } from './kernels.ts';

const SESSION_BYTES = 120 * 1024;
/** A thread of a session's pool: what its stack has grown to by multiplying. */
const THREAD_BYTES = 94 * 1024;
/** A node, its kernel, and what is known of its result. */
const KERNEL_BYTES = 6 * 1024;
const FLOAT_BYTES = 4;

export interface FootprintOptions {
  /** threads inside an operator, the calling one among them */
  readonly threads: number;
  /** how weights are stored; all as float32 if absent */
  readonly storageOf?: (weight: string) => WeightStorage;
  /** which weights ONNX Runtime copies into a layout of its own; none if absent */
  readonly isPacked?: (weight: string) => boolean;
}

/** Bytes of one session: of one graph, or of a pair that shares it. */
export function sessionFootprint(
  graphs: readonly Graph[],
  { threads, storageOf = () => 'f32', isPacked = () => false }: FootprintOptions,
): number {
  const kernels = graphs.reduce(
    (sum, graph) => sum + kernelsOf(graph, storageOf).kernels.length,
    0,
  );
  const packed = graphs.reduce((sum, graph) => sum + packedBytes(graph, isPacked), 0);
  return SESSION_BYTES + (threads - 1) * THREAD_BYTES + kernels * KERNEL_BYTES + packed;
}

/** Each product has a copy of its own: the forward graph's is no use to the backward graph's. */
function packedBytes({ nodes }: Graph, isPacked: (weight: string) => boolean): number {
  let bytes = 0;
  for (const { op, inputs } of nodes) {
    const right = inputs[1];
    if (op !== 'matmul' || right?.op !== 'weight' || !isPacked(right.params.name)) continue;
    bytes += right.params.shape.reduce((size, length) => size * length, FLOAT_BYTES);
  }
  return bytes;
}
