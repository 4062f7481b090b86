/**
 * @file Two graphs as one that computes either: an ONNX If, whose branches share inputs and weights.
 *
 * A forward and a backward graph read the same weights. In sessions of their own each would map them
 * again and hold its own copy of everything else; joined, the pair costs one session and one mapping.
 */
import { encodeBranch, type Initializer, type OnnxGraph, type Port } from './onnx-graph.ts';

export interface JoinedGraphs {
  readonly onnx: OnnxGraph;
  /** The joined graph's outputs are places: of each graph, the place at which an output comes. */
  readonly placeOf: (output: number) => string;
}

/** The name of the input, a bool of shape [1], that says which graph runs: true for the first. */
export const RUNS_FIRST = 'runs first';

/**
 * @throws an `internal:` error for outputs other than float32, and for graphs that mean different things
 * by one name
 */
export function joinGraphs(name: string, first: OnnxGraph, second: OnnxGraph): JoinedGraphs {
  const both = [first, second];
  const other = both.flatMap(({ outputs }) => outputs).find(({ type }) => type !== 'f32');
  if (other) throw new Error(`internal: output ${other.name} of ${name} is ${other.type}, not f32`);
  const places = Math.max(...both.map(({ outputs }) => outputs.length));
  const outputs = Array.from({ length: places }, (_, place) => ({
    name: placeOf(place),
    type: 'f32' as const,
    shape: null,
  }));
  const branch = (graph: OnnxGraph) => ({ graph: encodeBranch(withOutputs(graph, places)) });
  const either = {
    op: 'If',
    name: 'either',
    inputs: [RUNS_FIRST],
    outputs: outputs.map((output) => output.name),
    attributes: { then_branch: branch(first), else_branch: branch(second) },
  };
  const inputs = once(both.flatMap((graph) => graph.inputs));
  return {
    onnx: {
      name,
      nodes: [either],
      initializers: [NOTHING, ...once(both.flatMap((graph) => graph.initializers))],
      inputs: [{ name: RUNS_FIRST, type: 'bool', shape: [1] }, ...inputs],
      outputs,
    },
    placeOf,
  };
}

const placeOf = (output: number): string => `place:${output}`;

/** What a branch puts where the other one has an output more. */
const NOTHING: Initializer = { name: 'nothing', shape: [0], data: new Float32Array(0) };

/** The graph as a branch: inputs and constants are the outer graph's, and it has `count` outputs. */
function withOutputs(graph: OnnxGraph, count: number): OnnxGraph {
  const missing = Array.from({ length: count - graph.outputs.length }, (_, i): Port => ({
    name: `nothing:${i}`,
    type: 'f32',
    shape: [0],
  }));
  const nothing = missing.map((port) => ({
    op: 'Identity',
    name: port.name,
    inputs: [NOTHING.name],
    outputs: [port.name],
  }));
  return {
    name: graph.name,
    nodes: [...graph.nodes, ...nothing],
    initializers: [],
    inputs: [],
    outputs: [...graph.outputs, ...missing],
  };
}

/** One of each name. Two of one name have to be the same. */
function once<T extends Port | Initializer>(items: readonly T[]): T[] {
  const found = new Map<string, T>();
  for (const item of items) {
    const same = found.get(item.name) ?? item;
    if (same.shape?.join() !== item.shape?.join()) {
      throw new Error(
        `internal: two graphs disagree on ${item.name}: [${same.shape?.join()}] and [${item.shape?.join()}]`,
      );
    }
    found.set(item.name, same);
  }
  return [...found.values()];
}
