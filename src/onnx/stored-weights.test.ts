/** @file Weights of fewer bits: how they are written in ONNX, what they compute, in which order. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { uniform, type WeightStorage } from '#base';
import { GraphBuilder, interpret } from '#grad';
import { differences } from '../../test/agreement.ts';
import { decodeBf16, decodeF16, encodeBf16, encodeF16 } from '../weights/half-floats.ts';
import { quantizeBlocks, quantizeRows } from '../weights/quantize.ts';
import type { WeightLocation } from './external-data.ts';
import { lower } from './lower.ts';
import { ranInOrder, text } from './onnx-graph.test-support.ts';
import { openSession } from './session.ts';

const OPTIONS = { threads: 2, arena: false, memoryPattern: false, prepacking: false };
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-stored-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A weight that lies nowhere: lowering only needs a file to name. */
function location(storage: WeightLocation['storage'], shape: readonly number[]): WeightLocation {
  const [height = 1, width = 1] = shape;
  const length = { f32: 4, f16: 2, bf16: 2, i8: 1, u4: 0.5 }[storage] * height * width;
  const scales = { offset: 2 ** 20, length: storage === 'i8' ? 4 * height : length / 4 };
  const zeroPoints = { offset: 2 ** 21, length: length / 32 };
  return { file: '/proc/self/status', offset: 0, length, storage, shape, scales, zeroPoints };
}

/** A weight as the embedding and as the head, forward and backward. */
function tiedGraph(shape: readonly [number, number]) {
  const g = new GraphBuilder('tied');
  const w = g.weight('w', shape);
  const x = g.gather(w, g.input('ids', 'i32', ['N']));
  const dy = g.input('dy', 'f32', ['N', shape[0]]);
  return g.finish({ x, y: g.matmul(x, w, { transB: true }), dx: g.matmul(dy, w) });
}

test('16-bit weights are made float32 anew for each product; looked up ones after that', () => {
  const at = location('bf16', [8, 64]);
  expect(text(lower(tiedGraph([8, 64]), () => at).onnx)).toMatchInlineSnapshot(`
    "ids i32[N], dy f32[N,8]
    %1 = Gather(w, ids)
    out:x = Cast(%1) to=1
    %3 = Cast(w[0:8]) to=1
    out:y = FusedMatMul(out:x, %3) transA=0 transB=1
    %5 = Cast(w[0:8]) to=1
    out:dx = MatMul(dy, %5)
    out:x f32[N,64], out:y f32[N,8], out:dx f32[N,64]"
  `);
});

test('int8 weights', () => {
  const at = location('i8', [8, 64]);
  expect(text(lower(tiedGraph([8, 64]), () => at).onnx)).toMatchInlineSnapshot(`
    "ids i32[N], dy f32[N,8]
    %1 = Gather(w, ids)
    %2 = Cast(%1) to=1
    %3 = Gather(scales:w, ids)
    %4 = Unsqueeze(%3, ints:-1)
    out:x = Mul(%2, %4)
    %6 = DequantizeLinear(w[0:8], scales:w[0:8]) axis=0
    out:y = FusedMatMul(out:x, %6) transA=0 transB=1
    %8 = DequantizeLinear(w[0:8], scales:w[0:8]) axis=0
    out:dx = MatMul(dy, %8)
    out:x f32[N,64], out:y f32[N,8], out:dx f32[N,64]"
  `);
});

test('4-bit weights', () => {
  const at = location('u4', [8, 64]);
  expect(text(lower(tiedGraph([8, 64]), () => at).onnx)).toMatchInlineSnapshot(`
    "ids i32[N], dy f32[N,8]
    out:x = GatherBlockQuantized(w, ids, scales:w, zero points:w) gather_axis=0 quantize_axis=1 block_size=32
    %3 = DequantizeLinear(w[0:8], scales:w[0:8], zero points:w[0:8]) axis=0
    %4 = Reshape(%3, ints:8,64)
    out:y = FusedMatMul(out:x, %4) transA=0 transB=1
    %6 = DequantizeLinear(w[0:8], scales:w[0:8], zero points:w[0:8]) axis=0
    %7 = Reshape(%6, ints:8,64)
    out:dx = MatMul(dy, %7)
    out:x f32[N,64], out:y f32[N,8], out:dx f32[N,64]"
  `);
});

