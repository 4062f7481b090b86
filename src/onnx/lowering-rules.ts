/**
 * @file How each operation of grad/ is written in ONNX: one row per operation. Plain operators of
 * opset 21, and FusedMatMul of ONNX Runtime for products of transposed matrices.
 *
 * Nothing optimizes the graph after this file (see session.ts), so what is cheap to avoid is avoided
 * here: an operand that is a constant or a stretched tensor is not made when the operator broadcasts
 * by itself.
 */
import {
  product,
  sameShape,
  type Dim,
  type OpName,
  type Shape,
  type Value,
  type ValueOf,
} from '#grad';
import { ELEMENT_TYPE, inlineTensor, MICROSOFT } from './model-proto.ts';
import type { GraphWriter } from './onnx-graph.ts';
import { allNumbers, type RuntimeDims } from './runtime-dims.ts';
import type { StoredWeight } from './stored-weights.ts';

/** What a rule may use. */
export interface Lowering {
  readonly writer: GraphWriter;
  readonly dims: RuntimeDims;
  /** The ONNX name of a value that was lowered before. */
  nameOf(value: Value): string;
  /** Declares a weight and gives the name of its float32 value. */
  weight(value: ValueOf<'weight'>): string;
  /** The weight, if that is what the value is and it is stored in fewer bits than float32. */
  stored(value: Value): StoredWeight | null;
}

/** Writes what computes a value, and gives the ONNX name of the result. */
type Rule<Op extends OpName> = (value: ValueOf<Op>, to: Lowering) => string;

export const LOWERING_RULES: { readonly [Op in OpName]: Rule<Op> } = {
  input: (value) => value.params.name,
  weight: (value, to) => to.weight(value),
  fill,

  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),

  neg: unary('Neg'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  reciprocal: unary('Reciprocal'),
  tanh: unary('Tanh'),
  erf: unary('Erf'),
  sigmoid: unary('Sigmoid'),
  relu: unary('Relu'),
  greaterZero: (value, to) =>
    toFloat(to.writer.op('Greater', [operand(value, 0, to), to.writer.scalar(0)]), to),
  gelu: (value, to) =>
    to.writer.op('Gelu', [operand(value, 0, to)], {
      approximate: { string: value.params.approximate },
    }),
  cast: (value, to) => toFloat(operand(value, 0, to), to),

  reduceSum: reduction('ReduceSum'),
  reduceMean: reduction('ReduceMean'),
  softmax: (value, to) => softmax(operand(value, 0, to), to),
  // The name that the operator has with ONNX Runtime, in ONNX's own domain; opset 23 has RMSNormalization.
  rmsNorm: (value, to) =>
    to.writer.op('SimplifiedLayerNormalization', [operand(value, 0, to), operand(value, 1, to)], {
      axis: { int: -1 },
      epsilon: { float: value.params.epsilon },
    }),
  logSumExp,
  matmul,

  reshape: (value, to) => reshaped(operand(value, 0, to), input(value, 0).shape, value.shape, to),
  transpose: (value, to) =>
    to.writer.op('Transpose', [operand(value, 0, to)], { perm: { ints: value.params.perm } }),
  broadcastTo,
  concat: (value, to) =>
    to.writer.op(
      'Concat',
      value.inputs.map((part) => to.nameOf(part)),
      { axis: { int: value.params.axis } },
    ),
  slice,
  pad,

  gather: (value, to) =>
    to.stored(input(value, 0))?.rows(operand(value, 1, to)) ??
    to.writer.op('Gather', [operand(value, 0, to), operand(value, 1, to)], { axis: { int: 0 } }),
  scatterAddRows,
  gatherLast: (value, to) =>
    to.writer.op('GatherElements', [operand(value, 0, to), column(operand(value, 1, to), to)], {
      axis: { int: -1 },
    }),
  scatterAddLast: (value, to) =>
    scatterAdd(
      operand(value, 0, to),
      column(operand(value, 1, to), to),
      operand(value, 2, to),
      -1,
      to,
    ),
};

/** Lowers a value whose operands are lowered already. */
export function lowerValue<Op extends OpName>(value: ValueOf<Op>, to: Lowering): string {
  const rule: Rule<Op> | undefined = LOWERING_RULES[value.op];
  if (rule === undefined) {
    throw new Error(`internal: LOWERING_RULES (onnx/lowering-rules.ts) has no row for ${value.op}`);
  }
  return rule(value, to);
}

