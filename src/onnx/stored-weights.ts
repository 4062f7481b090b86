/**
 * @file Weights of fewer than 32 bits in a graph: multiplied by, looked up, made float32.
 *
 * Measured with onnxruntime-node 1.30.0, 2 threads of an EPYC with AVX2, no prepacking, processor time
 * of a product with a matrix of 512x512 and 384 rows of x (24 rows in parentheses), in microseconds,
 * forward x W^T; backward dy W is alike:
 *
 * | f32 | 3200 (290) | |
 * | bf16 | 3100 (300) | Cast; 0.13 ns a weight, f16 alike |
 * | i8 | 3000 (265) | DequantizeLinear; 0.16 ns a weight |
 * | u4 | 3500 (630) | DequantizeLinear, a row for each block of 32; 1.0 ns a weight |
 * | u4 | 4000 (980) | DequantizeLinear with block_size 32; 2.4 ns a weight |
 * | u4 | 4400 (1360) | MatMulNBits, 4 bits |
 * | i8 in blocks | 4360 (1130) | MatMulNBits, 8 bits |
 *
 * MatMulNBits is at its best with prepacking, which copies the weights into anonymous memory; without,
 * it makes the whole matrix float32 itself, slower than DequantizeLinear does and in one piece.
 * Its layout is the one used here, so it can take these weights as they are.
 */
import { BLOCK, weightSlices, type RowSlice } from '#base';
import type { Span, WeightLocation } from './external-data.ts';
import { ELEMENT_TYPE, MICROSOFT, type ElementType } from './model-proto.ts';
import type { Attributes, GraphWriter } from './onnx-graph.ts';

/** Each method returns the name of a float32 value. */
export interface StoredWeight {
  /** (...,K) times the matrix, (K,N); transposed: stored as (N,K). */
  product(x: string, transposed: boolean): string;
  /** (N...) -> (N...,C): looked up first and made float32 then, so only these rows ever are. */
  rows(ids: string): string;
  /** All of it, for any other use. */
  whole(): string;
}

/** `path`: of the weight's file below the model's folder. */
export function storedWeight(
  name: string,
  location: WeightLocation,
  path: string,
  writer: GraphWriter,
): StoredWeight {
  const { storage, shape } = location;
  if (storage === 'f32') throw new Error(`internal: weight ${name} is float32 already`);
  const slices = weightSlices(shape, storage);
  const weight: Stored = { name, shape, at: partsOf(name, location, path, writer), writer };
  const form = FORMS[storage];
  const anew: Op = (op, inputs, attributes) => writer.opForOneUse(op, inputs, attributes);
  const known: Op = (op, inputs, attributes) => writer.op(op, inputs, attributes);
  const float = (slice: RowSlice) => form.float(weight, slice, anew);
  return {
    product: (x, transposed) =>
      transposed ? besideOneAnother(x, slices, float, writer) : addedUp(x, slices, float, writer),
    rows: (ids) => form.rows(weight, ids),
    whole: () => form.float(weight, { start: 0, rows: shape[0] ?? 1 }, known),
  };
}

/** x W^T: each slice of rows gives columns of the result. */
function besideOneAnother(
  x: string,
  slices: readonly RowSlice[],
  float: (slice: RowSlice) => string,
  writer: GraphWriter,
): string {
  const flags = { transA: { int: 0 }, transB: { int: 1 } };
  const [first = '', ...others] = slices.map((slice) =>
    writer.op('FusedMatMul', [x, float(slice)], flags, MICROSOFT),
  );
  return others.length === 0
    ? first
    : writer.op('Concat', [first, ...others], { axis: { int: -1 } });
}

/**
 * x W: each slice of rows meets columns of x. Each product is added before the next is written: ONNX
 * Runtime then computes in that order, and not all products first.
 */
function addedUp(
  x: string,
  slices: readonly RowSlice[],
  float: (slice: RowSlice) => string,
  writer: GraphWriter,
): string {
  const columns = ({ start, rows }: RowSlice) => {
    const [from, to, axis] = [[start], [start + rows], [-1]].map((each) => writer.ints(each));
    return slices.length === 1 ? x : writer.op('Slice', [x, from!, to!, axis!]);
  };
  return slices.reduce((sum, slice) => {
    const product = writer.op('MatMul', [columns(slice), float(slice)]);
    return sum === '' ? product : writer.op('Add', [sum, product]);
  }, '');
}

