/** @file Weights that stay in their files: types, offsets, links, folders. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { GraphBuilder, type Tensor } from '#grad';
import { readSafetensorsHeader } from '#weights';
import { encodeBf16, encodeF16 } from '../weights/half-floats.ts';
import { dataFolder, type WeightLocation } from './external-data.ts';
import { openSession } from './session.ts';

const OPTIONS = { threads: 2, arena: false, memoryPattern: false, prepacking: false };
const STORAGE = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const;
type Storage = keyof typeof STORAGE;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-external-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 2x3 numbers that every storage type holds exactly. */
const NUMBERS = Float32Array.of(1.5, -2, 0.25, 96, -0.125, 3);

function bytesOf(storage: Storage): Uint8Array {
  if (storage === 'f32') return new Uint8Array(NUMBERS.slice().buffer);
  const bits = new Uint16Array(NUMBERS.length);
  (storage === 'f16' ? encodeF16 : encodeBf16)(NUMBERS, bits);
  return new Uint8Array(bits.buffer);
}

/** A safetensors file with one tensor `w` at an offset that nothing divides. */
function writeFile(file: string, storage: Storage): string {
  const bytes = bytesOf(storage);
  const entry = { dtype: STORAGE[storage], shape: [2, 3], data_offsets: [0, bytes.length] };
  const text = JSON.stringify({ w: entry });
  const header = text + ' '.repeat(text.length % 2 === 0 ? 1 : 0);
  const length = new BigUint64Array([BigInt(header.length)]);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, Buffer.concat([new Uint8Array(length.buffer), Buffer.from(header), bytes]));
  return file;
}

function locate(file: string, storage: Storage): WeightLocation {
  const found = readSafetensorsHeader(file).tensors.get('w');
  if (found === undefined) throw new Error('no tensor w');
  expect(found.offset % 2).toBe(1);
  return { ...found, file, storage };
}

/** The sum over the weights of x W^T, and the first weight itself. */
async function run(weights: readonly WeightLocation[]): Promise<Record<string, Tensor>> {
  const g = new GraphBuilder('external');
  const x = g.input('x', 'f32', ['B', 3]);
  const made = weights.map((_, i) => g.weight(String(i), [2, 3]));
  const products = made.map((weight) => g.matmul(x, weight, { transB: true }));
  const y = products.reduce((sum, product) => g.add(sum, product));
  const graph = g.finish({ y, first: made[0] ?? x });
  await using session = await openSession(graph, (name) => weights[Number(name)] ?? 'fed', OPTIONS);
  return await session.run({ x: { dtype: 'f32', shape: [1, 3], data: Float32Array.of(1, 2, 4) } });
}

const ONCE = [-1.5, 107.75];

test.each(['f32', 'f16', 'bf16'] as const)('%s at an odd offset', async (storage) => {
  const file = writeFile(join(folder, `${storage}.safetensors`), storage);
  const { y, first } = await run([locate(file, storage)]);
  expect(first?.data).toEqual(NUMBERS);
  expect([...(y?.data ?? [])]).toEqual(ONCE);
});

test('a link into another folder, as in a hub cache', async () => {
  const blob = writeFile(join(folder, 'cache/blobs/0123abcd'), 'f32');
  const link = join(folder, 'cache/snapshots/main/model.safetensors');
  mkdirSync(join(link, '..'), { recursive: true });
  symlinkSync('../../blobs/0123abcd', link);
  const { y } = await run([{ ...locate(blob, 'f32'), file: link }]);
  expect([...(y?.data ?? [])]).toEqual(ONCE);
});

test('files in two folders, of two types, with names that are not ASCII', async () => {
  const a = writeFile(join(folder, 'größe 1/a.safetensors'), 'f32');
  const b = writeFile(join(folder, 'other/deep/b.safetensors'), 'bf16');
  const { y } = await run([locate(a, 'f32'), locate(b, 'bf16')]);
  expect([...(y?.data ?? [])]).toEqual(ONCE.map((each) => 2 * each));
});

test('the folder of a model is the deepest one above all its files', () => {
  const [a, b, c] = ['p/q/a', 'p/q/b', 'p/qq/c'].map((name) =>
    writeFile(join(folder, name), 'f32'),
  );
  expect(dataFolder([a!, b!])?.folder).toBe(join(folder, 'p/q'));
  expect(dataFolder([a!, b!, c!])?.folder).toBe(join(folder, 'p'));
  expect(dataFolder([a!, c!])?.locationOf.get(c!)).toBe('qq/c');
  expect(dataFolder(['/etc/passwd', a!])?.folder).toBe('/');
  expect(dataFolder([])).toBeNull();
});

test('a location of another shape, or past the end of its file, is an error that says so', async () => {
  const file = writeFile(join(folder, 'short.safetensors'), 'f32');
  const good = locate(file, 'f32');
  await expect(run([{ ...good, shape: [3, 2] }])).rejects.toThrow(
    'internal: weight 0: expected the shape [2,3] of its graph, got the location of a tensor of shape [3,2]',
  );
  await expect(run([{ ...good, offset: good.offset + 5 }])).rejects.toThrow(
    /^internal: ONNX Runtime could not open graph external: .*offset: 70 .* out of bounds/,
  );
});