function input(value: ValueOf<OpName>, index: number): Value {
  const found = value.inputs[index];
  if (found === undefined) {
    throw new Error(`internal: ${value.op} %${value.id} has no operand ${index}`);
  }
  return found;
}

function operand(value: ValueOf<OpName>, index: number, to: Lowering): string {
  return to.nameOf(input(value, index));
}

function unary<Op extends OpName>(op: string): Rule<Op> {
  return (value, to) => to.writer.op(op, [operand(value, 0, to)]);
}

function binary<Op extends 'add' | 'sub' | 'mul' | 'div'>(op: string): Rule<Op> {
  return (value, to) => {
    const [left, right] = [input(value, 0), input(value, 1)];
    // One operand at most is left unstretched: the other has to give the result its shape.
    const unstretched = sameShape(right.shape, value.shape) ? beforeStretching(left, to) : null;
    if (unstretched !== null) return to.writer.op(op, [unstretched, to.nameOf(right)]);
    const other = sameShape(left.shape, value.shape) ? beforeStretching(right, to) : null;
    return to.writer.op(op, [to.nameOf(left), other ?? to.nameOf(right)]);
  };
}

/** What a constant or a stretched tensor is before it is made as large as it is; null for others. */
function beforeStretching(value: Value, to: Lowering): string | null {
  if (value.op === 'fill') return to.writer.scalar(value.params.value);
  return value.op === 'broadcastTo' ? operand(value, 0, to) : null;
}

function fill(value: ValueOf<'fill'>, to: Lowering): string {
  const { value: constant, shape } = value.params;
  if (shape.length === 0) return to.writer.scalar(constant);
  return to.writer.op('ConstantOfShape', [to.dims.shape(shape)], {
    value: { tensor: inlineTensor('', Float32Array.of(constant), [1]) },
  });
}

function toFloat(name: string, to: Lowering): string {
  return to.writer.op('Cast', [name], { to: { int: ELEMENT_TYPE.f32 } });
}

function reduction<Op extends 'reduceSum' | 'reduceMean'>(op: string): Rule<Op> {
  return (value, to) => {
    const x = operand(value, 0, to);
    // ONNX takes no axes for all axes.
    if (value.params.axes.length === 0) return x;
    return to.writer.op(op, [x, to.writer.ints(value.params.axes)], { keepdims: { int: 1 } });
  };
}

function softmax(x: string, to: Lowering): string {
  return to.writer.op('Softmax', [x], { axis: { int: -1 } });
}

/**
 * max(x) - log(max(softmax(x))), since the largest softmax is exp(max(x) - logSumExp(x)).
 *
 * ReduceLogSumExp is stable too, but adds up one float after another: over 32,128 logits in (-10,10)
 * it is off by 3e-5 and takes 8.3 ms for 64 rows; this form 3e-6 and 4.6 ms (2 threads, ONNX Runtime
 * 1.30). And the softmax is written once for both where the graph has it for the gradient.
 */
function logSumExp(value: ValueOf<'logSumExp'>, to: Lowering): string {
  const x = operand(value, 0, to);
  const largest = (name: string) =>
    to.writer.op('ReduceMax', [name, to.writer.ints([-1])], { keepdims: { int: 1 } });
  return to.writer.op('Sub', [largest(x), to.writer.op('Log', [largest(softmax(x, to))])]);
}

/**
 * MatMul and FusedMatMul make one product of a left operand of any rank and a right one of rank 2.
 * Gemm is no faster (384x512 by 512x512, 2 threads, no prepacking, every combination of transposed
 * operands: 280 to 320 GFLOP/s all three) and takes rank 2 only. Known limit: a leading axis of
 * length 1 does not stretch to one of length 0 (matmul_helper.h); other lengths of zero work.
 */
function matmul(value: ValueOf<'matmul'>, to: Lowering): string {
  const { transA, transB } = value.params;
  const stored = transA ? null : to.stored(input(value, 1));
  if (stored !== null) return stored.product(operand(value, 0, to), transB);
  const operands = [operand(value, 0, to), operand(value, 1, to)];
  if (!transA && !transB) return to.writer.op('MatMul', operands);
  const flags = { transA: { int: Number(transA) }, transB: { int: Number(transB) } };
  return to.writer.op('FusedMatMul', operands, flags, MICROSOFT);
}