/** A weight whose bytes can be declared part by part. */
interface Stored {
  readonly name: string;
  readonly shape: readonly number[];
  readonly at: Parts;
  readonly writer: GraphWriter;
}

type Op = (op: string, inputs: readonly string[], attributes?: Attributes) => string;

interface Form {
  /** Rows of the weight as float32; `op` writes what makes them. */
  float(weight: Stored, slice: RowSlice, op: Op): string;
  rows(weight: Stored, ids: string): string;
}

const FLOAT = { to: { int: ELEMENT_TYPE.f32 } };

function halfFloats(type: 'f16' | 'bf16'): Form {
  return {
    float: ({ shape: [, ...row], at }, slice, op) =>
      op('Cast', [at.numbers(type, slice, [slice.rows, ...row])], FLOAT),
    rows: ({ shape, at, writer }, ids) =>
      writer.op('Cast', [writer.op('Gather', [at.numbers(type, null, shape), ids])], FLOAT),
  };
}

const FORMS: Readonly<Record<'f16' | 'bf16' | 'i8' | 'u4', Form>> = {
  f16: halfFloats('f16'),
  bf16: halfFloats('bf16'),
  i8: {
    float({ shape: [, width = 1], at }, slice, op) {
      const numbers = at.numbers('i8', slice, [slice.rows, width]);
      return op('DequantizeLinear', [numbers, at.scales(slice, [slice.rows])], {
        axis: { int: 0 },
      });
    },
    rows({ shape, at, writer }, ids) {
      const lookUp = (part: string) => writer.op('Gather', [part, ids]);
      const numbers = writer.op('Cast', [lookUp(at.numbers('i8', null, shape))], FLOAT);
      const scales = lookUp(at.scales(null, shape.slice(0, 1)));
      return writer.op('Mul', [numbers, writer.op('Unsqueeze', [scales, writer.ints([-1])])]);
    },
  },
  u4: {
    // A block is a row here: ONNX Runtime takes its scale once then, not once for each number.
    float({ shape: [, width = 1], at, writer }, slice, op) {
      const blocks = (slice.rows * width) / BLOCK;
      const operands = [
        at.numbers('u4', slice, [blocks, BLOCK]),
        at.scales(slice, [blocks]),
        at.zeroPoints(slice, [blocks]),
      ];
      const numbers = op('DequantizeLinear', operands, { axis: { int: 0 } });
      return op('Reshape', [numbers, writer.ints([slice.rows, width])]);
    },
    rows({ shape, at, writer }, ids) {
      const [height = 1, width = 1] = shape;
      const perBlock = [height, width / BLOCK];
      return writer.op(
        'GatherBlockQuantized',
        [
          at.numbers('u4', null, shape),
          ids,
          at.scales(null, perBlock),
          at.zeroPoints(null, perBlock),
        ],
        { gather_axis: { int: 0 }, quantize_axis: { int: 1 }, block_size: { int: BLOCK } },
        MICROSOFT,
      );
    },
  },
};

/** Initializers over some rows of a weight, or over all of it (null), in the shape that is asked for. */
interface Parts {
  numbers(type: ElementType, slice: RowSlice | null, shape: readonly number[]): string;
  scales(slice: RowSlice | null, shape: readonly number[]): string;
  zeroPoints(slice: RowSlice | null, shape: readonly number[]): string;
}

function partsOf(name: string, location: WeightLocation, path: string, writer: GraphWriter): Parts {
  const height = location.shape[0] ?? 1;
  const declare = (
    what: string,
    span: Span | undefined,
    type: ElementType,
    slice: RowSlice | null,
    shape: readonly number[],
  ) => {
    if (span === undefined) throw new Error(`internal: weight ${name} has no ${what}`);
    const { start, rows } = slice ?? { start: 0, rows: height };
    const rowBytes = span.length / height;
    const part = slice === null ? '' : `[${start}:${start + rows}]`;
    return writer.initializer({
      name: `${what === '' ? '' : `${what}:`}${name}${part}`,
      shape,
      type,
      where: { location: path, offset: span.offset + start * rowBytes, length: rows * rowBytes },
    });
  };
  return {
    numbers: (type, slice, shape) => declare('', location, type, slice, shape),
    scales: (slice, shape) => declare('scales', location.scales, 'f32', slice, shape),
    zeroPoints: (slice, shape) => declare('zero points', location.zeroPoints, 'u4', slice, shape),
  };
}
