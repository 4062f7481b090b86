/**
 * @file What the builder leaves out: operations whose result is at hand already.
 *
 * Each rule is local, looks one or two operations deep, and never makes more work than it saves. Most
 * of what they catch comes from the gradient: products with a cotangent of 1, sums with zeros.
 */
import { product, sameShape, type Shape } from './dim.ts';
import type { Value, ValueOf } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { OpName, OpParams } from './ops.ts';

/** Gives a value equal to the operation's result, or null for nothing better. */
type Simplification<Op extends OpName> = (
  g: GraphBuilder,
  result: Shape,
  params: OpParams[Op],
  ...inputs: Value[]
) => Value | null;

export const SIMPLIFICATIONS: { readonly [Op in OpName]?: Simplification<Op> } = {
  add: (g, shape, _, a: Value, b: Value) =>
    folded(g, shape, a, b, (x, y) => x + y) ??
    neutral(shape, a, b, 0) ??
    neutral(shape, b, a, 0) ??
    scatterOnto(g, shape, a, b) ??
    scatterOnto(g, shape, b, a) ??
    (b.op === 'neg' ? g.sub(a, operand(b)) : null) ??
    (a.op === 'neg' ? g.sub(b, operand(a)) : null) ??
    scalars(g, shape, a, b, (x, y) => g.add(x, y)),
  sub: (g, shape, _, a: Value, b: Value) =>
    folded(g, shape, a, b, (x, y) => x - y) ??
    neutral(shape, a, b, 0) ??
    (b.op === 'neg' ? g.add(a, operand(b)) : null) ??
    scalars(g, shape, a, b, (x, y) => g.sub(x, y)),
  mul: (g, shape, _, a: Value, b: Value) =>
    folded(g, shape, a, b, (x, y) => x * y) ??
    neutral(shape, a, b, 1) ??
    neutral(shape, b, a, 1) ??
    (a.op === 'neg' && b.op === 'neg' ? g.mul(operand(a), operand(b)) : null) ??
    scalars(g, shape, a, b, (x, y) => g.mul(x, y)),
  div: (g, shape, _, a: Value, b: Value) =>
    folded(g, shape, a, b, (x, y) => x / y) ??
    neutral(shape, a, b, 1) ??
    scalars(g, shape, a, b, (x, y) => g.div(x, y)),

  // -(-x) = x
  neg: (g, shape, _, x: Value) => {
    if (x.op === 'neg') return operand(x);
    return x.op === 'fill' ? g.fill(-x.params.value, shape) : null;
  },

  reduceSum: (g, shape, { axes }, x: Value) => {
    const length = product(axes.map((axis) => x.shape[axis] ?? 1));
    if (x.op === 'fill' && typeof length === 'number')
      return g.fill(x.params.value * length, shape);
    return oneLonger(axes, x, (rest) => g.reduceSum(x, rest));
  },
  reduceMean: (g, shape, { axes }, x: Value) =>
    x.op === 'fill'
      ? g.fill(x.params.value, shape)
      : oneLonger(axes, x, (rest) => g.reduceMean(x, rest)),

  matmul: (g, shape, { transA, transB }, a: Value, b: Value) => {
    // diag(c) x b = diag(c) (x b), and (diag(c) x)^T b = x^T (diag(c) b), where that scales fewer numbers
    const scaled = rowsScaled(a);
    if (!scaled) return null;
    const { x, column } = scaled;
    const times = (right: Value) => g.matmul(x, right, { transA, transB });
    if (transA) return isNarrower(b, a) && !transB ? times(g.mul(b, column)) : null;
    return isNarrower({ shape }, a) ? g.mul(times(b), column) : null;
  },

  reshape: (g, shape, _, x: Value) => {
    if (sameShape(shape, x.shape)) return x;
    if (x.op === 'reshape') return g.reshape(operand(x), shape);
    return x.op === 'fill' ? g.fill(x.params.value, shape) : null;
  },
  transpose: (g, shape, { perm }, x: Value) => {
    if (perm.every((axis, i) => axis === i)) return x;
    if (x.op === 'transpose') {
      const before = x.params.perm;
      return g.transpose(
        operand(x),
        perm.map((axis) => before[axis]!),
      );
    }
    return x.op === 'fill' ? g.fill(x.params.value, shape) : null;
  },
  broadcastTo: (g, shape, _, x: Value) => {
    if (sameShape(shape, x.shape)) return x;
    if (x.op === 'broadcastTo') return g.broadcastTo(operand(x), shape);
    return x.op === 'fill' ? g.fill(x.params.value, shape) : null;
  },
  // c s - c at the ids = c (s - 1 at the ids): what comes next may scale less than all of s
  scatterAddLast: (g, _, _params, base: Value, ids: Value, updates: Value) => {
    const scaled = rowsScaled(base);
    if (!scaled || updates.op !== 'neg' || operand(updates) !== scaled.column) return null;
    const { x, column } = scaled;
    return g.mul(g.scatterAddLast(x, ids, g.fill(-1, column.shape)), column);
  },
  concat: (_, _shape, _params, first: Value, ...others: Value[]) =>
    others.length === 0 ? first : null,
  slice: (_, shape, { start }, x: Value) => (start === 0 && sameShape(shape, x.shape) ? x : null),
  pad: (_, shape, { start }, x: Value) => (start === 0 && sameShape(shape, x.shape) ? x : null),
};

