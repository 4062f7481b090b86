/**
 * @file How much memory a run of one graph takes in ONNX Runtime, at most at once, beside what it is
 * fed and what its results are written to.
 *
 * It follows ONNX Runtime 1.30 with arena and memory pattern off (core/framework/
 * allocation_planner.cc). Before any run that decides, kernel by kernel, whether a result takes over
 * the memory of an operand, or that of an earlier result of the same shape, which then lives on until
 * nothing of it is read any more; all else is allocated when it is made and freed after its last use.
 * Held against every allocation of flan-t5-small's graphs it is exact to 0.1 MiB.
 *
 * What it leaves out: threads allocate while they multiply (64 KiB on their stacks), and the allocator
 * below may not find room where there are only gaps.
 */
import type { WeightStorage } from '#base';
import { type Dim, dimOf, type Graph, sameShape, type SymbolBindings } from '#grad';
import { type Buffer, type Kernel, type KernelGraph, kernelsOf } from './kernels.ts';

export interface SessionMemoryOptions {
  /** how weights are stored; all as float32 if absent */
  readonly storageOf?: (weight: string) => WeightStorage;
  /** outputs that are asked for; all if absent. ONNX Runtime makes the others too, and keeps them to the end */
  readonly outputs?: readonly string[];
}

export interface SessionMemory {
  readonly peakBytes: number;
  /** the kernel that runs then */
  readonly at: string;
  /** bytes while each kernel runs, in order */
  readonly timeline: readonly { readonly op: string; readonly bytes: number }[];
}

export function sessionMemory(
  graph: Graph,
  lengths: SymbolBindings,
  { storageOf = () => 'f32', outputs = Object.keys(graph.outputs) }: SessionMemoryOptions = {},
): SessionMemory {
  const { kernels, outputs: results, homes, lastUse } = placed(graph, storageOf);
  const bytesOf = sizes(lengths);
  const freed = kernels.map(() => 0);
  for (const [home, at] of lastUse) freed[at] = freed[at]! + bytesOf(home);
  const ours = new Set(outputs.flatMap((name) => results.get(name) ?? []));
  let alive = 0;
  const timeline = kernels.map(({ op, output, scratch }, at) => {
    if (homes.get(output) === output && !ours.has(output)) alive += bytesOf(output);
    const bytes = alive + (scratch ? bytesOf(scratch) : 0);
    alive -= freed[at]!;
    return { op, bytes };
  });
  const nothing = { op: 'nothing', bytes: 0 };
  const peak = timeline.reduce((most, each) => (each.bytes > most.bytes ? each : most), nothing);
  return { peakBytes: peak.bytes, at: peak.op, timeline };
}

function sizes(lengths: SymbolBindings): (buffer: Buffer) => number {
  const known = new Map<string, number>();
  const lengthOf = (dim: Dim) => {
    if (typeof dim === 'number') return dim;
    const length = known.get(dim) ?? dimOf(dim, lengths);
    known.set(dim, length);
    return length;
  };
  return ({ shape, itemBytes }) =>
    shape.reduce<number>((bytes, dim) => bytes * lengthOf(dim), itemBytes);
}

type PlacedGraph = KernelGraph & Places;

const placedBefore = new WeakMap<Graph, Map<string, PlacedGraph>>();

/** The same for all lengths, so done once for a graph and how its weights are stored. */
function placed(graph: Graph, storageOf: (weight: string) => WeightStorage): PlacedGraph {
  const key = graph.weights.map(({ params }) => storageOf(params.name)).join();
  const known = placedBefore.get(graph) ?? new Map<string, PlacedGraph>();
  placedBefore.set(graph, known);
  const before = known.get(key);
  if (before) return before;
  const written = kernelsOf(graph, storageOf);
  const result = { ...written, ...placeBuffers(written) };
  known.set(key, result);
  return result;
}

interface Places {
  /** in whose memory each result lies: its own, or that of an earlier one */
  readonly homes: ReadonlyMap<Buffer, Buffer>;
  /** after which kernel the memory of a home is freed; absent where that is not before the end */
  readonly lastUse: ReadonlyMap<Buffer, number>;
}

function placeBuffers({ kernels, outputs }: KernelGraph): Places {
  const results = new Set(outputs.values());
  const made = new Set(kernels.map(({ output }) => output));
  const usesLeft = new Map<Buffer, number>();
  const addUses = (of: Buffer, uses: number) => usesLeft.set(of, (usesLeft.get(of) ?? 0) + uses);
  for (const { inputs, output } of kernels) {
    // What is fed and what is asked for is never free for anything else.
    for (const input of inputs) addUses(input, made.has(input) ? 1 : Infinity);
    addUses(output, results.has(output) ? Infinity : 1);
  }
  const homes = new Map<Buffer, Buffer>();
  const homeOf = (buffer: Buffer) => homes.get(buffer) ?? buffer;
  const lastUse = new Map<Buffer, number>();
  const free: Buffer[] = []; // in the order in which they became free

  for (const [at, kernel] of kernels.entries()) {
    const { inputs, output } = kernel;
    const home = results.has(output) ? output : homeFor(kernel, homeOf, usesLeft, free);
    homes.set(output, home);
    if (home !== output) {
      addUses(home, usesLeft.get(output) ?? 0);
      lastUse.delete(home);
    }
    for (const used of [...inputs, output].map(homeOf)) {
      addUses(used, -1);
      if (usesLeft.get(used) !== 0) continue;
      free.push(used);
      lastUse.set(used, at);
    }
  }
  return { homes, lastUse };
}

function homeFor(
  { output, overwrites, alias }: Kernel,
  homeOf: (buffer: Buffer) => Buffer,
  usesLeft: ReadonlyMap<Buffer, number>,
  free: Buffer[],
): Buffer {
  if (alias) return homeOf(alias);
  if (overwrites && usesLeft.get(homeOf(overwrites)) === 1 && looksAlike(overwrites, output)) {
    return homeOf(overwrites);
  }
  if (output.shape.length === 0) return output;
  const at = free.findLastIndex((buffer) => looksAlike(buffer, output));
  return at < 0 ? output : free.splice(at, 1)[0]!;
}

/** Of one size, as far as ONNX Runtime can tell: lengths that an input has, never products of them. */
function looksAlike(a: Buffer, b: Buffer): boolean {
  if (a.itemBytes !== b.itemBytes || a.late || b.late) return false;
  return sameShape(a.shape, b.shape) && !a.shape.some(isProduct);
}

function isProduct(dim: Dim): boolean {
  return typeof dim === 'string' && dim.includes('*');
}
