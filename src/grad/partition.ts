/**
 * @file Splits one graph of values and their gradients into two that run one after the other: a
 * forward graph and a backward graph, with as little as possible kept in between (residuals.ts).
 */
import type { SymbolBindings } from './dim.ts';
import { ancestorsOf, type Graph, graphOf, type Value } from './graph.ts';
import type { Attention } from './gradient.ts';
import { GraphBuilder } from './graph-builder.ts';
import { chooseResiduals } from './residuals.ts';

export interface PartitionOptions {
  /** 'none': the backward graph starts from inputs and weights and makes everything again. */
  readonly residuals?: 'minimum' | 'none';
  /** 'kept': no product is done again for the backward graph, not even a short one; 'recomputed' if absent. */
  readonly attention?: Attention;
  /**
   * What it costs to have an input once more, in elements kept instead, for each of its elements: of what is
   * drawn or read anew. 0 if absent.
   */
  readonly inputCost?: (name: string) => number;
  /** Lengths to compare sizes for; a symbol not named here counts 64, B counts 1. */
  readonly sizes?: SymbolBindings;
}

export interface Partition {
  /** Outputs: those asked for, then the residuals. */
  readonly forward: Graph;
  /** Outputs: all others. Inputs: residuals, and what it needs of the joint graph's own. */
  readonly backward: Graph;
  /** `residual:0` and so on, in the order of the graph. */
  readonly residuals: readonly string[];
}

/** The backward outputs are those not named; throws an `internal:` error for a name that is no output. */
export function partition(
  joint: Graph,
  forwardOutputs: readonly string[],
  { residuals = 'minimum', ...options }: PartitionOptions = {},
): Partition {
  const outputs = Object.entries(joint.outputs);
  const unknown = forwardOutputs.filter((name) => !(name in joint.outputs));
  if (unknown.length > 0) {
    throw new Error(`internal: graph ${joint.name} has no output ${unknown.join(', ')}`);
  }
  const first = outputs.filter(([name]) => forwardOutputs.includes(name));
  const second = outputs.filter(([name]) => !forwardOutputs.includes(name));

  const forwardValues = new Set(ancestorsOf(first.map(([, value]) => value)));
  const targets = second.map(([, value]) => value);
  const read = valuesRead(forwardValues, targets);
  const kept = residuals === 'none' ? [] : chooseResiduals(read, options);
  const named = kept.map((value, n): [string, Value] => [`residual:${n}`, value]);

  return {
    forward: graphOf(
      `${joint.name}.forward`,
      Object.fromEntries([...first, ...named]),
      joint.inputs,
    ),
    backward: rebuild(`${joint.name}.backward`, joint, Object.fromEntries(second), named),
    residuals: named.map(([name]) => name),
  };
}

/** The forward values that the backward part starts from: operands of its own, or targets themselves. */
function valuesRead(forward: ReadonlySet<Value>, targets: readonly Value[]): Value[] {
  const own = ancestorsOf(targets, forward).filter((value) => !forward.has(value));
  const read = [...targets, ...own.flatMap(({ inputs }) => inputs)];
  return [...new Set(read.filter((value) => forward.has(value)))];
}

/** A graph of its own for these outputs, with an input in the place of each value that was kept. */
function rebuild(
  name: string,
  joint: Graph,
  outputs: Readonly<Record<string, Value>>,
  kept: readonly (readonly [string, Value])[],
): Graph {
  const g = new GraphBuilder(name);
  // Declared whether read or not: an input may be what says how long an axis is.
  for (const { params } of joint.inputs) g.input(params.name, params.dtype, params.shape);
  const made = new Map(
    kept.map(([residual, value]) => [value, g.input(residual, value.dtype, value.shape)]),
  );
  for (const value of lateAsCanBe(Object.values(outputs), made)) {
    const inputs = value.inputs.map((input) => made.get(input)!);
    made.set(value, g.node(value.op, inputs, value.params));
  }
  return g.finish(
    Object.fromEntries(
      Object.entries(outputs).map(([output, value]) => [output, made.get(value)!]),
    ),
  );
}

/**
 * What the outputs are made from, each value right before the first that reads it. Values of the
 * forward part that are made again start from what is at hand: made in the order of the forward part,
 * they would all be alive long before they are read. Of operands, the one that was last in the joint
 * graph is made first: the gradient, and then what it is multiplied by.
 */
function lateAsCanBe(outputs: readonly Value[], atHand: ReadonlyMap<Value, Value>): Value[] {
  const order = new Set<Value>();
  const visit = (value: Value): void => {
    if (order.has(value) || atHand.has(value)) return;
    for (const input of value.inputs.toSorted((a, b) => b.id - a.id)) visit(input);
    order.add(value);
  };
  for (const output of outputs.toSorted((a, b) => a.id - b.id)) visit(output);
  return [...order];
}
