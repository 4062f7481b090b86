/**
 * @file What each operation of grad/ takes in ONNX Runtime 1.30: one row per operation, which mirrors
 * its row in onnx/lowering-rules.ts. Vectors of a few lengths, which shapes are made of, are left out.
 *
 * What may overwrite an operand is what the kernels declare (MayInplace in onnxruntime/core/providers/
 * cpu); scratch memory was read off the allocations of single kernels.
 */
import { BLOCK, weightSlices, type RowSlice, type WeightStorage } from '#base';
import { type OpName, product, sameShape, type Shape, type Value, type ValueOf } from '#grad';
import type { Buffer, KernelWriter } from './kernels.ts';

type BufferRule<Op extends OpName> = (value: ValueOf<Op>, to: KernelWriter) => Buffer;

const BUFFER_RULES: { readonly [Op in OpName]: BufferRule<Op> } = {
  input: (value, to) => to.foreign(value.shape),
  weight: (value, to) => {
    const shape = value.params.shape;
    const storage = to.storageOf(value);
    return storage === 'f32'
      ? to.foreign(shape)
      : float(shape, storage, { start: 0, rows: shape[0] ?? 1 }, to, shape.join());
  },
  fill: ({ params: { value, shape } }, to) =>
    shape.length === 0
      ? to.constant(value)
      : to.run('ConstantOfShape', [], {
          shape,
          late: shape.some((dim) => typeof dim === 'string'),
          key: `${value} ${shape.join()}`,
        }),

  add: binary,
  sub: binary,
  mul: binary,
  div: binary,

  neg: unary,
  exp: unary,
  log: unary,
  sqrt: unary,
  reciprocal: unary,
  tanh: inPlace,
  erf: unary,
  sigmoid: inPlace,
  relu: inPlace,
  greaterZero: (value, to) => {
    const greater = to.run('Greater', [operand(value, 0, to)], { shape: value.shape, itemBytes: 1 });
    return to.run('Cast', [greater], { shape: value.shape });
  },
  gelu: unary,
  cast: (value, to) => to.run('Cast', [operand(value, 0, to)], { shape: value.shape }),

  reduceSum: reduction,
  reduceMean: reduction,
  softmax: (value, to) => softmax(operand(value, 0, to), value.shape, to),
  logSumExp: (value, to) => {
    const x = operand(value, 0, to);
    const largest = (of: Buffer) => to.run('ReduceMax', [of], { shape: value.shape });
    const most = largest(x);
    const ofSoftmax = largest(softmax(x, value.inputs[0]!.shape, to));
    const log = to.run('Log', [ofSoftmax], { shape: value.shape });
    return to.run('Sub', [most, log], { shape: value.shape });
  },
  matmul,

  reshape: (value, to) => reshaped(operand(value, 0, to), value.inputs[0]!.shape, value.shape, to),
  transpose: (value, to) =>
    to.run('Transpose', [operand(value, 0, to)], {
      shape: value.shape,
      key: value.params.perm.join(),
    }),
  broadcastTo: (value, to) =>
    to.run('Expand', [operand(value, 0, to)], {
      shape: value.shape,
      late: value.shape.some((dim) => typeof dim === 'string'),
      key: value.shape.join(),
    }),
  concat: (value, to) =>
    to.run('Concat', operands(value, to), {
      shape: value.shape,
      late: typeof value.params.dim === 'string',
      key: String(value.params.axis),
    }),
  slice: (value, to) => part('Slice', value, to),
  pad: (value, to) => part('Pad', value, to),

  gather: (value, to) => {
    const [table, ids] = [operand(value, 0, to), operand(value, 1, to)];
    const storage = to.storageOf(value.inputs[0]!);
    return storage === 'f32'
      ? to.run('Gather', [table, ids], { shape: value.shape, itemBytes: table.itemBytes })
      : storedRows(storage, ids, value.shape, to);
  },
  scatterAddRows: (value, to) => {
    const [base, ids, updates] = value.inputs as [Value, Value, Value];
    const count = product(ids.shape);
    const row = base.shape.slice(1);
    const flatIds = reshaped(to.of(ids), ids.shape, [count, ...row.map(() => 1)], to);
    const wide = [count, ...row];
    const indices = to.run('Expand', [flatIds], { shape: wide, late: true, key: wide.join() });
    return scatterAdd(value, indices, reshaped(to.of(updates), updates.shape, wide, to), wide, to);
  },
  gatherLast: (value, to) => {
    const ids = operand(value, 1, to);
    const column = to.run('Unsqueeze', [ids], { shape: value.shape, alias: ids });
    return to.run('GatherElements', [operand(value, 0, to), column], { shape: value.shape });
  },
  scatterAddLast: (value, to) => {
    const ids = operand(value, 1, to);
    const { shape } = value.inputs[2]!;
    const column = to.run('Unsqueeze', [ids], { shape, alias: ids });
    return scatterAdd(value, column, operand(value, 2, to), shape, to);
  },
};

/** Writes the kernels of a value whose operands are written already, and gives its buffer. */
export function bufferOf<Op extends OpName>(value: ValueOf<Op>, to: KernelWriter): Buffer {
  const rule: BufferRule<Op> = BUFFER_RULES[value.op];
  return rule(value, to);
}

function operand(value: ValueOf<OpName>, index: number, to: KernelWriter): Buffer {
  return to.of(value.inputs[index]!);
}

function operands(value: ValueOf<OpName>, to: KernelWriter): Buffer[] {
  return value.inputs.map((input) => to.of(input));
}

function unary(value: ValueOf<OpName>, to: KernelWriter): Buffer {
  return to.run(value.op, [operand(value, 0, to)], { shape: value.shape });
}