/**
 * Reshape, with a constant target wherever one says it all: 0 copies the operand's length (also a
 * length of zero), -1 stands for what is left over, which needs the other lengths to be numbers,
 * since nothing follows from a product with zero.
 */
function reshaped(x: string, from: Shape, target: Shape, to: Lowering): string {
  const reshape = (shape: string, allowzero: 0 | 1) =>
    to.writer.op('Reshape', [x, shape], { allowzero: { int: allowzero } });
  if (sameShape(from, target)) return x;
  if (allNumbers(target)) return reshape(to.writer.ints(target), 1);
  const lengths = target.map((dim, axis) => (dim === 0 ? null : asConstant(dim, from[axis])));
  if (lengths.every((length) => length !== null)) return reshape(to.writer.ints(lengths), 0);
  const symbolic = target.filter((dim) => typeof dim !== 'number');
  if (symbolic.length === 1 && !target.includes(0)) {
    return reshape(to.writer.ints(target.map((dim) => (typeof dim === 'number' ? dim : -1))), 0);
  }
  return reshape(to.dims.shape(target), 1);
}

function asConstant(dim: Dim, before: Dim | undefined): number | null {
  if (typeof dim === 'number') return dim;
  return dim === before ? 0 : null;
}

/** Expand; a length that stays as it is needs no number, since Expand broadcasts from both sides. */
function broadcastTo(value: ValueOf<'broadcastTo'>, to: Lowering): string {
  const before = input(value, 0).shape;
  const added = value.shape.length - before.length;
  const target = value.shape.map((dim, axis) => (dim === before[axis - added] ? 1 : dim));
  return to.writer.op('Expand', [operand(value, 0, to), to.dims.shape(target)]);
}

function slice(value: ValueOf<'slice'>, to: Lowering): string {
  const { axis, start, dim } = value.params;
  return to.writer.op('Slice', [
    operand(value, 0, to),
    to.dims.dim(start),
    to.dims.sum([start, dim]),
    to.writer.ints([axis]),
  ]);
}

/** Zeros before and behind. */
function pad(value: ValueOf<'pad'>, to: Lowering): string {
  const { axis, start, dim } = value.params;
  const length = input(value, 0).shape[axis] ?? 1;
  return to.writer.op('Pad', [
    operand(value, 0, to),
    pads(start, length, dim, to),
    '', // the constant: 0 when left out
    to.writer.ints([axis]),
  ]);
}

function pads(start: Dim, length: Dim, whole: Dim, to: Lowering): string {
  if (typeof start === 'number' && typeof length === 'number' && typeof whole === 'number') {
    return to.writer.ints([start, whole - start - length]);
  }
  const behind = to.writer.op('Sub', [to.dims.dim(whole), to.dims.sum([start, length])]);
  return to.writer.op('Concat', [to.dims.dim(start), behind], { axis: { int: 0 } });
}

/** (...) -> (...,1) */
function column(ids: string, to: Lowering): string {
  return to.writer.op('Unsqueeze', [ids, to.writer.ints([-1])]);
}

/**
 * Rows of updates onto rows of base, with ids repeated along each row.
 *
 * ScatterND would need no repeated ids, but it adds from several threads without a lock: with 2
 * threads, 20,000 updates of one row of 512 came out wrong in 3 of 10 runs (ONNX Runtime 1.30;
 * https://github.com/microsoft/onnxruntime/issues/18048, issues/23396). ScatterElements adds in order
 * on one thread, about 10 ns a number: 1 to 2 ms for 384 rows of 512.
 */
function scatterAddRows(value: ValueOf<'scatterAddRows'>, to: Lowering): string {
  const [base, ids, updates] = [input(value, 0), input(value, 1), input(value, 2)];
  const count = product(ids.shape); // N
  const row = base.shape.slice(1); // C...
  const flatIds = reshaped(to.nameOf(ids), ids.shape, [count, ...row.map(() => 1)], to);
  const indices = to.writer.op('Expand', [flatIds, to.dims.shape([1, ...row])]); // (N,C...)
  const flatUpdates = reshaped(to.nameOf(updates), updates.shape, [count, ...row], to);
  return scatterAdd(to.nameOf(base), indices, flatUpdates, 0, to);
}

function scatterAdd(
  base: string,
  indices: string,
  updates: string,
  axis: number,
  to: Lowering,
): string {
  return to.writer.op('ScatterElements', [base, indices, updates], {
    axis: { int: axis },
    reduction: { string: 'add' },
  });
}
