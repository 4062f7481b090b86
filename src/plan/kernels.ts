/**
 * @file What ONNX Runtime runs for a graph, kernel by kernel, as far as memory goes: which buffers each
 * reads, makes or overwrites. Which operation becomes which kernels is a table, buffer-rules.ts. All of
 * it holds for any lengths.
 */
import type { WeightStorage } from '#base';
import type { Graph, Shape, Value } from '#grad';
import { bufferOf } from './buffer-rules.ts';

/** A tensor of a run. */
export interface Buffer {
  readonly shape: Shape;
  readonly itemBytes: number;
  /** whether the shape follows from numbers that only a run computes */
  readonly late: boolean;
}

export interface Kernel {
  readonly op: string;
  readonly inputs: readonly Buffer[];
  readonly output: Buffer;
  /** the input whose memory the output takes over where nothing else reads it */
  readonly overwrites: Buffer | null;
  /** the input that the output is, in another shape */
  readonly alias: Buffer | null;
  /** what the kernel itself allocates while it runs */
  readonly scratch: Buffer | null;
}

/** What a rule writes kernels with. */
export interface KernelWriter {
  /** The buffer of a value that was written before. */
  of(value: Value): Buffer;
  /** The result of a kernel; the same kernel on the same inputs runs once. */
  run(op: string, inputs: readonly Buffer[], result: Result): Buffer;
  /** A number that the graph holds. */
  constant(value: number): Buffer;
  /** Memory that is not the run's: a weight, or a part of one, in its file. */
  mapped(shape: Shape): Buffer;
  /** The weight, if that is what the value is and it is stored in fewer bits than float32. */
  stored(value: Value): StoredShape | null;
}

export interface StoredShape {
  readonly shape: readonly number[];
  readonly storage: Exclude<WeightStorage, 'f32'>;
}

export interface Result {
  readonly shape: Shape;
  /** of float32 if absent */
  readonly itemBytes?: number;
  readonly late?: boolean;
  readonly overwrites?: Buffer;
  readonly alias?: Buffer;
  readonly scratch?: Buffer;
  /** attributes: what tells the kernel from others on the same inputs; null: nothing else is the same */
  readonly key?: string | null;
}

export interface KernelGraph {
  readonly kernels: readonly Kernel[];
  /** which buffer each output of the graph is */
  readonly outputs: ReadonlyMap<string, Buffer>;
}

const FLOAT_BYTES = 4;
const ITEM_BYTES = { f32: FLOAT_BYTES, i32: 4, bool: 1 } as const;

export function kernelsOf(graph: Graph, storageOf: (weight: string) => WeightStorage): KernelGraph {
  const kernels: Kernel[] = [];
  const buffers = new Map<Value, Buffer>();
  const constants = new Map<number, Buffer>();
  const ids = new Map<Buffer, number>();
  const idOf = (buffer: Buffer) => {
    const id = ids.get(buffer) ?? ids.size;
    ids.set(buffer, id);
    return id;
  };
  const known = new Map<string, Buffer>();

  const writer: KernelWriter = {
    of(value) {
      const found = buffers.get(value);
      if (!found) throw new Error(`internal: ${value.op} %${value.id} is used before it is made`);
      return found;
    },
    run(op, inputs, result) {
      const { shape, itemBytes = FLOAT_BYTES, late = false, key = '' } = result;
      const name = key === null ? null : `${op} ${key} ${inputs.map(idOf).join()}`;
      const before = name === null ? undefined : known.get(name);
      if (before) return before;
      const output = { shape, itemBytes, late };
      const { overwrites = null, alias = null, scratch = null } = result;
      kernels.push({ op, inputs, output, overwrites, alias, scratch });
      if (name !== null) known.set(name, output);
      return output;
    },
    constant(value) {
      const constant = constants.get(value) ?? bufferLike([]);
      constants.set(value, constant);
      return constant;
    },
    mapped: (shape) => bufferLike(shape),
    stored(value) {
      if (value.op !== 'weight') return null;
      const storage = storageOf(value.params.name);
      return storage === 'f32' ? null : { shape: value.params.shape, storage };
    },
  };
  for (const value of graph.nodes) {
    const { op, shape, dtype } = value;
    const buffer = op === 'input' ? bufferLike(shape, ITEM_BYTES[dtype]) : bufferOf(value, writer);
    buffers.set(value, buffer);
  }
  return needed(
    kernels,
    new Map(Object.entries(graph.outputs).map(([name, value]) => [name, writer.of(value)])),
  );
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

/** A buffer of a shape that is known before a run. */
export function bufferLike(shape: Shape, itemBytes: number = FLOAT_BYTES): Buffer {
  return { shape, itemBytes, late: false };
}
