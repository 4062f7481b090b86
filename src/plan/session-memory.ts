/**
 * @file How much memory ONNX Runtime takes for a run of one graph, at most at once, beyond what it is
 * fed and what its results are written to.
 *
 * It follows ONNX Runtime 1.30 with arena and memory pattern off (core/framework/
 * allocation_planner.cc): before any run it decides, kernel by kernel, whether a result takes over the
 * memory of an operand, or that of an earlier result of the same shape, which then lives on until it
 * is needed no more; all else is allocated when it is made and freed after its last use.
 */
import type { WeightStorage } from '#base';
import { type Graph, type Shape, type SymbolBindings } from '#grad';
import { type Buffer, type Kernel, type KernelGraph, kernelsOf } from './kernels.ts';

export interface SessionMemoryOptions {
  /** how weights are stored; float32 if absent */
  readonly storageOf?: (weight: string) => WeightStorage;
  /** outputs that the caller has memory for; all if absent. ONNX Runtime keeps the others to the end */
  readonly outputs?: readonly string[];
}

export interface SessionMemory {
  readonly peakBytes: number;
  /** the kernel at which it is reached */
  readonly at: string;
  /** bytes while each kernel runs, in order */
  readonly timeline: readonly { readonly op: string; readonly bytes: number }[];
}

export function sessionMemory(
  graph: Graph,
  lengths: SymbolBindings,
  { storageOf = () => 'f32', outputs }: SessionMemoryOptions = {},
): SessionMemory {
  const written = kernelsOf(graph, { lengths, storageOf });
  const { homes, lastUse } = planBuffers(written);
  const isOurs = new Set(
    [...written.outputs].flatMap(([name, buffer]) =>
      outputs === undefined || outputs.includes(name) ? [buffer] : [],
    ),
  );
  const frees = new Map<number, Buffer[]>();
  for (const [home, at] of lastUse) frees.set(at, [...(frees.get(at) ?? []), home]);
  let bytes = 0;
  const timeline = written.kernels.map(({ op, output, scratch }, at) => {
    const allocated = homes.get(output) === output && !isOurs.has(output);
    if (allocated) bytes += allocation(output.bytes);
    const during = bytes + scratch;
    for (const home of frees.get(at) ?? []) bytes -= allocation(home.bytes);
    return { op, bytes: during };
  });
  const peak = timeline.reduce((most, each) => (each.bytes > most.bytes ? each : most), {
    op: 'nothing',
    bytes: 0,
  });
  return { peakBytes: peak.bytes, at: peak.op, timeline };
}

interface BufferPlan {
  /** in whose memory each result lies: its own, or that of an earlier one */
  readonly homes: ReadonlyMap<Buffer, Buffer>;
  /** after which kernel the memory of each home is freed; absent where that is not while it runs */
  readonly lastUse: ReadonlyMap<Buffer, number>;
}

function planBuffers({ kernels, outputs }: KernelGraph): BufferPlan {
  const results = new Set(outputs.values());
  const made = new Set(kernels.map(({ output }) => output));
  // Uses of what is not the run's own never come to an end.
  const usesLeft = new Map<Buffer, number>();
  const use = (buffer: Buffer, times: number) =>
    usesLeft.set(buffer, (usesLeft.get(buffer) ?? 0) + times);
  for (const { inputs, output } of kernels) {
    for (const input of inputs) use(input, made.has(input) ? 1 : Infinity);
    use(output, results.has(output) ? Infinity : 1);
  }
  const homes = new Map<Buffer, Buffer>();
  const homeOf = (buffer: Buffer) => homes.get(buffer) ?? buffer;
  const lastUse = new Map<Buffer, number>();
  const free: Buffer[] = []; // the last one freed last

  kernels.forEach((kernel, at) => {
    const { inputs, output } = kernel;
    const home = results.has(output) ? output : takenOver(kernel, homeOf, usesLeft, free);
    homes.set(output, home);
    if (home !== output) {
      use(home, usesLeft.get(output) ?? 0);
      lastUse.delete(home);
    }
    for (const buffer of [...inputs, output]) {
      const own = homeOf(buffer);
      use(own, -1);
      if (usesLeft.get(own) !== 0) continue;
      free.push(own);
      lastUse.set(own, at);
    }
  });
  return { homes, lastUse };
}

function takenOver(
  { output, overwrites, alias }: Kernel,
  homeOf: (buffer: Buffer) => Buffer,
  usesLeft: ReadonlyMap<Buffer, number>,
  free: Buffer[],
): Buffer {
  if (alias) return homeOf(alias);
  const over = overwrites.find(
    (input) => usesLeft.get(homeOf(input)) === 1 && sameSize(input, output),
  );
  if (over) return homeOf(over);
  if (output.shape?.length === 0) return output;
  const at = free.findLastIndex((buffer) => sameSize(buffer, output));
  return at < 0 ? output : free.splice(at, 1)[0]!;
}

/** As ONNX Runtime can tell: numbers, and symbols that it was given. It knows no products of them. */
function sameSize(a: Buffer, b: Buffer): boolean {
  if (a.itemBytes !== b.itemBytes || !a.shape || !b.shape) return false;
  return a.shape.length === b.shape.length && a.shape.every((dim, i) => sameDim(dim, b.shape![i]));
}

function sameDim(a: Shape[number], b: Shape[number] | undefined): boolean {
  return a === b && !(typeof a === 'string' && a.includes('*'));
}

const PAGE = 4096;
/** From here on the allocator asks the kernel for pages of their own. */
const MAPPED = 64 * 1024;

function allocation(bytes: number): number {
  return bytes < MAPPED ? bytes : Math.ceil((bytes + 80) / PAGE) * PAGE;
}
