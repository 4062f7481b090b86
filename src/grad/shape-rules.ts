/** @file The shape rule of each operation: operand shapes and parameters -> result shape and dtype. */
import {
  broadcastShapes,
  canonicalShape,
  type Dim,
  product,
  sameShape,
  type Shape,
  showShape,
} from './dim.ts';
import type { Value } from './graph.ts';
import type { OpName, OpParams } from './ops.ts';
import type { DType } from './tensor.ts';

export interface Typed {
  readonly shape: Shape;
  readonly dtype: DType;
}
type Rule<Op extends OpName> = (inputs: readonly Value[], params: OpParams[Op]) => Typed;

const f32 = (shape: Shape): Typed => ({ shape, dtype: 'f32' });
const need = (ok: boolean, says: string): void => {
  if (!ok) throw new Error(`internal: ${says}`);
};
const x = (v: readonly Value[], i = 0): Value => v[i] as Value;
const unary = (v: readonly Value[]): Typed => f32(x(v).shape);
const binary = (v: readonly Value[]): Typed => {
  const shape = broadcastShapes(x(v).shape, x(v, 1).shape);
  if (!shape)
    throw new Error(
      `internal: cannot broadcast ${showShape(x(v).shape)} and ${showShape(x(v, 1).shape)}`,
    );
  return f32(shape);
};
const reduce = (v: readonly Value[], p: { axes: readonly number[] }): Typed =>
  f32(x(v).shape.map((d, i) => (p.axes.includes(i) ? 1 : d)));
const replace = (shape: Shape, axis: number, dim: Dim): Shape =>
  shape.map((d, i) => (i === axis ? dim : d));

export const SHAPE_RULES: { readonly [Op in OpName]: Rule<Op> } = {
  input: (_, p) => ({ shape: canonicalShape(p.shape), dtype: p.dtype }),
  weight: (_, p) => f32(p.shape),
  fill: (_, p) => f32(canonicalShape(p.shape)),
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  neg: unary,
  exp: unary,
  log: unary,
  sqrt: unary,
  reciprocal: unary,
  tanh: unary,
  erf: unary,
  sigmoid: unary,
  relu: unary,
  greaterZero: unary,
  gelu: unary,
  cast: unary,
  reduceSum: reduce,
  reduceMean: reduce,
  softmax: unary,
  logSumExp: (v) => f32(replace(x(v).shape, x(v).shape.length - 1, 1)),
  matmul: (v, p) => {
    const a = x(v).shape;
    const b = x(v, 1).shape;
    const [m, k1] = p.transA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
    const [k2, n] = p.transB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
    need(k1 === k2, `matmul of ${showShape(a)} and ${showShape(b)} ${JSON.stringify(p)}`);
    const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
    if (!batch) throw new Error(`internal: matmul batches ${showShape(a)} and ${showShape(b)}`);
    return f32([...batch, m as Dim, n as Dim]);
  },
  reshape: (v, p) => {
    need(
      product(x(v).shape) === product(p.shape),
      `reshape ${showShape(x(v).shape)} to ${showShape(p.shape)}`,
    );
    return f32(canonicalShape(p.shape));
  },
  transpose: (v, p) => f32(p.perm.map((axis) => x(v).shape[axis] as Dim)),
  broadcastTo: (v, p) => {
    need(
      sameShape(broadcastShapes(x(v).shape, p.shape) ?? [], p.shape),
      `broadcast ${showShape(x(v).shape)} to ${showShape(p.shape)}`,
    );
    return f32(canonicalShape(p.shape));
  },
  concat: (v, p) => f32(replace(x(v).shape, p.axis, p.dim)),
  slice: (v, p) => f32(replace(x(v).shape, p.axis, p.dim)),
  pad: (v, p) => f32(replace(x(v).shape, p.axis, p.dim)),
  gather: (v) => f32([...x(v, 1).shape, ...x(v).shape.slice(1)]),
  scatterAddRows: (v) => f32(x(v).shape),
  gatherLast: (v) => f32([...x(v, 1).shape, 1]),
  scatterAddLast: (v) => f32(x(v).shape),
};
