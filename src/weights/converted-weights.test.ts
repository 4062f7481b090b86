/** @file Converted weights: the same numbers as a conversion in one piece, and nothing that is damaged. */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uniform, type WeightStorage } from '#base';
import {
  type ConversionSource,
  convertedBytes,
  readConverted,
  writeConverted,
} from './converted-weights.ts';
import { decodeBf16, encodeBf16 } from './half-floats.ts';
import { quantizeBlocks, quantizeRows } from './quantize.ts';
import { readTensor, readTensorBytes } from './read-tensor.ts';
import { readSafetensorsHeader, type TensorLocation } from './safetensors-header.ts';
import { storageOf, type StoredTensor } from './stored-tensor.ts';
import { writeSafetensors } from './write-safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-converted-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** More than one piece is made of the large one, and the last piece is short. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  large: [4103, 128],
  small: [3, 64],
  row: [1, 320],
  norm: [512],
};
let original: ReadonlyMap<string, TensorLocation>;
beforeAll(() => {
  const file = join(folder, 'original.safetensors');
  const tensors = Object.entries(SHAPES).map(([name, shape], seed) => ({
    name,
    dtype: name === 'small' ? ('BF16' as const) : ('F32' as const),
    shape,
    data: Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => uniform(seed, i) * 2 - 1,
    ),
  }));
  writeSafetensors(file, tensors);
  original = readSafetensorsHeader(file).tensors;
});

function source(storage: WeightStorage, fingerprint = 'f'): ConversionSource {
  const tensors = [...original].map(([name, from]) => {
    return [name, { from, storage: name === 'norm' ? 'f32' : storage }] as const;
  });
  return { tensors: new Map(tensors), fingerprint };
}

function converted(storage: WeightStorage): { file: string; source: ConversionSource } {
  const file = join(folder, `${storage}.safetensors`);
  writeConverted(file, source(storage));
  return { file, source: source(storage) };
}

const bytesOf = (array: ArrayBufferView) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** Scales and zero points as well, all in one. */
function allBytes({ scales, zeroPoints, ...numbers }: StoredTensor): Buffer {
  const parts = [numbers, scales, zeroPoints].flatMap((each) => each ?? []);
  return Buffer.concat(parts.map(readTensorBytes));
}

const WHOLE: Readonly<Record<WeightStorage, (values: Float32Array, width: number) => Buffer>> = {
  f32: bytesOf,
  f16: () => Buffer.alloc(0),
  bf16(values) {
    const bits = new Uint16Array(values.length);
    encodeBf16(values, bits);
    return bytesOf(bits);
  },
  i8(values, width) {
    const to = {
      numbers: new Int8Array(values.length),
      scales: new Float32Array(values.length / width),
    };
    quantizeRows(values, width, to);
    return Buffer.concat([to.numbers, to.scales].map(bytesOf));
  },
  u4(values) {
    const to = {
      numbers: new Uint8Array(values.length / 2),
      scales: new Float32Array(values.length / 32),
      zeroPoints: new Uint8Array(values.length / 64),
    };
    quantizeBlocks(values, to);
    return Buffer.concat([to.numbers, to.scales, to.zeroPoints].map(bytesOf));
  },
};

test.each(['f32', 'bf16', 'i8', 'u4'] as const)(
  '%s: in pieces as in one, in a file that any reader of safetensors accepts',
  (storage) => {
    const { file, source: from } = converted(storage);
    const tensors = readConverted(file, from);
    for (const [name, location] of original) {
      const own = name === 'norm' ? 'f32' : storage;
      const tensor = tensors?.get(name);
      expect(tensor && storageOf(tensor)).toBe(own);
      expect(tensor?.shape).toEqual(SHAPES[name]);
      const whole = WHOLE[own](readTensor(location), location.shape.at(-1) ?? 1);
      expect(tensor && allBytes(tensor).equals(whole)).toBe(true);
    }
    expect(convertedBytes(from)).toBe(readFileSync(file).length);
    expect(readSafetensorsHeader(file).metadata['format']).toBe('plimsoll-weights');
  },
);

test('a 16-bit original comes through float32 unchanged', () => {
  const { file, source: from } = converted('bf16');
  const small = readConverted(file, from)?.get('small');
  const bits = readFileSync(file)
    .subarray(small?.offset)
    .subarray(0, 2 * 192);
  const values = new Float32Array(192);
  decodeBf16(new Uint16Array(new Uint8Array(bits).buffer), values);
  expect(values).toEqual(readTensor(original.get('small')!));
});

test.each<[string, (file: string) => void]>([
  ['a byte at its end', (file) => flip(file, readFileSync(file).length - 1)],
  ['a byte in its middle', (file) => flip(file, Math.floor(readFileSync(file).length / 2))],
  ['a byte of its header', (file) => flip(file, 20)],
  ['a last part missing', (file) => truncateSync(file, readFileSync(file).length - 9)],
  ['a byte too many', (file) => appendFileSync(file, 'x')],
  ['nothing in it', (file) => writeFileSync(file, '')],
  ['zeros where numbers were', (file) => zero(file, 1000)],
])('a file with %s is not used, and made anew it is', (_, damage) => {
  const { file, source: from } = converted('u4');
  expect(readConverted(file, from)).not.toBeNull();
  damage(file);
  expect(readConverted(file, from)).toBeNull();
  writeConverted(file, from);
  expect(readConverted(file, from)).not.toBeNull();
});

test('a file of another original, other storages, or a model of its own is not used', () => {
  const { file } = converted('i8');
  expect(readConverted(file, source('i8', 'another'))).toBeNull();
  expect(readConverted(file, source('u4'))).toBeNull();
  const { tensors, fingerprint } = source('i8');
  expect(readConverted(file, { tensors: new Map([...tensors].slice(1)), fingerprint })).toBeNull();
  const own = original.get('large')!.file;
  expect(readConverted(own, source('f32'))).toBeNull();
  expect(readConverted(join(folder, 'nowhere'), source('i8'))).toBeNull();
});

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(file, bytes);
}

function zero(file: string, count: number): void {
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0, bytes.length - count));
}
