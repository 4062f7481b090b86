/**
 * @file How long a step takes under one plan against another: the multiplications that it does, what it
 * moves between memory and file. Seconds of one machine, to be compared with each other only.
 */
import { dimOf, type Graph, type SymbolBindings } from '#grad';

const countedBefore = new WeakMap<Graph, Map<string, number>>();

/** Multiplications and additions of a graph's matrix products; counted once for the same lengths. */
export function productFlops(graph: Graph, lengths: SymbolBindings): number {
  const known = countedBefore.get(graph) ?? new Map<string, number>();
  countedBefore.set(graph, known);
  const key = JSON.stringify(lengths);
  const flops = known.get(key) ?? countFlops(graph, lengths);
  known.set(key, flops);
  return flops;
}

function countFlops(graph: Graph, lengths: SymbolBindings): number {
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
/**
 * Rows at which the product with the head takes twice its time: the matrix is packed anew for each chunk
 * (384/384 tokens of flan-t5-small: 0.3 s a step more in chunks of 96 than of 192, 1.6 s more in those of 32).
 */
const HALF_SPEED_ROWS = 120;
/** A page that is given back and taken anew: cleared by the kernel, page by page. */
const FRESH_BYTES_PER_SECOND = 3e9;
/** Pages of weights that were dropped and are read again. */
const READ_BYTES_PER_SECOND = 0.5e9;
/** Weights made float32 for a product. */
const CONVERTED_BYTES_PER_SECOND = 4e9;

export interface Work {
  /** of all products but the head's */
  readonly flops: number;
  readonly headFlops: number;
  /** rows that go through the head at once: its chunk */
  readonly headRows: number;
  /** bytes of buffers that go back to the kernel after each use */
  readonly freshBytes: number;
  /** bytes of weights that do not stay in memory from use to use */
  readonly readBytes: number;
  readonly convertedBytes: number;
}

/**
 * Passes over a matrix that one product with it makes: its right operand is packed 128 columns at a time,
 * and the head's is read along its rows in the forward product, across them in the backward one.
 */
const HEAD_PASSES = 1 + 4;

/**
 * Bytes of weights that a micro-batch reads from files, because they were dropped since they were read
 * last. Weights are used one after the other and then again from the first, and what the kernel drops is
 * what was used longest ago: if not all of them find room, none is there when it is used again.
 */
export function bytesReadAgain(weights: {
  /** `weightBytes` of all blocks; `bytes`: the same for each time that they are used */
  readonly blocks: { readonly weightBytes: number; readonly bytes: number };
  readonly headBytes: number;
  readonly chunks: number;
  readonly room: number;
}): number {
  const { blocks, headBytes, chunks, room } = weights;
  if (blocks.weightBytes + headBytes <= room) return 0;
  return blocks.bytes + (headBytes <= room ? headBytes : headBytes * chunks * HEAD_PASSES);
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
