/** @file Rows of dropout masks: the same from the kernel as from the plain code that defines them. */
import { spawnSync } from 'node:child_process';
import { buildSync } from 'esbuild';
import { array, assert, double, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDropoutKernel } from './dropout-kernel.ts';
import { fillDropoutMask } from './dropout-masks.ts';
import { type DrawRows, drawRowsPlainly, dropoutLaw } from './dropout-rows.ts';

const kernel = openDropoutKernel()!;

/** Says whether there is a kernel, and draws a mask. */
const PROGRAM = `
  import { openDropoutKernel } from './dropout-kernel.ts';
  import { fillDropoutMask } from './dropout-masks.ts';
  const mask = new Float32Array(400);
  fillDropoutMask(mask, [1, 10, 40], 'site', 0.1, { seed: 1, step: 2, examples: [3] });
  console.log(JSON.stringify({ hasKernel: openDropoutKernel() !== null, mask: Array.from(mask) }));`;

test('the kernel draws each element as the plain code does, and nothing beyond', () => {
  assert(
    property(
      integer({ min: 0, max: 70 }),
      array(integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 5 }),
      double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (width, seeds, probability) => expectAlike(width, seeds, probability),
    ),
  );
});

test.each([
  ['a row as long as a block', 4096, 3],
  ['rows that a block has no whole number of', 1365, 10],
  ['the longest row', 2 ** 16, 2],
  ['more rows than the kernel takes seeds at once', 1, 3000],
  ['as many as it takes', 4, 1024],
])('%s', (_, width, rows) => {
  expectAlike(
    width,
    Array.from({ length: rows }, (_unused, row) => Math.imul(row, 0x9e3779b1) >>> 0),
    0.1,
  );
});

test('a sequence that would begin with 0, where xorshift stays, begins with 1', () => {
  const [seed, first] = [0, 16]; // lowbias32(0) is 0
  const mask = drawn(drawRowsPlainly, 1600, [seed], 0.5);
  const share = mask.filter((x, at) => at % first === 0 && x !== 0).length / (mask.length / first);
  expect(Math.abs(share - 0.5)).toBeLessThan(0.25); // five standard deviations of 100 draws
  expectAlike(1600, [seed], 0.5);
});

test('a longer row is refused', () => {
  expect(() => drawn(kernel, 2 ** 16 + 1, [1], 0.1)).toThrow(
    'internal: a row of a mask has 65537 elements',
  );
});

test('probabilities that 16 bits cannot tell from 0 and 1', () => {
  expect(drawn(kernel, 5000, [3], 2 ** -18)).not.toContain(0);
  const almostAll = drawn(kernel, 2 ** 16, [3], 1 - 2 ** -18);
  expect(almostAll.filter((x) => x !== 0).length).toBeLessThan(6);
});

describe('where WebAssembly has no room', () => {
  // One plain script, since tsx needs WebAssembly itself.
  const { outputFiles } = buildSync({
    stdin: { contents: PROGRAM, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
  });
  const outcome = (addressSpace: string, ...flags: string[]): unknown => {
    const command = `ulimit -v ${addressSpace} && exec "$0" "$@"`;
    const words = ['-c', command, process.execPath, ...flags, '--input-type=module', '-'];
    const { stdout, stderr, status } = spawnSync('sh', words, {
      input: outputFiles[0]!.contents,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout);
  };

  test('plain code draws the same masks; there is room without a trap handler', () => {
    const here = new Float32Array(400);
    fillDropoutMask(here, [1, 10, 40], 'site', 0.1, { seed: 1, step: 2, examples: [3] });
    const mask = Array.from(here);
    expect(outcome('4000000')).toEqual({ hasKernel: false, mask });
    expect(outcome('4000000', '--disable-wasm-trap-handler')).toEqual({ hasKernel: true, mask });
    expect(outcome('unlimited', '--jitless')).toEqual({ hasKernel: false, mask });
  });
});

function expectAlike(width: number, seeds: readonly number[], probability: number): void {
  const expected = drawn(drawRowsPlainly, width, seeds, probability);
  const got = drawn(kernel, width, seeds, probability);
  expect(Buffer.compare(bytesOf(got), bytesOf(expected))).toBe(0);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Between two elements that stay as they were. */
function drawn(
  drawRows: DrawRows,
  width: number,
  seeds: readonly number[],
  probability: number,
): Float32Array {
  const room = new Float32Array(width * seeds.length + 2).fill(-1);
  const mask = room.subarray(1, -1);
  drawRows({ mask, width, seeds: Uint32Array.from(seeds), law: dropoutLaw(probability) });
  expect([room[0], room.at(-1)]).toEqual([-1, -1]);
  return mask;
}
