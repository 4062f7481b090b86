/** @file The way back of broadcasting: what was stretched is summed. */
import { type Dim, factorsOf, product, type Shape } from './dim.ts';
import type { Value } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';

/**
 * Sums `part` over the axes along which `to` was stretched to `from`. `part` stands for a value of
 * shape `from`, but may have length 1 along any axis where it does not vary; the result stands for
 * one of shape `to` in the same way.
 */
export function sumToShape(g: GraphBuilder, part: Value, from: Shape, to: Shape): Value {
  const added = from.length - to.length;
  const stretched = from.flatMap((_, axis) =>
    axis < added || to[axis - added] === 1 ? [axis] : [],
  );
  const varying = stretched.filter((axis) => part.shape[axis] !== 1);
  const constant = stretched.filter((axis) => part.shape[axis] === 1);
  const sum = g.reduceSum(part, varying);
  const times = countOf(
    g,
    constant.map((axis) => from[axis]!),
  );
  return g.reshape(g.mul(sum, times), sum.shape.slice(added));
}

/** The number of elements of a shape, as a scalar of the graph: counted when it runs if it has symbols. */
export function countOf(g: GraphBuilder, shape: Shape): Value {
  const { coefficient, symbols } = factorsOf(product(shape));
  return symbols
    .map((symbol) => lengthOf(g, symbol))
    .reduce((count, length) => g.mul(count, length), g.fill(coefficient, []));
}

function lengthOf(g: GraphBuilder, symbol: Dim): Value {
  return g.reshape(g.reduceSum(g.fill(1, [symbol]), [0]), []);
}
