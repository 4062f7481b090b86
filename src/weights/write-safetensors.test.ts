/** @file Files equal those of the reference implementation to the byte; a failed write loses nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fixtureSafetensors } from './fixtures.test-support.ts';
import { readTensor, readTensorBytes } from './read-tensor.ts';
import { readSafetensorsHeader } from './safetensors-header.ts';
import { type TensorToWrite, writeSafetensors } from './write-safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-write-'));
const file = join(folder, 'out.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));

const fixtures = fixtureSafetensors();
test.skipIf(fixtures.length === 0)('each fixture, written again, has the same bytes', () => {
  const different: string[] = [];
  for (const fixture of fixtures) {
    const { tensors, metadata } = readSafetensorsHeader(fixture);
    const again = [...tensors.values()].toReversed().map((location): TensorToWrite => {
      const { name, dtype, shape } = location;
      const read = dtype === 'F32' ? readTensor : readTensorBytes;
      return { name, dtype, shape, data: () => read(location) };
    });
    writeSafetensors(file, again, metadata);
    if (!readFileSync(file).equals(readFileSync(fixture))) different.push(fixture);
  }
  expect(different).toEqual([]);
});

test('order, padding and escapes are those of the reference', () => {
  writeSafetensors(file, [
    zeros('a', 'BOOL', 1),
    zeros('b', 'F16', 2),
    zeros('c', 'BF16', 2),
    zeros('z', 'F32', 4),
    zeros('10', 'F32', 4),
    zeros('9', 'F32', 4),
    zeros('\u{1f600}', 'F32', 4),
    zeros('\uffee"\n', 'F32', 4),
    zeros('e', 'I32', 4),
    zeros('f', 'F64', 8),
    zeros('g', 'I64', 8),
  ]);
  const content = readFileSync(file);
  const header = content.subarray(8, 8 + Number(content.readBigUInt64LE()));
  // What Python's safetensors 0.4.5 writes for the same tensors: 616 bytes of header, then 45.
  expect([header.length, content.length]).toEqual([616, 669]);
  expect(header.toString().trimEnd()).toMatchInlineSnapshot(
    `"{"g":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"f":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"10":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},"9":{"dtype":"F32","shape":[1],"data_offsets":[20,24]},"z":{"dtype":"F32","shape":[1],"data_offsets":[24,28]},"￮\\"\\n":{"dtype":"F32","shape":[1],"data_offsets":[28,32]},"😀":{"dtype":"F32","shape":[1],"data_offsets":[32,36]},"e":{"dtype":"I32","shape":[1],"data_offsets":[36,40]},"c":{"dtype":"BF16","shape":[1],"data_offsets":[40,42]},"b":{"dtype":"F16","shape":[1],"data_offsets":[42,44]},"a":{"dtype":"BOOL","shape":[1],"data_offsets":[44,45]}}"`,
  );
});

test('f32 data are rounded to f16 and bf16, past the piece in which they are converted', () => {
  const length = 300_000;
  const data = Float32Array.from({ length }, (_, i) => 1 + i / 1000);
  writeSafetensors(file, [
    { name: 'half', dtype: 'F16', shape: [3, 100_000], data },
    { name: 'brain', dtype: 'BF16', shape: [length], data },
    { name: 'full', dtype: 'F32', shape: [length], data },
  ]);
  const { tensors } = readSafetensorsHeader(file);
  const read = (name: string): Float32Array => {
    const location = tensors.get(name);
    return location ? readTensor(location) : new Float32Array();
  };
  expect(Buffer.from(read('full').buffer).equals(Buffer.from(data.buffer))).toBe(true);
  for (const [name, error] of Object.entries({ half: 2 ** -11, brain: 2 ** -8 })) {
    const far = read(name).findIndex((x, i) => Math.abs(x - (data[i] ?? 0)) > Math.abs(x) * error);
    expect([name, far]).toEqual([name, -1]);
  }
});

test('integers and f64 are read back', () => {
  const ints = Int32Array.of(-1, 2 ** 31 - 1);
  const doubles = Float64Array.of(Math.PI, -1e300);
  const data = new Uint8Array(doubles.buffer);
  writeSafetensors(file, [
    { name: 'i', dtype: 'I32', shape: [2], data: ints },
    { name: 'd', dtype: 'F64', shape: [2], data },
  ]);
  const { tensors } = readSafetensorsHeader(file);
  const [i, d] = [tensors.get('i'), tensors.get('d')];
  if (!i || !d) throw new Error('both were written');
  expect(new Int32Array(readTensorBytes(i).buffer)).toEqual(ints);
  expect(readTensor(d)).toEqual(Float32Array.of(Math.PI, -Infinity));
  expect(() => readTensor(i)).toThrow("tensor 'i' to be F32, F16, BF16 or F64, got I32");
});

test('data of another length or type are our own bug, and the old file stays', () => {
  writeFileSync(file, 'old');
  const tensor = { name: 'a', dtype: 'F32', shape: [3] } as const;
  expect(() => writeSafetensors(file, [{ ...tensor, data: new Float32Array(2) }])).toThrow(
    "internal: tensor 'a': expected F32 [3], got Float32Array of 2",
  );
  expect(() => writeSafetensors(file, [{ ...tensor, data: new Int32Array(3) }])).toThrow(
    'internal:',
  );
  const twice = { ...tensor, data: new Float32Array(3) };
  expect(() => writeSafetensors(file, [twice, twice])).toThrow('internal: two tensors');
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['out.safetensors']);
});

test('a file past the size that the system allows: one clear error, and the old file stays', () => {
  writeFileSync(file, 'old');
  // A limit on file size in a process of its own stands for a disk that fills up half-way.
  const script = `
    import { writeSafetensors } from ${JSON.stringify(join(import.meta.dirname, 'write-safetensors.ts'))};
    process.on('SIGXFSZ', () => {});
    try {
      writeSafetensors(${JSON.stringify(file)}, [
        { name: 'a', dtype: 'F32', shape: [500000], data: new Float32Array(500000) },
      ]);
    } catch (error) {
      console.log(error.code, error.message);
    }`;
  const command = `ulimit -f 1024; exec ${process.execPath} --conditions=source --import tsx --input-type=module`;
  const child = spawnSync('sh', ['-c', command], { input: script, encoding: 'utf8' });
  expect(child.stdout).toMatch(/^FILE_NOT_WRITABLE .*out\.safetensors could not be written: /);
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['out.safetensors']);
});

test('a disk that fills up: an error that names the free space, and the old file stays', (context) => {
  const disk = mkdtempSync(join(tmpdir(), 'plimsoll-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]);
  try {
    context.skip(mounted.status !== 0, 'a small disk cannot be mounted here');
    const target = join(disk, 'out.safetensors');
    writeFileSync(target, 'old');
    const length = 100_000;
    const tensor = { name: 'a', dtype: 'F32', shape: [length], data: new Float32Array(length) };
    expect(() => writeSafetensors(target, [{ ...tensor, dtype: 'F32' }])).toThrow(
      /the disk is full: .*out\.safetensors could not be written \(free there.*: .*B\)/,
    );
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(readdirSync(disk)).toEqual(['out.safetensors']);
  } finally {
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  }
});

function zeros(name: string, dtype: TensorToWrite['dtype'], bytes: number): TensorToWrite {
  return { name, dtype, shape: [1], data: new Uint8Array(bytes) };
}
