/**
 * @file What each operation of grad/ takes in ONNX Runtime 1.30: one row per operation, which mirrors
 * its row in onnx/lowering-rules.ts. Vectors of a few lengths, which shapes are made of, are left out.
 *
 * Which kernels write over an operand, and what they allocate while they run, was read off every
 * allocation of graphs of one or a few operations: only the rows that say `overwrites` do.
 */
import { type OpName, product, sameShape, type Shape, type Value, type ValueOf } from '#grad';
import type { Buffer, KernelWriter } from './kernels.ts';
import { storedProduct, storedRows, storedWhole } from './stored-buffers.ts';

/** Writes what computes a value, and gives the buffer of the result. */
type BufferRule<Op extends OpName> = (value: ValueOf<Op>, to: KernelWriter) => Buffer;

const BUFFER_RULES: { readonly [Op in OpName]: BufferRule<Op> } = {
  input: (value, to) => to.mapped(value.shape),
  weight: (value, to) => {
    const stored = to.stored(value);
    return stored ? storedWhole(stored, to) : to.mapped(value.shape);
  },
  fill: ({ params: { value, shape } }, to) => {
    if (shape.length === 0) return to.constant(value);
    return to.run('ConstantOfShape', [], {
      shape,
      late: hasSymbol(shape),
      key: `${value} ${shape.join()}`,
    });
  },

  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),

  neg: unary('Neg'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  reciprocal: unary('Reciprocal'),
  tanh: inPlace('Tanh'),
  erf: unary('Erf'),
  sigmoid: inPlace('Sigmoid'),
  relu: inPlace('Relu'),
  greaterZero: (value, to) => {
    const { shape } = value;
    return to.run('Cast', [to.run('Greater', [operand(value, 0, to)], { shape, itemBytes: 1 })], {
      shape,
    });
  },
  gelu: unary('Gelu'),
  cast: unary('Cast'),

  reduceSum: reduction('ReduceSum'),
  reduceMean: reduction('ReduceMean'),
  softmax: inPlace('Softmax'),
  rmsNorm: (value, to) =>
    to.run('SimplifiedLayerNormalization', operands(value, to), {
      shape: value.shape,
      key: String(value.params.epsilon),
    }),
  logSumExp,
  matmul: (value, to) => {
    const { shape, params } = value;
    const stored = params.transA ? null : to.stored(input(value, 1));
    if (stored) return storedProduct(value, stored, to);
    return to.run('MatMul', operands(value, to), { shape, key: JSON.stringify(params) });
  },

  reshape: (value, to) => reshaped(operand(value, 0, to), input(value, 0).shape, value.shape, to),
  transpose: (value, to) =>
    to.run('Transpose', operands(value, to), {
      shape: value.shape,
      key: value.params.perm.join(),
    }),
  broadcastTo: (value, to) => {
    const { shape } = value;
    return to.run('Expand', operands(value, to), {
      shape,
      late: hasSymbol(shape),
      key: shape.join(),
    });
  },
  concat: (value, to) => {
    const { axis, dim } = value.params;
    return to.run('Concat', operands(value, to), {
      shape: value.shape,
      late: hasSymbol([dim]),
      key: String(axis),
    });
  },
  slice: part('Slice'),
  pad: part('Pad'),

  gather: (value, to) => {
    const stored = to.stored(input(value, 0));
    if (stored) return storedRows(value, stored, to);
    return to.run('Gather', operands(value, to), { shape: value.shape });
  },
  scatterAddRows: (value, to) => {
    const [base, ids, updates] = [input(value, 0), input(value, 1), input(value, 2)];
    const count = product(ids.shape);
    const shape = [count, ...base.shape.slice(1)];
    const oneEach = shape.map((_, axis) => (axis === 0 ? count : 1));
    const flatIds = reshaped(to.of(ids), ids.shape, oneEach, to);
    const indices = to.run('Expand', [flatIds], { shape, late: true, key: shape.join() });
    return scatterAdd(value, indices, reshaped(to.of(updates), updates.shape, shape, to), to);
  },
  gatherLast: (value, to) =>
    to.run('GatherElements', [operand(value, 0, to), column(operand(value, 1, to), value, to)], {
      shape: value.shape,
    }),
  scatterAddLast: (value, to) =>
    scatterAdd(
      value,
      column(operand(value, 1, to), input(value, 2), to),
      operand(value, 2, to),
      to,
    ),
};

