/** @file Whether ONNX Runtime and the float64 interpreter agree on a graph, for generated feeds. */
import { uniform } from '#base';
import {
  type Dim,
  dimOf,
  type DType,
  type Graph,
  interpret,
  shapeOf,
  type SymbolBindings,
  type Tensor,
  type Tensor64,
} from '#grad';
import { openSession } from '#onnx';

const OPTIONS = { threads: 2, arena: false, memoryPattern: false, prepacking: false };
/** Of 1 + the tensor's largest number; float32 rounds by 6e-8, and a few hundred of them add up. */
const TOLERANCE = 1e-5;

type Tensors = Readonly<Record<string, Tensor>>;

interface Drawing {
  readonly seed: number;
  /** Floats are drawn between minus this and this; 2 when left out. */
  readonly floatsWithin?: number;
  /** Ints are drawn from 0 to this. */
  readonly idsBelow?: Dim | undefined;
}

/**
 * Runs the graph both ways, in one session, once for each binding of its symbols. What differs, in
 * words; nothing where they agree.
 */
export async function disagreements(
  graph: Graph,
  runs: readonly SymbolBindings[],
  drawing: Drawing,
): Promise<string[]> {
  await using session = await openSession(graph, () => 'fed', OPTIONS);
  const found: string[] = [];
  for (const bindings of runs) {
    const feeds = drawFeeds(graph, bindings, drawing);
    found.push(...differences(await session.run(feeds), interpreted(graph, feeds)));
  }
  return found;
}

/** The graph's outputs by ONNX Runtime, weights fed. */
export async function computed(graph: Graph, feeds: Tensors): Promise<Record<string, Tensor>> {
  await using session = await openSession(graph, () => 'fed', OPTIONS);
  return await session.run(feeds);
}

/** The graph's outputs by the interpreter. */
export function interpreted(graph: Graph, feeds: Tensors): Record<string, Tensor64> {
  const doubles = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: Float64Array.from(data) },
    ]),
  );
  return interpret(graph, doubles, doubles);
}

export function differences(got: Tensors, expected: Readonly<Record<string, Tensor64>>): string[] {
  return Object.entries(expected).flatMap(([name, { shape, data }]) => {
    const tensor = got[name];
    if (tensor?.shape.join() !== shape.join()) {
      return [`${name}: expected shape [${shape.join()}], got [${tensor?.shape.join()}]`];
    }
    const largest = largestDifference(tensor.data, data);
    return largest < TOLERANCE ? [] : [`${name}: off by ${largest} of its largest number`];
  });
}

/** Feeds for all inputs and weights, the same for the same seed. */
export function drawFeeds(
  graph: Graph,
  bindings: SymbolBindings,
  { seed, floatsWithin = 2, idsBelow = 1 }: Drawing,
): Record<string, Tensor> {
  let drawn = 0;
  const draw = () => uniform(seed, drawn++);
  const tops = { floatsWithin, idsBelow: dimOf(idsBelow, bindings) };
  return Object.fromEntries(
    [...graph.inputs, ...graph.weights].map(({ params, dtype, shape }) => [
      params.name,
      tensorOf(dtype, shapeOf(shape, bindings), draw, tops),
    ]),
  );
}

function tensorOf(
  dtype: DType,
  shape: readonly number[],
  draw: () => number,
  tops: { readonly floatsWithin: number; readonly idsBelow: number },
): Tensor {
  const count = shape.reduce((total, length) => total * length, 1);
  const from = (number: () => number) => Array.from({ length: count }, number);
  if (dtype === 'f32') {
    return {
      dtype,
      shape,
      data: Float32Array.from(from(() => (draw() * 2 - 1) * tops.floatsWithin)),
    };
  }
  if (dtype === 'i32') {
    return { dtype, shape, data: Int32Array.from(from(() => draw() * tops.idsBelow)) };
  }
  return { dtype, shape, data: Uint8Array.from(from(() => draw() * 2)) };
}

/** Relative to 1 + the largest |expected|; infinite where either is not a number. */
function largestDifference(got: ArrayLike<number>, expected: Float64Array): number {
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) + 1;
  return expected.reduce((largest, value, i) => {
    const difference = Math.abs((got[i] ?? NaN) - value) / scale;
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, 0);
}
