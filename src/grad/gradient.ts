/**
 * @file Reverse-mode differentiation: from cotangents of some values to those of others.
 *
 * One walk from the outputs back, users before operands, with one rule per operation
 * (gradient-rules.ts); contributions to the same value add up (Griewank & Walther 2008, chapter 3).
 * The gradient is made of the same operations in the same graph, so it can be simplified, printed,
 * differentiated again, or split from the forward part (partition.ts).
 *
 * Underway a cotangent may be smaller than its value: length 1 along an axis says that it is the same
 * all along it, as after a sum. Most operations broadcast anyway, so it is stretched only where not.
 */
import { broadcastShapes, sameShape, showShape } from './dim.ts';
import { GRADIENT_RULES } from './gradient-rules.ts';
import { ancestorsOf, type Value, type ValueOf } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { OpName } from './ops.ts';
import { sumToShape } from './sum-to-shape.ts';

/**
 * Weights of attention and what dropout leaves of them: kept for the gradient, which then is made with fewer
 * passes over them; or made anew from queries and keys, which are shorter.
 */
export type Attention = 'kept' | 'recomputed';

export interface GradientOptions {
  /** what the forward part will keep; 'recomputed' if absent */
  readonly attention?: Attention;
}

export interface Seed {
  readonly value: Value;
  /** Of the value's shape, or one that broadcasts to it. */
  readonly cotangent: Value;
}

/**
 * For each of `wrt` the sum over the outputs of (d output / d wrt) x cotangent, in the shape of wrt;
 * null where no output depends on it by way of f32 values with a gradient.
 */
export function gradient(
  g: GraphBuilder,
  outputs: readonly Seed[],
  wrt: readonly Value[],
  { attention = 'recomputed' }: GradientOptions = {},
): (Value | null)[] {
  const nodes = ancestorsOf(outputs.map(({ value }) => value));
  const wanted = dependents(nodes, wrt);
  const cotangents = new Map<Value, Value>();
  const contribute = (value: Value, part: Value) => {
    const sum = cotangents.get(value);
    cotangents.set(value, sum === undefined ? part : g.add(sum, part));
  };

  for (const seed of outputs) if (wanted.has(seed.value)) contribute(seed.value, atRank(g, seed));
  for (const y of nodes.toReversed()) {
    const dy = cotangents.get(y);
    if (dy === undefined || !y.inputs.some((x) => wanted.has(x))) continue;
    for (const [i, part] of partsOf(g, y, dy, attention).entries()) {
      const x = y.inputs[i]!;
      if (part !== null && wanted.has(x)) contribute(x, part);
    }
  }
  return wrt.map((value) => {
    const found = cotangents.get(value);
    return found === undefined ? null : g.broadcastTo(found, value.shape);
  });
}

/** The nodes made from `wrt` through f32 values, `wrt` included. */
function dependents(nodes: readonly Value[], wrt: readonly Value[]): Set<Value> {
  const found = new Set<Value>();
  for (const { op, id, dtype } of wrt) {
    if (dtype !== 'f32') throw new Error(`internal: no gradient for ${op} %${id}: it is ${dtype}`);
  }
  const asked = new Set(wrt);
  for (const value of nodes) {
    const depends = asked.has(value) || value.inputs.some((input) => found.has(input));
    if (depends && value.dtype === 'f32') found.add(value);
  }
  return found;
}

/** What y's operands get of its cotangent, by the rule of its operation. */
function partsOf<Op extends OpName>(
  g: GraphBuilder,
  y: ValueOf<Op>,
  dy: Value,
  attention: Attention,
): readonly (Value | null)[] {
  const whole = () => g.broadcastTo(dy, y.shape);
  const fit = (part: Value, x: Value) => sumToShape(g, part, y.shape, x.shape);
  return GRADIENT_RULES[y.op]({ g, y, dy, whole, fit, attention }, ...y.inputs);
}

/** The cotangent with as many axes as the value, those that it lacks of length 1. */
function atRank(g: GraphBuilder, { value, cotangent }: Seed): Value {
  const reached = broadcastShapes(cotangent.shape, value.shape);
  if (reached === null || !sameShape(reached, value.shape)) {
    throw new Error(
      `internal: a cotangent of ${showShape(cotangent.shape)} for ${value.op} %${value.id} of ${showShape(value.shape)}`,
    );
  }
  const missing = value.shape.length - cotangent.shape.length;
  return g.reshape(cotangent, [...value.shape.slice(0, missing).map(() => 1), ...cotangent.shape]);
}