/** Writes the kernels of a value whose operands are written already, and gives its buffer. */
export function bufferOf<Op extends OpName>(value: ValueOf<Op>, to: KernelWriter): Buffer {
  const rule: BufferRule<Op> = BUFFER_RULES[value.op];
  return rule(value, to);
}

function input(value: ValueOf<OpName>, index: number): Value {
  const found = value.inputs[index];
  if (!found) throw new Error(`internal: ${value.op} %${value.id} has no operand ${index}`);
  return found;
}

function operand(value: ValueOf<OpName>, index: number, to: KernelWriter): Buffer {
  return to.of(input(value, index));
}

function operands(value: ValueOf<OpName>, to: KernelWriter): Buffer[] {
  return value.inputs.map((each) => to.of(each));
}

/** Such a length is computed by the run, unless an operand has it. */
function hasSymbol(shape: Shape): boolean {
  return shape.some((dim) => typeof dim === 'string');
}

function unary<Op extends OpName>(op: string): BufferRule<Op> {
  return (value, to) => to.run(op, operands(value, to), { shape: value.shape });
}

function inPlace<Op extends OpName>(op: string): BufferRule<Op> {
  return (value, to) => overwriting(op, operand(value, 0, to), value.shape, to);
}

function overwriting(op: string, x: Buffer, shape: Shape, to: KernelWriter): Buffer {
  return to.run(op, [x], { shape, overwrites: x });
}

/** One constant or stretched operand is not made where the other one has the result's shape. */
function binary<Op extends 'add' | 'sub' | 'mul' | 'div'>(op: string): BufferRule<Op> {
  return (value, to) => {
    const [left, right] = [input(value, 0), input(value, 1)];
    const { shape } = value;
    const small = sameShape(right.shape, shape) ? beforeStretching(left, to) : null;
    if (small) return to.run(op, [small, to.of(right)], { shape });
    const other = sameShape(left.shape, shape) ? beforeStretching(right, to) : null;
    return to.run(op, [to.of(left), other ?? to.of(right)], { shape });
  };
}

function beforeStretching(value: Value, to: KernelWriter): Buffer | null {
  if (value.op === 'fill') return to.constant(value.params.value);
  return value.op === 'broadcastTo' ? operand(value, 0, to) : null;
}

function reduction<Op extends 'reduceSum' | 'reduceMean'>(op: string): BufferRule<Op> {
  return (value, to) => {
    const { axes } = value.params;
    const x = operand(value, 0, to);
    return axes.length === 0 ? x : to.run(op, [x], { shape: value.shape, key: axes.join() });
  };
}

function logSumExp(value: ValueOf<'logSumExp'>, to: KernelWriter): Buffer {
  const { shape } = value;
  const x = operand(value, 0, to);
  const largest = (of: Buffer) => to.run('ReduceMax', [of], { shape });
  const most = largest(x);
  const log = to.run('Log', [largest(overwriting('Softmax', x, input(value, 0).shape, to))], {
    shape,
  });
  return to.run('Sub', [most, log], { shape });
}

function reshaped(x: Buffer, from: Shape, shape: Shape, to: KernelWriter): Buffer {
  if (sameShape(from, shape)) return x;
  const { itemBytes } = x;
  return to.run('Reshape', [x], { shape, itemBytes, alias: x, key: shape.join() });
}

function part<Op extends 'slice' | 'pad'>(op: string): BufferRule<Op> {
  return (value, to) => {
    const { axis, start, dim } = value.params;
    return to.run(op, operands(value, to), {
      shape: value.shape,
      late: hasSymbol([start, dim]),
      key: [axis, start, dim].join(),
    });
  };
}

/** (...) -> (...,1) */
function column(ids: Buffer, { shape }: Pick<Value, 'shape'>, to: KernelWriter): Buffer {
  return to.run('Unsqueeze', [ids], { shape, alias: ids });
}

/** ScatterElements copies its indices, as int64, while it runs. */
function scatterAdd(
  value: ValueOf<'scatterAddRows' | 'scatterAddLast'>,
  indices: Buffer,
  updates: Buffer,
  to: KernelWriter,
): Buffer {
  const base = operand(value, 0, to);
  return to.run('ScatterElements', [base, indices, updates], {
    shape: value.shape,
    overwrites: base,
    scratch: { shape: input(value, 2).shape, itemBytes: 8, late: false },
  });
}
