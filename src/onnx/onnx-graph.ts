/**
 * @file An ONNX graph while it is written: nodes as data, equal ones written once, constants inline.
 * `encode` turns the finished graph into bytes.
 */
import {
  externalTensor,
  graphProto,
  inlineTensor,
  model,
  nodeProto,
  valueInfo,
  type Attribute,
  type ElementType,
  type ModelParts,
  type NodeParts,
  type PortType,
} from './model-proto.ts';
import { leadingTo } from './running-order.ts';
import type { Encoded } from './wire-format.ts';

export type Attributes = Readonly<Record<string, Attribute>>;

export type Initializer =
  | {
      readonly name: string;
      readonly shape: readonly number[];
      readonly data: Float32Array | BigInt64Array;
    }
  | {
      readonly name: string;
      readonly shape: readonly number[];
      readonly type: ElementType;
      readonly where: {
        readonly location: string;
        readonly offset: number;
        readonly length: number;
      };
    };

export interface Port {
  readonly name: string;
  readonly type: PortType;
  /** null where it is not known before the graph runs */
  readonly shape: readonly (number | string)[] | null;
}

export interface OnnxGraph {
  readonly name: string;
  /** In the order in which they are to run, operands before users. */
  readonly nodes: readonly NodeParts[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** What a lowering rule writes with. Each method returns the name of a value. */
export interface GraphWriter {
  /** The result of an operator; the same operator on the same inputs is written once. */
  op(op: string, inputs: readonly string[], attributes?: Attributes, domain?: string): string;
  /**
   * The same, but a result of its own even where there is an equal one: for what is large and quickly
   * made, so that it is freed after the one use that it is made for.
   */
  opForOneUse(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** A float constant of shape []. */
  scalar(value: number): string;
  /** An int64 vector: axes, shapes. */
  ints(values: readonly number[]): string;
  initializer(initializer: Initializer): string;
}

export interface WrittenGraph {
  readonly writer: GraphWriter;
  /**
   * The graph that computes `outputs` (port name -> the value that it shows), without the nodes and
   * constants that none of them needs.
   */
  finish(
    name: string,
    inputs: readonly Port[],
    outputs: readonly (Port & { readonly from: string })[],
  ): OnnxGraph;
}

export function writeGraph(): WrittenGraph {
  const nodes = new Map<string, NodeParts>();
  const initializers = new Map<string, Initializer>();

  function initializer(given: Initializer): string {
    initializers.set(given.name, given);
    return given.name;
  }

  function node(key: string, parts: Omit<NodeParts, 'name' | 'outputs'>): string {
    const name = `%${nodes.size}`;
    nodes.set(key, { ...parts, name, outputs: [name] });
    return name;
  }

  const writer: GraphWriter = {
    op(op, inputs, attributes = {}, domain) {
      const key = JSON.stringify([op, inputs, attributes, domain]);
      return (
        nodes.get(key)?.name ?? node(key, { op, inputs, attributes, ...(domain && { domain }) })
      );
    },
    opForOneUse: (op, inputs, attributes = {}) =>
      node(`for one use: ${nodes.size}`, { op, inputs, attributes }),
    scalar: (value) =>
      initializer({
        name: `float:${Object.is(value, -0) ? '-0' : value}`,
        shape: [],
        data: Float32Array.of(value),
      }),
    ints: (values) =>
      initializer({
        name: `ints:${values.join()}`,
        shape: [values.length],
        data: BigInt64Array.from(values, BigInt),
      }),
    initializer,
  };

  return {
    writer,
    finish: (name, inputs, outputs) => ({
      name,
      ...needed([...nodes.values()], initializers, outputs),
      inputs,
      outputs: outputs.map(({ name: port, type, shape }) => ({ name: port, type, shape })),
    }),
  };
}

/** The part of what was written that the outputs need, with the outputs' names in place. */
function needed(
  written: readonly NodeParts[],
  initializers: ReadonlyMap<string, Initializer>,
  outputs: readonly (Port & { readonly from: string })[],
): Pick<OnnxGraph, 'nodes' | 'initializers'> {
  const made = new Set(written.map((node) => node.name));
  const renamed = new Map<string, string>();
  const copies: NodeParts[] = [];
  for (const { name, from } of outputs) {
    // A node writes straight into the output that shows its value. A second output of the same
    // value, and an output that is an input or a weight, is a copy.
    if (made.has(from) && !renamed.has(from)) renamed.set(from, name);
    else copies.push({ op: 'Identity', name: `%${name}`, inputs: [from], outputs: [name] });
  }
  const current = (name: string) => renamed.get(name) ?? name;
  const wanted = new Set(outputs.map((output) => output.name));
  const nodes: NodeParts[] = [];
  for (const node of [...written, ...copies].toReversed()) {
    const results = node.outputs.map(current);
    if (!results.some((name) => wanted.has(name))) continue;
    const operands = node.inputs.map(current);
    for (const name of operands) wanted.add(name);
    nodes.push({ ...node, inputs: operands, outputs: results });
  }
  return {
    nodes: nodes.toReversed(),
    initializers: [...initializers.values()].filter(({ name }) => wanted.has(name)),
  };
}

/** The graph as a model for ONNX Runtime, which runs its nodes in the order in which they stand. */
export function encode(graph: OnnxGraph): Uint8Array {
  return model(partsOf(graph));
}

/** The same as a branch of another graph. */
export function encodeBranch(graph: OnnxGraph): Encoded {
  return graphProto(partsOf(graph));
}

function partsOf(graph: OnnxGraph): ModelParts {
  return {
    name: graph.name,
    nodes: leadingTo(graph.nodes).map(nodeProto),
    initializers: graph.initializers.map((constant) =>
      'data' in constant
        ? inlineTensor(constant.name, constant.data, constant.shape)
        : externalTensor(constant.name, constant.type, constant.shape, constant.where),
    ),
    inputs: graph.inputs.map(({ name, type, shape }) => valueInfo(name, type, shape)),
    outputs: graph.outputs.map(({ name, type, shape }) => valueInfo(name, type, shape)),
  };
}
