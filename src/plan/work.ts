/**
 * @file How long a step takes under one plan against another: the multiplications that it does, what it
 * moves between memory and file. Seconds of one machine, to be compared with each other only.
 */
import { dimOf, type Graph, type SymbolBindings } from '#grad';

/** Multiplications and additions of a graph's matrix products. */
export function productFlops(graph: Graph, lengths: SymbolBindings): number {
  let flops = 0;
  for (const value of graph.nodes) {
    if (value.op !== 'matmul') continue;
    const [left] = value.inputs;
    const summed = left!.shape.at(value.params.transA ? -2 : -1)!;
    const result = value.shape.reduce<number>((count, dim) => count * dimOf(dim, lengths), 1);
    flops += 2 * result * dimOf(summed, lengths);
  }
  return flops;
}

/** Of one core (AVX2 at 2.45 GHz, ONNX Runtime 1.30): products of 64 rows and more. */
const FLOPS_PER_SECOND = 60e9;
/** Rows at which a product with a matrix from memory takes twice its time. */
const HALF_SPEED_ROWS = 12;
/** A page that is given back and taken anew: cleared by the kernel, page by page. */
const FRESH_BYTES_PER_SECOND = 3e9;
/** Pages of weights that were dropped and are read again. */
const READ_BYTES_PER_SECOND = 0.5e9;
/** Weights made float32 for a product. */
const CONVERTED_BYTES_PER_SECOND = 4e9;

export interface Work {
  readonly flops: number;
  /** rows of the narrowest large product, such as the head's chunk */
  readonly headFlops: number;
  readonly headRows: number;
  /** bytes of buffers that go back to the kernel after each use */
  readonly freshBytes: number;
  /** bytes of weights that do not stay in memory from use to use */
  readonly readBytes: number;
  readonly convertedBytes: number;
}

/** Seconds of a step, roughly. */
export function secondsOf(work: Work, threads: number): number {
  const slowdown = 1 + HALF_SPEED_ROWS / Math.max(1, work.headRows);
  const flops = work.flops + work.headFlops * slowdown;
  return (
    flops / (FLOPS_PER_SECOND * threads) +
    work.freshBytes / FRESH_BYTES_PER_SECOND +
    work.readBytes / READ_BYTES_PER_SECOND +
    work.convertedBytes / CONVERTED_BYTES_PER_SECOND
  );
}