/** Two constants are one. */
function folded(
  g: GraphBuilder,
  shape: Shape,
  a: Value,
  b: Value,
  apply: (x: number, y: number) => number,
): Value | null {
  if (a.op !== 'fill' || b.op !== 'fill') return null;
  return g.fill(apply(a.params.value, b.params.value), shape);
}

/** x itself, where the other operand is the operation's neutral element and stretches nothing. */
function neutral(shape: Shape, x: Value, other: Value, element: number): Value | null {
  return isFill(other, element) && sameShape(x.shape, shape) ? x : null;
}

/** a + scatter(0, ids, u) = scatter(a, ids, u): no zeros are made, and no sum. */
function scatterOnto(g: GraphBuilder, shape: Shape, a: Value, b: Value): Value | null {
  if (b.op !== 'scatterAddRows' && b.op !== 'scatterAddLast') return null;
  if (!isFill(operand(b), 0) || !sameShape(a.shape, shape) || !sameShape(b.shape, shape))
    return null;
  const [, ids, updates] = b.inputs;
  return g[b.op](a, ids!, updates!);
}

/** A constant need not be as large as the operand that it meets. */
function scalars(
  g: GraphBuilder,
  shape: Shape,
  a: Value,
  b: Value,
  again: (a: Value, b: Value) => Value,
): Value | null {
  if (shape.length === 0) return null;
  const scalar = (x: Value, other: Value) =>
    x.op === 'fill' && sameShape(other.shape, shape) ? g.fill(x.params.value, []) : x;
  const [left, right] = [scalar(a, b), scalar(b, a)];
  return left === a && right === b ? null : again(left, right);
}

/** Takes x times a column apart: each row has a number of its own. */
function rowsScaled(value: Value): { readonly x: Value; readonly column: Value } | null {
  if (value.op !== 'mul') return null;
  const [a, b] = value.inputs;
  const isColumn = (of: Value) =>
    sameShape(of.shape, [...value.shape.slice(0, -1), 1]) && value.shape.at(-1) !== 1;
  if (isColumn(b!)) return { x: a!, column: b! };
  return isColumn(a!) ? { x: b!, column: a! } : null;
}

/** For certain: of two widths that are numbers. */
function isNarrower(a: { readonly shape: Shape }, b: Value): boolean {
  const [own, other] = [a.shape.at(-1), b.shape.at(-1)];
  return typeof own === 'number' && typeof other === 'number' && own < other;
}

/** Axes of length 1 need no reduction. */
function oneLonger(
  axes: readonly number[],
  x: Value,
  again: (rest: number[]) => Value,
): Value | null {
  const rest = axes.filter((axis) => x.shape[axis] !== 1);
  if (rest.length === 0) return x;
  return rest.length === axes.length ? null : again(rest);
}

export function isFill(value: Value, constant: number): value is ValueOf<'fill'> {
  return value.op === 'fill' && value.params.value === constant;
}

function operand(value: Value): Value {
  return value.inputs[0]!;
}
