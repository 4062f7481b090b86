/**
 * @file What ONNX Runtime runs for a graph, kernel by kernel, as far as memory goes: which buffers each
 * reads, makes or overwrites. Which operation becomes which kernels is a table, buffer-rules.ts.
 */
import type { WeightStorage } from '#base';
import { dimOf, type Dim, type Graph, type Shape, type SymbolBindings, type Value } from '#grad';
import { bufferOf } from './buffer-rules.ts';

/** A tensor of a run. */
export interface Buffer {
  readonly bytes: number;
  /** the shape as ONNX Runtime knows it before it runs; null where it finds out then */
  readonly shape: Shape | null;
  readonly itemBytes: number;
}

export interface Kernel {
  readonly op: string;
  readonly inputs: readonly Buffer[];
  readonly output: Buffer;
  /** of the inputs, in the order of preference, whose memory the output may take over */
  readonly overwrites: readonly Buffer[];
  /** the input that the output is, in another shape */
  readonly alias: Buffer | null;
  /** what the kernel itself allocates while it runs */
  readonly scratch: number;
}

/** What a rule writes kernels with. */
export interface KernelWriter {
  /** the buffer of a value that has been written before */
  of(value: Value): Buffer;
  /** the result of a kernel; the same kernel on the same inputs runs once */
  run(op: string, inputs: readonly Buffer[], result: Result): Buffer;
  /** how a weight is stored; float32 for all other values */
  storageOf(value: Value): WeightStorage;
  count(shape: Shape): number;
  /** memory that is not the run's: a weight or a part of it in its file */
  foreign(shape: Shape): Buffer;
  /** a number that the graph holds */
  constant(value: number): Buffer;
}

export interface Result {
  readonly shape: Shape;
  readonly itemBytes?: number;
  /** whether only the run tells the shape */
  readonly late?: boolean;
  readonly overwrites?: readonly Buffer[];
  readonly alias?: Buffer;
  readonly scratch?: number;
  /** what tells the kernel from others on the same inputs; null: none is the same */
  readonly key?: string | null;
}

export interface KernelOptions {
  readonly lengths: SymbolBindings;
  readonly storageOf: (weight: string) => WeightStorage;
}

export interface KernelGraph {
  readonly kernels: readonly Kernel[];
  /** which buffer each output of the graph is */
  readonly outputs: ReadonlyMap<string, Buffer>;
}

const ITEM_BYTES = { f32: 4, i32: 4, bool: 1 } as const;

export function kernelsOf(graph: Graph, { lengths, storageOf }: KernelOptions): KernelGraph {
  const kernels: Kernel[] = [];
  const buffers = new Map<Value, Buffer>();
  const known = new Map<string, Buffer>();
  const constants = new Map<number, Buffer>();
  const ids = new Map<Buffer, number>();
  const lengthOf = memoized((dim: Dim) => dimOf(dim, lengths));
  const count = (shape: Shape) => shape.reduce<number>((n, dim) => n * lengthOf(dim), 1);
  const idOf = (buffer: Buffer) => {
    const id = ids.get(buffer) ?? ids.size;
    ids.set(buffer, id);
    return id;
  };
  const foreign = (shape: Shape, itemBytes = 4): Buffer => ({
    bytes: count(shape) * itemBytes,
    shape,
    itemBytes,
  });

  const writer: KernelWriter = {
    of(value) {
      const found = buffers.get(value);
      if (!found) throw new Error(`internal: ${value.op} %${value.id} is used before it is made`);
      return found;
    },
    run(op, inputs, result) {
      const { shape, itemBytes = 4, late = false, key = '' } = result;
      const known_ = key === null ? null : `${op} ${key} ${inputs.map(idOf).join()}`;
      const before = known_ === null ? undefined : known.get(known_);
      if (before) return before;
      const output = { bytes: count(shape) * itemBytes, shape: late ? null : shape, itemBytes };
      const { overwrites = [], alias = null, scratch = 0 } = result;
      kernels.push({ op, inputs, output, overwrites, alias, scratch });
      if (known_ !== null) known.set(known_, output);
      return output;
    },
    storageOf: (value) => (value.op === 'weight' ? storageOf(value.params.name) : 'f32'),
    count,
    foreign,
    constant(value) {
      const found = constants.get(value) ?? foreign([]);
      constants.set(value, found);
      return found;
    },
  };

  for (const value of graph.nodes) {
    const isGiven = value.op === 'input' || (value.op === 'weight' && isFloat(value));
    buffers.set(
      value,
      isGiven ? foreign(value.shape, ITEM_BYTES[value.dtype]) : bufferOf(value, writer),
    );
  }
  function isFloat(value: Value): boolean {
    return writer.storageOf(value) === 'f32';
  }
  const outputs = Object.entries(graph.outputs).map(
    ([name, value]) => [name, writer.of(value)] as const,
  );
  return needed(kernels, new Map(outputs));
}

/** Without what is written and then not read: constants and stretched tensors, weights as a whole. */
function needed(kernels: readonly Kernel[], outputs: ReadonlyMap<string, Buffer>): KernelGraph {
  const wanted = new Set(outputs.values());
  const kept = kernels.toReversed().filter(({ inputs, output }) => {
    if (!wanted.has(output)) return false;
    for (const input of inputs) wanted.add(input);
    return true;
  });
  return { kernels: kept.toReversed(), outputs };
}

function memoized(compute: (dim: Dim) => number): (dim: Dim) => number {
  const found = new Map<Dim, number>();
  return (dim) => {
    if (typeof dim === 'number') return dim;
    const before = found.get(dim);
    if (before !== undefined) return before;
    const length = compute(dim);
    found.set(dim, length);
    return length;
  };
}
