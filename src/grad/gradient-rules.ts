/**
 * @file The gradient of each operation: one row per operation, its forward formula above it.
 *
 * A rule gives, operand by operand, what the operand gets of dy; null where nothing flows. Rules are
 * written for few passes over memory: nothing is transposed or stretched that an operation could
 * take as it is, and what has few elements is scaled rather than what has many.
 */
import { attentionGradient } from './attention-gradient.ts';
import { type Dim, product } from './dim.ts';
import type { Attention } from './gradient.ts';
import type { Value, ValueOf } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { OpName } from './ops.ts';
import { geluErfSlope, geluTanhSlope } from './gelu-slope.ts';
import { countOf, sumToShape } from './sum-to-shape.ts';

export interface Backward<Op extends OpName> {
  readonly g: GraphBuilder;
  readonly y: ValueOf<Op>;
  /** Of y's rank; an axis along which dy does not vary may have length 1. */
  readonly dy: Value;
  /** dy in y's shape. */
  readonly whole: () => Value;
  /** Sums what belongs to y over the axes along which the operand was stretched. */
  readonly fit: (part: Value, operand: Value) => Value;
  /** How the gradient gets at attention's weights; see GradientOptions. */
  readonly attention: Attention;
}

type GradientRule<Op extends OpName> = (
  backward: Backward<Op>,
  ...operands: Value[]
) => readonly (Value | null)[];

export const GRADIENT_RULES: { readonly [Op in OpName]: GradientRule<Op> } = {
  input: () => [],
  weight: () => [],
  fill: () => [],

  // y = a + b
  add: ({ dy, fit }, a: Value, b: Value) => [fit(dy, a), fit(dy, b)],
  // y = a - b
  sub: ({ g, dy, fit }, a: Value, b: Value) => [fit(dy, a), g.neg(fit(dy, b))],
  // y = a b
  mul: ({ g, dy, fit }, a: Value, b: Value) => {
    if (a === b) return [g.mul(g.mul(dy, g.fill(2, [])), a), null];
    return [fit(g.mul(dy, b), a), fit(g.mul(dy, a), b)];
  },
  // y = a / b
  div: ({ g, y, dy, fit }, a: Value, b: Value) => [
    fit(g.div(dy, b), a),
    g.neg(g.div(fit(g.mul(dy, y), b), b)),
  ],

  // y = -x
  neg: ({ g, dy }) => [g.neg(dy)],
  // y = e^x
  exp: ({ g, y, dy }) => [g.mul(dy, y)],
  // y = log x
  log: ({ g, dy }, x: Value) => [g.div(dy, x)],
  // y = x^(1/2)
  sqrt: ({ g, y, dy }) => [g.div(g.mul(dy, g.fill(0.5, [])), y)],
  // y = 1 / x
  reciprocal: ({ g, y, dy }) => [g.neg(g.mul(dy, g.mul(y, y)))],
  // y = tanh x
  tanh: ({ g, y, dy }) => [g.mul(dy, g.sub(g.fill(1, []), g.mul(y, y)))],
  // y = 2 pi^(-1/2) integral from 0 to x of e^(-t^2) dt
  erf: ({ g, dy }, x: Value) => [
    g.mul(g.mul(dy, g.fill(2 / Math.sqrt(Math.PI), [])), g.exp(g.neg(g.mul(x, x)))),
  ],
  // y = 1 / (1 + e^(-x))
  sigmoid: ({ g, y, dy }) => [g.mul(dy, g.mul(y, g.sub(g.fill(1, []), y)))],
  // y = max(x, 0)
  relu: ({ g, y, dy }) => [g.mul(dy, g.greaterZero(y))],
  // y = 1 where x > 0, else 0: flat but for the step
  greaterZero: () => [null],
  // y = x Phi(x)
  gelu: ({ g, y, dy }, x: Value) => [
    g.mul(dy, y.params.approximate === 'tanh' ? geluTanhSlope(g, x) : geluErfSlope(g, x)),
  ],
  // y = x as f32: from dtypes that have no gradient
  cast: () => [null],

  // y = sum of x over axes
  reduceSum: ({ dy }) => [dy],
  // y = sum of x over axes / n
  reduceMean: ({ g, y, dy }, x: Value) => [
    g.div(
      dy,
      countOf(
        g,
        y.params.axes.map((axis) => x.shape[axis]!),
      ),
    ),
  ],
  // y_i = e^(x_i) / sum_j e^(x_j)
  softmax: ({ g, y, dy, attention }) => [
    (attention === 'kept' ? attentionGradient(g, y, dy) : null) ??
      g.mul(y, g.sub(dy, g.reduceSum(g.mul(dy, y), [-1]))),
  ],
  // y_i = w_i x_i r, r = (mean_j x_j^2 + epsilon)^(-1/2); dx_i = r (t_i - x_i r^2 mean_j t_j x_j), t = dy w
  rmsNorm: ({ g, y, dy, fit }, x: Value, w: Value) => {
    const power = g.add(g.reduceMean(g.mul(x, x), [-1]), g.fill(y.params.epsilon, []));
    const r = g.reciprocal(g.sqrt(power)); // (...,1)
    const t = g.mul(dy, w);
    const along = g.div(g.reduceMean(g.mul(t, x), [-1]), power);
    return [g.mul(g.sub(t, g.mul(x, along)), r), fit(g.mul(g.mul(dy, x), r), w)];
  },
  // y = log sum_j e^(x_j)
  logSumExp: ({ g, dy }, x: Value) => [g.mul(g.softmax(x), dy)],
  // y = a b, where either may be stored transposed
  matmul: (backward, a: Value, b: Value) => {
    // b's first: its gradient is the last reader of a, and da need not stand beside a.
    const db = matmulRight(backward, a, b);
    return [matmulLeft(backward, a, b), db];
  },

  // y = x in another shape
  reshape: ({ g, whole }, x: Value) => [g.reshape(whole(), x.shape)],
  // axis i of y is axis perm[i] of x
  transpose: ({ g, y, dy }) => [
    g.transpose(
      dy,
      y.params.perm.map((_, axis) => y.params.perm.indexOf(axis)),
    ),
  ],
  // y = x, repeated
  broadcastTo: ({ dy, fit }, x: Value) => [fit(dy, x)],
  // y = x_1, x_2, ... side by side
  concat: ({ g, y, whole }, ...parts: Value[]) => {
    const { axis } = y.params;
    const lengths = parts.map((part) => part.shape[axis]!);
    return parts.map((part, i) => {
      if (part.dtype !== 'f32') return null;
      return g.slice(whole(), axis, totalOf(lengths.slice(0, i)), lengths[i]!);
    });
  },
  // y = x[start, start + dim)
  slice: ({ g, y, whole }, x: Value) => {
    const { axis, start } = y.params;
    return [g.pad(whole(), axis, start, x.shape[axis]!)];
  },
  // y = 0 but for y[start, start + length of x) = x
  pad: ({ g, y, whole }, x: Value) => {
    const { axis, start } = y.params;
    return [g.slice(whole(), axis, start, x.shape[axis]!)];
  },

  // y_n = table[ids_n]
  gather: ({ g, whole }, table: Value, ids: Value) => [
    g.scatterAddRows(g.fill(0, table.shape), ids, whole()),
    null,
  ],
  // y = base, then y[ids_n] += updates_n
  scatterAddRows: ({ g, dy, whole }, _: Value, ids: Value) => [dy, null, g.gather(whole(), ids)],
  // y_n = x_n[ids_n]
  gatherLast: ({ g, whole }, x: Value, ids: Value) => [
    g.scatterAddLast(g.fill(0, x.shape), ids, whole()),
    null,
  ],
  // y = base, then y_n[ids_n] += updates_n
  scatterAddLast: ({ g, dy, whole }, _: Value, ids: Value) => [
    dy,
    null,
    g.gatherLast(whole(), ids),
  ],
};