test('a large weight is multiplied by in slices of its rows, each with its own part of the file', () => {
  const at = location('i8', [3000, 512]);
  const { onnx } = lower(tiedGraph([3000, 512]), () => at);
  expect(text(onnx)).toMatchInlineSnapshot(`
    "ids i32[N], dy f32[N,3000]
    %1 = Gather(w, ids)
    %2 = Cast(%1) to=1
    %3 = Gather(scales:w, ids)
    %4 = Unsqueeze(%3, ints:-1)
    out:x = Mul(%2, %4)
    %6 = DequantizeLinear(w[0:1500], scales:w[0:1500]) axis=0
    %7 = FusedMatMul(out:x, %6) transA=0 transB=1
    %8 = DequantizeLinear(w[1500:3000], scales:w[1500:3000]) axis=0
    %9 = FusedMatMul(out:x, %8) transA=0 transB=1
    out:y = Concat(%7, %9) axis=-1
    %11 = Slice(dy, ints:0, ints:1500, ints:-1)
    %12 = DequantizeLinear(w[0:1500], scales:w[0:1500]) axis=0
    %13 = MatMul(%11, %12)
    %14 = Slice(dy, ints:1500, ints:3000, ints:-1)
    %15 = DequantizeLinear(w[1500:3000], scales:w[1500:3000]) axis=0
    %16 = MatMul(%14, %15)
    out:dx = Add(%13, %16)
    out:x f32[N,512], out:y f32[N,3000], out:dx f32[N,512]"
  `);
  const places = onnx.initializers.flatMap((each) => ('where' in each ? [each] : []));
  expect(
    places.map(
      ({ name, shape, where }) => `${name} [${shape.join()}] ${where.offset}+${where.length}`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "w [3000,512] 0+1536000",
      "scales:w [3000] 1048576+12000",
      "w[0:1500] [1500,512] 0+768000",
      "scales:w[0:1500] [1500] 1048576+6000",
      "w[1500:3000] [1500,512] 768000+768000",
      "scales:w[1500:3000] [1500] 1054576+6000",
    ]
  `);
});

test('a weight that is used in another way is made float32 as a whole', () => {
  const g = new GraphBuilder('other');
  const graph = g.finish({ y: g.mul(g.weight('w', [8, 64]), g.input('x', 'f32', [8, 64])) });
  expect(text(lower(graph, () => location('i8', [8, 64])).onnx)).toMatchInlineSnapshot(`
    "x f32[8,64]
    %0 = DequantizeLinear(w[0:8], scales:w[0:8]) axis=0
    out:y = Mul(%0, x)
    out:y f32[8,64]"
  `);
});

type Reduced = Exclude<WeightStorage, 'f32'>;
const REDUCED: readonly Reduced[] = ['f16', 'bf16', 'i8', 'u4'];

/** The numbers in a file of their own, and what they are by the formula of their storage. */
function store(storage: Reduced, values: Float32Array, shape: readonly [number, number]) {
  const [, width] = shape;
  const count = values.length;
  const bits = new Uint16Array(count);
  const bytes = new Int8Array(count);
  const nibbles = new Uint8Array(count / 2);
  const scales = new Float32Array(storage === 'i8' ? shape[0] : count / 32);
  const zeroPoints = new Uint8Array(count / 64);
  const numbers = { f16: bits, bf16: bits, i8: bytes, u4: nibbles }[storage];
  const meaning = new Float64Array(count);
  if (storage === 'i8') {
    quantizeRows(values, width, { numbers: bytes, scales });
    bytes.forEach((q, i) => (meaning[i] = q * scales[Math.floor(i / width)]!));
  } else if (storage === 'u4') {
    quantizeBlocks(values, { numbers: nibbles, scales, zeroPoints });
    meaning.forEach((_, i) => {
      const block = Math.floor(i / 32);
      meaning[i] = (nibble(nibbles, i) - nibble(zeroPoints, block)) * scales[block]!;
    });
  } else {
    const decoded = new Float32Array(count);
    (storage === 'f16' ? encodeF16 : encodeBf16)(values, bits);
    (storage === 'f16' ? decodeF16 : decodeBf16)(bits, decoded);
    meaning.set(decoded);
  }
  const parts = [new Uint8Array(3), numbers, zeroPoints, scales].map(
    ({ buffer }) => new Uint8Array(buffer),
  );
  const [, at = 0, zeroAt = 0, scaleAt = 0] = parts.map((_, i) =>
    parts.slice(0, i).reduce((sum, { length }) => sum + length, 0),
  );
  const file = join(folder, `${storage}-${shape.join('x')}`);
  writeFileSync(file, Buffer.concat(parts));
  const where: WeightLocation = {
    file,
    storage,
    shape,
    offset: at,
    length: numbers.byteLength,
    scales: { offset: scaleAt, length: scales.byteLength },
    zeroPoints: { offset: zeroAt, length: zeroPoints.byteLength },
  };
  return { where, meaning };
}

const nibble = (from: Uint8Array, i: number) => (from[i >> 1]! >> (4 * (i % 2))) & 15;

const drawn = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => uniform(seed, i) * 2 - 1);

describe.each(REDUCED)('%s', (storage) => {
  test.each<[number, number]>([
    [1, 64],
    [70, 128],
    [2500, 512], // two slices
  ])(
    '%i x %i: looked up, multiplied by forward and backward, as the interpreter does with what it means',
    async (...shape) => {
      const [height, width] = shape;
      const { where, meaning } = store(storage, drawn(height * width, 1), shape);
      const graph = tiedGraph(shape);
      const ids = Int32Array.from({ length: 6 }, (_, i) => (i * 977) % height);
      const dy = drawn(6 * height, 2);
      await using session = await openSession(graph, () => where, OPTIONS);
      const got = await session.run({
        ids: { dtype: 'i32', shape: [6], data: ids },
        dy: { dtype: 'f32', shape: [6, height], data: dy },
      });
      const feeds = {
        ids: { dtype: 'i32', shape: [6], data: Float64Array.from(ids) },
        dy: { dtype: 'f32', shape: [6, height], data: Float64Array.from(dy) },
      } as const;
      const w = { dtype: 'f32', shape, data: meaning } as const;
      expect(differences(got, interpret(graph, feeds, { w }))).toEqual([]);
    },
  );

  test('of a large one only one slice is float32 at a time', async () => {
    const shape = [9000, 512] as const;
    const { where } = store(storage, new Float32Array(shape[0] * shape[1]), [...shape]);
    const { onnx, folder: weights } = lower(tiedGraph(shape), () => where);
    const [into, out] = [
      { FusedMatMul: 'x W^T', Concat: 'joined' },
      { MatMul: 'dy W', Add: 'added' },
    ];
    const makes = { f16: 'Cast', bf16: 'Cast', i8: 'DequantizeLinear', u4: 'DequantizeLinear' };
    const shown: Record<string, string> = { ...into, ...out, [makes[storage]]: 'made' };
    const steps = (await ranInOrder(onnx, 3, weights)).flatMap(({ op }) => shown[op] ?? []);
    const lookedUp = storage === 'i8' || storage === 'u4' ? '' : 'made, ';
    const into5 = 'made, x W^T, '.repeat(5);
    const out4 = 'made, dy W, added, '.repeat(4);
    expect(`${steps.join(', ')}, `).toBe(`${lookedUp}${into5}joined, made, dy W, ${out4}`);
  });
});
