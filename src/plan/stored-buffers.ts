/** @file What weights of fewer than 32 bits take while they are used; mirrors onnx/stored-weights.ts. */
import { BLOCK, type RowSlice, weightSlices } from '#base';
import type { Shape, Value, ValueOf } from '#grad';
import type { Buffer, KernelWriter, StoredShape } from './kernels.ts';

/** (...,K) times the matrix: a slice of it is float32 at a time. */
export function storedProduct(
  value: ValueOf<'matmul'>,
  stored: StoredShape,
  to: KernelWriter,
): Buffer {
  const left = operand(value, 0);
  const { shape } = value;
  const x = to.of(left);
  const slices = weightSlices(stored.shape, stored.storage);
  if (value.params.transB) {
    const products = slices.map((slice) =>
      to.run('MatMul', [x, float(stored, slice, to)], { shape: widthOf(shape, slice.rows) }),
    );
    return slices.length === 1 ? products[0]! : to.run('Concat', products, { shape });
  }
  const columns = ({ start, rows }: RowSlice) =>
    slices.length === 1
      ? x
      : to.run('Slice', [x], { shape: widthOf(left.shape, rows), key: String(start) });
  let sum: Buffer | null = null;
  for (const slice of slices) {
    const product = to.run('MatMul', [columns(slice), float(stored, slice, to)], { shape });
    sum = sum ? to.run('Add', [sum, product], { shape }) : product;
  }
  return sum!;
}

/** Rows of a table: looked up first and made float32 then. */
export function storedRows(
  value: ValueOf<'gather'>,
  { storage }: StoredShape,
  to: KernelWriter,
): Buffer {
  const ids = to.of(operand(value, 1));
  const { shape } = value;
  const lookUp = (op: string, of: Shape, itemBytes: number) =>
    to.run(op, [ids], { shape: of, itemBytes, key: null });
  if (storage === 'u4') return lookUp('GatherBlockQuantized', shape, 4);
  const numbers = to.run('Cast', [lookUp('Gather', shape, storage === 'i8' ? 1 : 2)], { shape });
  if (storage !== 'i8') return numbers;
  const scales = lookUp('Gather', shape.slice(0, -1), 4);
  const column = to.run('Unsqueeze', [scales], { shape: widthOf(shape, 1), alias: scales });
  return to.run('Mul', [numbers, column], { shape });
}

function operand({ inputs, op, id }: ValueOf<'matmul' | 'gather'>, index: number): Value {
  const found = inputs[index];
  if (!found) throw new Error(`internal: ${op} %${id} has no operand ${index}`);
  return found;
}

/** All of it as float32, for any other use. */
export function storedWhole(stored: StoredShape, to: KernelWriter): Buffer {
  return float(stored, { start: 0, rows: stored.shape[0] ?? 1 }, to);
}

function float({ shape, storage }: StoredShape, { rows }: RowSlice, to: KernelWriter): Buffer {
  const own = { shape: [rows, ...shape.slice(1)], key: null };
  if (storage === 'f16' || storage === 'bf16') return to.run('Cast', [to.mapped(own.shape)], own);
  if (storage === 'i8') return to.run('DequantizeLinear', [to.mapped(own.shape)], own);
  const blocks = { shape: [(rows * (shape[1] ?? 1)) / BLOCK, BLOCK], key: null };
  const numbers = to.run('DequantizeLinear', [to.mapped(blocks.shape)], blocks);
  return to.run('Reshape', [numbers], { ...own, alias: numbers });
}

function widthOf(shape: Shape, width: number): Shape {
  return [...shape.slice(0, -1), width];
}