/** y = a b: da = dy b^T. y = a^T b: da = b dy^T. A transposed b is transposed once more, so not at all. */
function matmulLeft({ g, y, whole }: Backward<'matmul'>, a: Value, b: Value): Value {
  const { transA, transB } = y.params;
  const da = transA
    ? g.matmul(b, whole(), { transA: transB, transB: true })
    : g.matmul(whole(), b, { transB: !transB });
  return sumToShape(g, da, da.shape, a.shape);
}

/** y = a b: db = a^T dy. y = a b^T: db = dy^T a. */
function matmulRight({ g, y, whole }: Backward<'matmul'>, a: Value, b: Value): Value {
  const { transA, transB } = y.params;
  const right = (left: Value, dy: Value) =>
    transB
      ? g.matmul(dy, left, { transA: true, transB: transA })
      : g.matmul(left, dy, { transA: !transA });
  if (b.shape.length === 2 && !transA) return right(rows(g, a), rows(g, whole()));
  const db = right(a, whole());
  return sumToShape(g, db, db.shape, b.shape);
}

/** (...,M,K) -> (...*M,K): one matrix with all rows, so that one product sums over all of them. */
function rows(g: GraphBuilder, x: Value): Value {
  return g.reshape(x, [product(x.shape.slice(0, -1)), ...x.shape.slice(-1)]);
}

/** Where a part begins that follows parts of these lengths. */
function totalOf(lengths: readonly Dim[]): Dim {
  if (lengths.every((length) => typeof length === 'number')) {
    return lengths.reduce((total, length) => total + length, 0);
  }
  const [first, ...others] = lengths.filter((length) => length !== 0);
  if (others.every((length) => length === first)) return product([others.length + 1, first!]);
  throw new Error(
    `internal: gradient of concat: ${lengths.join(' + ')} has no name; concat in two steps, so that it gets one`,
  );
}
