/**
 * @file The shape and dtype of each operation's result: one row per operation.
 *
 * A rule is also the definition of what is well-formed: it throws, with the reason, for operands or
 * parameters that make no sense. The builder and the verifier apply the same rules.
 */
import {
  broadcastShapes,
  type Dim,
  factorsOf,
  product,
  sameShape,
  type Shape,
  showShape,
} from './dim.ts';
import { ARITY, type OpName, type OpParams } from './ops.ts';
import type { DType } from './tensor.ts';

export interface Typed {
  readonly shape: Shape;
  readonly dtype: DType;
}

type ShapeRule<Op extends OpName> = (params: OpParams[Op], ...operands: Typed[]) => Typed;

export const SHAPE_RULES: { readonly [Op in OpName]: ShapeRule<Op> } = {
  input: ({ dtype, shape }) => ({ dtype, shape: wellFormed(shape) }),
  weight: ({ shape }) => f32(wellFormed(shape)),
  fill: ({ shape }) => f32(wellFormed(shape)),

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
  cast: (_, x: Typed) => {
    if (x.dtype === 'f32') throw new Error('expected i32 or bool, got f32');
    return f32(x.shape);
  },

  reduceSum: ({ axes }, x: Typed) => reduction(axes, x),
  reduceMean: ({ axes }, x: Typed) => reduction(axes, x),
  softmax: (_, x: Typed) => f32([...leading(float(x)), ...x.shape.slice(-1)]),
  // (...,C), (C) -> (...,C)
  rmsNorm: (_, x: Typed, weight: Typed) => {
    same('weight', float(weight).shape, float(x).shape.slice(-1));
    return f32([...leading(x), ...x.shape.slice(-1)]);
  },
  // (...,V) -> (...,1)
  logSumExp: (_, x: Typed) => f32([...leading(float(x)), 1]),
  matmul,

  reshape: ({ shape }, x: Typed) => {
    if (product(x.shape) !== product(shape)) {
      throw new Error(
        `${showShape(x.shape)} has ${product(x.shape)} elements, ${showShape(shape)} has ${product(shape)}: not provably as many`,
      );
    }
    return { shape: wellFormed(shape), dtype: x.dtype };
  },
  transpose: ({ perm }, x: Typed) => {
    const axes = perm.toSorted((a, b) => a - b);
    if (axes.length !== x.shape.length || axes.some((axis, i) => axis !== i)) {
      throw new Error(`[${perm.join(',')}] is no permutation of the axes of ${showShape(x.shape)}`);
    }
    return { shape: perm.map((axis) => x.shape[axis]!), dtype: x.dtype };
  },
  broadcastTo: ({ shape }, x: Typed) => {
    const result = broadcastShapes(x.shape, wellFormed(shape));
    if (result === null || !sameShape(result, shape)) {
      throw new Error(`${showShape(x.shape)} does not broadcast to ${showShape(shape)}`);
    }
    return { shape, dtype: x.dtype };
  },
  concat: ({ axis, dim }, ...parts: Typed[]) => concatenation(axis, dim, parts),
  slice: ({ axis, start, dim }, x: Typed) => {
    checkRange(start, dim, axisOf(x, axis));
    return { shape: x.shape.with(axis, dim), dtype: x.dtype };
  },
  pad: ({ axis, start, dim }, x: Typed) => {
    checkRange(start, axisOf(float(x), axis), dim);
    return f32(x.shape.with(axis, dim));
  },

  // (V,C...), (N...) -> (N...,C...)
  gather: (_, table: Typed, ids: Typed) => {
    axisOf(table, 0);
    return { shape: [...whole(ids).shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  // (V,C...), (N...), (N...,C...) -> (V,C...)
  scatterAddRows: (_, base: Typed, ids: Typed, updates: Typed) => {
    axisOf(float(base), 0);
    same('updates', float(updates).shape, [...whole(ids).shape, ...base.shape.slice(1)]);
    return f32(base.shape);
  },
  // (...,V), (...) -> (...,1)
  gatherLast: (_, x: Typed, ids: Typed) => {
    same('ids', whole(ids).shape, leading(x));
    return { shape: [...leading(x), 1], dtype: x.dtype };
  },
  // (...,V), (...), (...,1) -> (...,V)
  scatterAddLast: (_, base: Typed, ids: Typed, updates: Typed) => {
    same('ids', whole(ids).shape, leading(float(base)));
    same('updates', float(updates).shape, [...ids.shape, 1]);
    return f32(base.shape);
  },
};

/** What the operation makes of its operands. Throws an `internal:` error that names them all. */
export function inferShape<Op extends OpName>(
  op: Op,
  inputs: readonly Typed[],
  params: OpParams[Op],
): Typed {
  const rule = SHAPE_RULES[op] as ShapeRule<Op> | undefined;
  try {
    if (rule === undefined) throw new Error('SHAPE_RULES (grad/shape-rules.ts) has no row for it');
    const arity = ARITY[op];
    if (arity === 'some' ? inputs.length === 0 : inputs.length !== arity) {
      throw new Error(`expected ${arity} operands, got ${inputs.length}`);
    }
    return rule(params, ...inputs);
  } catch (cause) {
    const operands = inputs.map(({ dtype, shape }) => `${dtype}${showShape(shape)}`).join(', ');
    const why = cause instanceof Error ? cause.message.replace('internal: ', '') : String(cause);
    throw new Error(`internal: ${op}(${operands}): ${why}`, { cause });
  }
}

function f32(shape: Shape): Typed {
  return { shape, dtype: 'f32' };
}

function unary(_: unknown, x: Typed): Typed {
  return f32(float(x).shape);
}

function binary(_: unknown, a: Typed, b: Typed): Typed {
  const shape = broadcastShapes(float(a).shape, float(b).shape);
  if (shape === null) throw new Error('the shapes do not broadcast');
  return f32(shape);
}

/** Reduced axes stay, with length 1. */
function reduction(axes: readonly number[], x: Typed): Typed {
  if (new Set(axes).size !== axes.length)
    throw new Error(`axis named twice in [${axes.join(',')}]`);
  return f32(
    axes.reduce((shape: Shape, axis) => (axisOf(float(x), axis), shape.with(axis, 1)), x.shape),
  );
}

/** (...,M,K) x (...,K,N) -> (...,M,N), the leading axes broadcasting; the flags swap the last two. */
function matmul({ transA, transB }: OpParams['matmul'], a: Typed, b: Typed): Typed {
  const [m, k] = matrixOf(float(a), transA);
  const [inner, n] = matrixOf(float(b), transB);
  if (k !== inner) throw new Error(`the inner lengths differ: ${k} and ${inner}`);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === null) throw new Error('the leading axes do not broadcast');
  return f32([...batch, m, n]);
}

function matrixOf({ shape }: Typed, transposed: boolean): readonly [Dim, Dim] {
  const [rows, columns] = shape.slice(-2);
  if (rows === undefined || columns === undefined) throw new Error('expected a rank of 2 or more');
  return transposed ? [columns, rows] : [rows, columns];
}

function concatenation(axis: number, dim: Dim, parts: readonly Typed[]): Typed {
  const first = parts[0]!;
  const lengths = parts.map((part) => axisOf(part, axis));
  const shape = wellFormed(first.shape.with(axis, dim));
  for (const part of parts) {
    if (part.dtype !== first.dtype) throw new Error('the dtypes differ');
    same('all lengths but those joined', part.shape.with(axis, dim), shape);
  }
  const sum = lengths.reduce<number>((total, length) => total + Number(length), 0);
  const exact = !Number.isNaN(sum) || lengths.length === 1;
  if (exact && dim !== (lengths.length === 1 ? lengths[0] : sum)) {
    throw new Error(`the lengths ${lengths.join(', ')} do not make ${dim}`);
  }
  return { shape, dtype: first.dtype };
}

/** [start, start + dim) has to lie in [0, length), as far as numbers tell; runs check the rest. */
function checkRange(start: Dim, dim: Dim, length: Dim): void {
  wellFormed([start, dim, length]);
  if (Number(start) + Number(dim) > Number(length)) {
    throw new Error(`${dim} elements from ${start} on do not fit into ${length}`);
  }
}

function axisOf({ shape }: Typed, axis: number): Dim {
  const length = Number.isInteger(axis) && axis >= 0 ? shape[axis] : undefined;
  if (length === undefined) throw new Error(`${showShape(shape)} has no axis ${axis}`);
  return length;
}

function leading({ shape }: Typed): Shape {
  if (shape.length === 0) throw new Error('expected a rank of 1 or more');
  return shape.slice(0, -1);
}

function float(x: Typed): Typed {
  if (x.dtype !== 'f32') throw new Error(`expected f32, got ${x.dtype}`);
  return x;
}

function whole(ids: Typed): Typed {
  if (ids.dtype !== 'i32') throw new Error(`expected i32 ids, got ${ids.dtype}`);
  return ids;
}

function same(what: string, got: Shape, expected: Shape): void {
  if (!sameShape(got, expected)) {
    throw new Error(`${what}: expected ${showShape(expected)}, got ${showShape(got)}`);
  }
}

/** Every length an integer >= 0 or a product in canonical form. */
function wellFormed(shape: Shape): Shape {
  for (const dim of shape) {
    factorsOf(dim);
    if (product([dim]) !== dim)
      throw new Error(`length '${dim}' should be written ${product([dim])}`);
  }
  return shape;
}
