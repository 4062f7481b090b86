/** @file What a header may claim, and what each false claim is called. */
import {
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTensor } from './read-tensor.ts';
import { readSafetensorsHeader } from './safetensors-header.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-header-')));
const file = join(folder, 'model.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));

test('names, places, types and metadata are found', () => {
  write({
    __metadata__: { format: 'pt' },
    b: { dtype: 'F32', shape: [2, 1], data_offsets: [2, 10] },
    a: { dtype: 'BF16', shape: [], data_offsets: [0, 2] },
    none: { dtype: 'I64', shape: [0, 3], data_offsets: [2, 2] },
  });
  const { tensors, metadata } = readSafetensorsHeader(file);
  expect(metadata).toEqual({ format: 'pt' });
  const start = tensors.get('a')?.offset ?? 0;
  expect(tensors.get('a')).toEqual({
    name: 'a',
    file,
    offset: start,
    length: 2,
    dtype: 'BF16',
    shape: [],
  });
  expect(tensors.get('b')).toMatchObject({ offset: start + 2, length: 8, shape: [2, 1] });
  expect(tensors.get('none')).toMatchObject({ offset: start + 2, length: 0 });
});

test('a tensor names its file without links, as ONNX Runtime needs it', () => {
  write({ a: F32_PAIR }, 8);
  const link = join(folder, 'link.safetensors');
  symlinkSync(file, link);
  expect(readSafetensorsHeader(link).tensors.get('a')?.file).toBe(file);
});

const F32_PAIR = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

test.each<[string, unknown, number, string]>([
  ['an overlap', { a: F32_PAIR, b: { ...F32_PAIR, data_offsets: [4, 12] } }, 12, "'b'.*overlaps"],
  ['a gap', { a: F32_PAIR, b: { ...F32_PAIR, data_offsets: [9, 17] } }, 17, "'b'.*gap"],
  ['a gap at the start', { a: { ...F32_PAIR, data_offsets: [1, 9] } }, 9, "'a'.*gap"],
  ['bytes after the last', { a: F32_PAIR }, 9, 'expected a file of .* which its tensors fill'],
  ['no tensors, but bytes', {}, 1, 'which its tensors fill'],
  ['an offset past the end', { a: F32_PAIR }, 7, 'is truncated: expected 70 bytes, got 69'],
  [
    'a wrong length',
    { a: { ...F32_PAIR, shape: [3] } },
    8,
    "'a': expected 12 bytes for F32 \\[3\\]",
  ],
  ['a huge shape', { a: { ...F32_PAIR, shape: [2 ** 52, 2 ** 52] } }, 8, "'a': expected 8.*e\\+31"],
  ['a negative size', { a: { ...F32_PAIR, shape: [-2] } }, 8, "'a': expected a shape"],
  ['a fraction', { a: { ...F32_PAIR, shape: [2.5] } }, 8, "'a': expected a shape"],
  ['no shape', { a: { dtype: 'F32', data_offsets: [0, 8] } }, 8, 'a shape .*got nothing'],
  [
    'an unknown dtype',
    { a: { ...F32_PAIR, dtype: 'F31' } },
    8,
    "'a': expected a dtype of .*got F31",
  ],
  ['a missing dtype', { a: { ...F32_PAIR, dtype: undefined } }, 8, 'expected a dtype'],
  ['one offset', { a: { ...F32_PAIR, data_offsets: [8] } }, 8, 'data_offsets'],
  ['a negative offset', { a: { ...F32_PAIR, data_offsets: [-8, 0] } }, 8, 'data_offsets'],
  ['backward offsets', { a: { ...F32_PAIR, data_offsets: [8, 0] } }, 8, 'begin <= end'],
  ['an entry that is no object', { a: 7 }, 8, "'a': expected dtype, shape and data_offsets, got 7"],
  ['metadata that is no text', { __metadata__: { a: 1 } }, 0, '__metadata__ to map names to texts'],
  ['metadata that is no object', { __metadata__: 'x' }, 0, 'got x'],
  ['a header that is no object', [], 0, 'a JSON object, got an array'],
])('%s', (_case, header, dataBytes, message) => {
  write(header, dataBytes);
  expect(() => readSafetensorsHeader(file)).toThrow(new RegExp(`model.safetensors.*${message}`));
});

test.each<[string, Uint8Array, string]>([
  ['an empty file', bytes(), 'truncated: expected 8 bytes, got 0'],
  ['seven bytes', bytes(1, 0, 0, 0, 0, 0, 0), 'truncated: expected 8 bytes, got 7'],
  ['a header longer than the file', bytes(99, 0, 0, 0, 0, 0, 0, 0), 'expected 107 bytes, got 8'],
  ['a header of 2^63 bytes', bytes(0, 0, 0, 0, 0, 0, 0, 128), 'at most 95.4 MiB, got 92233'],
  ['a header that is not UTF-8', bytes(2, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0x28), 'not UTF-8'],
  ['a header that is not JSON', bytes(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x2c), 'line 1, column 2'],
])('%s', (_name, content, message) => {
  writeFileSync(file, content);
  expect(() => readSafetensorsHeader(file)).toThrow(message);
});

test('a missing file and a folder are called so', () => {
  expect(() => readSafetensorsHeader(join(folder, 'no'))).toThrow('there is no such file');
  expect(() => readSafetensorsHeader(folder)).toThrow('it is a folder');
});

test('a file cut off after its header was read is noticed when a tensor is', () => {
  write({ a: F32_PAIR }, 8);
  const location = readSafetensorsHeader(file).tensors.get('a');
  truncateSync(file, (location?.offset ?? 0) + 5);
  expect(() => location && readTensor(location)).toThrow('is truncated: expected 70 bytes, got 67');
});

function write(header: unknown, dataBytes = 10): void {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(file, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