function inPlace(value: ValueOf<OpName>, to: KernelWriter): Buffer {
  const x = operand(value, 0, to);
  return to.run(value.op, [x], { shape: value.shape, overwrites: [x] });
}

function softmax(x: Buffer, shape: Shape, to: KernelWriter): Buffer {
  return to.run('Softmax', [x], { shape, overwrites: [x] });
}

/** A constant or stretched operand is not made where the other one has the result's shape. */
function binary(value: ValueOf<'add' | 'sub' | 'mul' | 'div'>, to: KernelWriter): Buffer {
  const [left, right] = value.inputs as [Value, Value];
  const of = (operand: Value, other: Value) => {
    if (!sameShape(other.shape, value.shape)) return to.of(operand);
    if (operand.op === 'fill') return to.constant(operand.params.value);
    return operand.op === 'broadcastTo' ? to.of(operand.inputs[0]!) : to.of(operand);
  };
  const x = of(left, right);
  const inputs = x === to.of(left) ? [x, of(right, left)] : [x, to.of(right)];
  return to.run(value.op, inputs, {
    shape: value.shape,
  });
}

function reduction(value: ValueOf<'reduceSum' | 'reduceMean'>, to: KernelWriter): Buffer {
  const x = operand(value, 0, to);
  if (value.params.axes.length === 0) return x;
  return to.run(value.op, [x], { shape: value.shape, key: value.params.axes.join() });
}

function reshaped(x: Buffer, from: Shape, target: Shape, to: KernelWriter): Buffer {
  if (sameShape(from, target)) return x;
  return to.run('Reshape', [x], { shape: target, alias: x, itemBytes: x.itemBytes, key: target.join() });
}

function part(op: string, value: ValueOf<'slice' | 'pad'>, to: KernelWriter): Buffer {
  const { axis, start, dim } = value.params;
  return to.run(op, [operand(value, 0, to)], {
    shape: value.shape,
    late: typeof dim === 'string' || typeof start === 'string',
    key: [axis, start, dim].join(),
  });
}

/** ScatterElements copies its indices, as int64. */
function scatterAdd(
  value: ValueOf<'scatterAddRows' | 'scatterAddLast'>,
  indices: Buffer,
  updates: Buffer,
  shape: Shape,
  to: KernelWriter,
): Buffer {
  const base = operand(value, 0, to);
  return to.run('ScatterElements', [base, indices, updates], {
    shape: value.shape,
    overwrites: [base],
    scratch: to.count(shape) * 8,
  });
}

function matmul(value: ValueOf<'matmul'>, to: KernelWriter): Buffer {
  const { transA, transB } = value.params;
  const right = value.inputs[1]!;
  const storage = transA ? 'f32' : to.storageOf(right);
  if (storage !== 'f32') return storedProduct(value, right.shape as number[], storage, to);
  return to.run('MatMul', operands(value, to), {
    shape: value.shape,
    key: `${transA} ${transB}`,
  });
}

/** Rows of a stored weight as float32; `key` null: for one use. */
function float(
  shape: readonly number[],
  storage: WeightStorage,
  { rows }: RowSlice,
  to: KernelWriter,
  key: string | null,
): Buffer {
  const whole = [rows, ...shape.slice(1)];
  if (storage === 'f16' || storage === 'bf16') {
    return to.run('Cast', [to.foreign(whole)], { shape: whole, key });
  }
  if (storage === 'i8') return to.run('DequantizeLinear', [to.foreign(whole)], { shape: whole, key });
  const blocks = [(rows * (shape[1] ?? 1)) / BLOCK, BLOCK];
  const numbers = to.run('DequantizeLinear', [to.foreign(blocks)], { shape: blocks, key });
  return to.run('Reshape', [numbers], { shape: whole, alias: numbers });
}

/** As onnx/stored-weights.ts writes it: results side by side, or added up slice by slice. */
function storedProduct(
  value: ValueOf<'matmul'>,
  shape: readonly number[],
  storage: WeightStorage,
  to: KernelWriter,
): Buffer {
  const x = operand(value, 0, to);
  const slices = weightSlices(shape, storage);
  const one = (slice: RowSlice) => float(shape, storage, slice, to, null);
  if (value.params.transB) {
    const products = slices.map((slice) =>
      to.run('MatMul', [x, one(slice)], { shape: value.shape.with(-1, slice.rows) }),
    );
    if (products.length === 1) return products[0]!;
    return to.run('Concat', products, { shape: value.shape });
  }
  const { shape: from } = value.inputs[0]!;
  let sum: Buffer | null = null;
  for (const slice of slices) {
    const columns: Buffer =
      slices.length === 1
        ? x
        : to.run('Slice', [x], { shape: from.with(-1, slice.rows), key: String(slice.start) });
    const product: Buffer = to.run('MatMul', [columns, one(slice)], { shape: value.shape });
    sum =
      sum === null
        ? product
        : to.run('Add', [sum, product], { shape: value.shape });
  }
  return sum!;
}

/** Rows of a stored table: looked up, then made float32. */
function storedRows(storage: WeightStorage, ids: Buffer, shape: Shape, to: KernelWriter): Buffer {
  if (storage === 'u4') return to.run('GatherBlockQuantized', [ids], { shape, key: null });
  const rows = to.run('Gather', [ids], { shape, itemBytes: storage === 'i8' ? 1 : 2, key: null });
  const numbers = to.run('Cast', [rows], { shape });
  if (storage !== 'i8') return numbers;
  const perRow = shape.slice(0, -1);
  const scales = to.run('Gather', [ids], { shape: perRow, key: null });
  const column = to.run('Unsqueeze', [scales], { shape: [...perRow, 1], alias: scales });
  return to.run('Mul', [numbers, column], { shape });
}
