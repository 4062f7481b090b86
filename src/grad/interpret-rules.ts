/** @file What each operation computes, in float64: one row per operation, written to be read. */
import { dimOf, type SymbolBindings } from './dim.ts';
import { erf } from './erf.ts';
import type { OpName, OpParams } from './ops.ts';
import { count, offsets, pick, rowsOf, stretch, stridesOf } from './strides.ts';
import type { Tensor64 } from './tensor.ts';

export interface Run {
  /** Of the result, in numbers. */
  readonly shape: readonly number[];
  readonly bindings: SymbolBindings;
  /** What is given for an input or a weight. */
  readonly source: (name: string) => Float64Array;
}

type InterpretRule<Op extends OpName> = (
  params: OpParams[Op],
  run: Run,
  ...operands: Tensor64[]
) => Float64Array;

export const INTERPRET_RULES: { readonly [Op in OpName]: InterpretRule<Op> } = {
  input: ({ name }, { source }) => source(name),
  weight: ({ name }, { source }) => source(name),
  fill: ({ value }, { shape }) => new Float64Array(count(shape)).fill(value),

  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),

  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  reciprocal: unary((x) => 1 / x),
  tanh: unary(Math.tanh),
  erf: unary(erf),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  relu: unary((x) => Math.max(x, 0)),
  greaterZero: unary((x) => (x > 0 ? 1 : 0)),
  gelu: ({ approximate }, _, x: Tensor64) =>
    x.data.map(approximate === 'tanh' ? geluTanh : geluErf),
  cast: unary((x) => x),

  reduceSum: (_, { shape }, x: Tensor64) => sumTo(shape, x),
  reduceMean: (_, { shape }, x: Tensor64) =>
    sumTo(shape, x).map((sum) => (sum * count(shape)) / x.data.length),
  softmax: (_, __, x: Tensor64) => eachRow(x, softmaxOf),
  rmsNorm: ({ epsilon }, _, x: Tensor64, { data: weight }: Tensor64) =>
    eachRow(x, (row) => {
      const power = row.reduce((sum, element) => sum + element ** 2, 0) / row.length;
      return row.map((element, i) => (element * weight[i]!) / Math.sqrt(power + epsilon));
    }),
  logSumExp: (_, __, x: Tensor64) => eachRow(x, (row) => [logSumExpOf(row)]),
  matmul,

  reshape: (_, __, x: Tensor64) => x.data,
  transpose: ({ perm }, { shape }, x: Tensor64) => {
    const strides = stridesOf(x.shape);
    return pick(
      x.data,
      offsets(
        shape,
        perm.map((axis) => strides[axis]!),
      ),
    );
  },
  broadcastTo: (_, { shape }, x: Tensor64) => stretch(x, shape),
  concat: ({ axis }, { shape }, ...parts: Tensor64[]) => {
    const result = new Float64Array(count(shape));
    let start = 0;
    for (const part of parts) {
      place(result, shape, part, axis, start);
      start += part.shape[axis]!;
    }
    return result;
  },
  slice: ({ axis, start, dim }, { shape, bindings }, x: Tensor64) => {
    const from = dimOf(start, bindings);
    checkRange('slice', from, dimOf(dim, bindings), x.shape[axis]!);
    const strides = stridesOf(x.shape);
    return pick(x.data, offsets(shape, strides, from * strides[axis]!));
  },
  pad: ({ axis, start, dim }, { shape, bindings }, x: Tensor64) => {
    const from = dimOf(start, bindings);
    checkRange('pad', from, x.shape[axis]!, dimOf(dim, bindings));
    const result = new Float64Array(count(shape));
    place(result, shape, x, axis, from);
    return result;
  },

  gather: (_, { shape }, table: Tensor64, ids: Tensor64) => {
    const result = new Float64Array(count(shape));
    const width = count(table.shape.slice(1));
    ids.data.forEach((id, n) => {
      const from = indexOf(id, table.shape[0]!) * width;
      result.set(table.data.subarray(from, from + width), n * width);
    });
    return result;
  },
  scatterAddRows: (_, __, base: Tensor64, ids: Tensor64, updates: Tensor64) => {
    const result = base.data.slice();
    const width = count(base.shape.slice(1));
    ids.data.forEach((id, n) => {
      const to = indexOf(id, base.shape[0]!) * width;
      for (let i = 0; i < width; i++) result[to + i]! += updates.data[n * width + i]!;
    });
    return result;
  },
  gatherLast: (_, __, x: Tensor64, ids: Tensor64) => {
    const length = x.shape.at(-1)!;
    return ids.data.map((id, n) => x.data[n * length + indexOf(id, length)]!);
  },
  scatterAddLast: (_, __, base: Tensor64, ids: Tensor64, updates: Tensor64) => {
    const result = base.data.slice();
    const length = base.shape.at(-1)!;
    ids.data.forEach((id, n) => {
      result[n * length + indexOf(id, length)]! += updates.data[n]!;
    });
    return result;
  },
};

function unary(apply: (x: number) => number) {
  return (_: unknown, __: unknown, x: Tensor64) => x.data.map((element) => apply(element));
}

function binary(apply: (a: number, b: number) => number) {
  return (_: unknown, { shape }: Run, a: Tensor64, b: Tensor64) => {
    const right = stretch(b, shape);
    return stretch(a, shape).map((element, i) => apply(element, right[i]!));
  };
}

function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function geluErf(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

/** Every element goes to where its coordinates lead in a shape with length 1 along the summed axes. */
function sumTo(shape: readonly number[], x: Tensor64): Float64Array {
  const result = new Float64Array(count(shape));
  const strides = stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
  const targets = offsets(x.shape, strides);
  for (const [i, target] of targets.entries()) result[target]! += x.data[i]!;
  return result;
}

function eachRow(x: Tensor64, apply: (row: Float64Array) => ArrayLike<number>): Float64Array {
  return Float64Array.from(rowsOf(x).flatMap((row) => Array.from(apply(row))));
}

function logSumExpOf(row: Float64Array): number {
  const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  // Of nothing, or of -Infinity only, the sum is 0; shifting by the largest would make NaN of it.
  if (largest === -Infinity) return largest;
  return largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
}

function softmaxOf(row: Float64Array): Float64Array {
  const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = row.map((x) => Math.exp(x - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function matmul(
  { transA, transB }: OpParams['matmul'],
  { shape }: Run,
  a: Tensor64,
  b: Tensor64,
): Float64Array {
  const [m, n] = [shape.at(-2)!, shape.at(-1)!];
  const inner = a.shape.at(transA ? -2 : -1)!;
  const [aRow, aColumn] = transA ? [1, m] : [inner, 1];
  const [bRow, bColumn] = transB ? [1, inner] : [n, 1];
  const batch = shape.slice(0, -2);
  const aStarts = matrixStarts(a, batch);
  const bStarts = matrixStarts(b, batch);
  const result = new Float64Array(count(shape));
  for (let i = 0; i < aStarts.length; i++) {
    for (let row = 0; row < m; row++) {
      const to = (i * m + row) * n;
      for (let k = 0; k < inner; k++) {
        const factor = a.data[aStarts[i]! + row * aRow + k * aColumn]!;
        const from = bStarts[i]! + k * bRow;
        for (let column = 0; column < n; column++) {
          result[to + column]! += factor * b.data[from + column * bColumn]!;
        }
      }
    }
  }
  return result;
}

/** Where the matrices begin that a batch's products are made of, leading axes of length 1 repeated. */
function matrixStarts({ shape }: Tensor64, batch: readonly number[]): Int32Array {
  const leading = shape.slice(0, -2);
  const strides = stridesOf(shape)
    .slice(0, -2)
    .map((stride, axis) => (leading[axis] === 1 ? 0 : stride));
  const missing = batch.slice(leading.length).map(() => 0);
  return offsets(batch, [...missing, ...strides]);
}

/** Writes `part` into `result` from `start` of the axis on. */
function place(
  result: Float64Array,
  shape: readonly number[],
  part: Tensor64,
  axis: number,
  start: number,
): void {
  const strides = stridesOf(shape);
  const targets = offsets(part.shape, strides, start * strides[axis]!);
  for (const [i, target] of targets.entries()) result[target] = part.data[i]!;
}

function checkRange(op: OpName, start: number, dim: number, length: number): void {
  if (start + dim > length) {
    throw new Error(`internal: ${op}: ${dim} elements from ${start} on do not fit into ${length}`);
  }
}

function indexOf(id: number, length: number): number {
  if (Number.isInteger(id) && id >= 0 && id < length) return id;
  throw new Error(`internal: id ${id} is out of range: expected 0 to ${length - 1}`);
}
