/** @file The assembler: what it writes runs, and does as it says. */
import { expect, test } from 'vitest';
import {
  assemble,
  type Code,
  i32,
  i32x4,
  instantiate,
  Locals,
  op,
  repeat,
  set,
  store,
} from './wasm-code.ts';

test.each([
  0,
  1,
  63,
  64,
  127,
  128,
  8191,
  8192,
  65536,
  0x7fffffff,
  -1,
  -64,
  -65,
  -8192,
  -8193,
  -(2 ** 31),
])('the constant %d', (number) => {
  const body = [store(i32(0), 0, op('i32x4.splat', i32(number)))];
  expect(memoryAfter(new Locals(), body).slice(0, 4)).toEqual(new Int32Array(4).fill(number));
});

test.each([0, 16, 112, 128, 65520])('16 bytes are written %d bytes behind an address', (offset) => {
  const memory = memoryAfter(new Locals(), [store(i32(0), offset, i32x4(1, 2, 3, 4))]);
  expect(memory.slice(offset / 4, offset / 4 + 4)).toEqual(Int32Array.of(1, 2, 3, 4));
  expect(memory.filter(Boolean)).toHaveLength(4);
});

test('a loop over parameters and variables', () => {
  const locals = new Locals();
  const from = locals.parameter('i32');
  const end = locals.parameter('i32');
  const number = locals.variable('v128');
  const body = [
    set(number, i32x4(7)),
    repeat(
      [
        store(from, 0, number),
        set(number, op('i32x4.add', number, i32x4(1))),
        set(from, op('i32.add', from, i32(16))),
      ],
      op('i32.lt_u', from, end),
    ),
  ];
  const memory = memoryAfter(locals, body, 32, 80);
  expect(Array.from(memory.slice(8, 24))).toEqual(
    [7, 8, 9].flatMap((n) => [n, n, n, n]).concat([0, 0, 0, 0]),
  );
});

test('a parameter behind a variable is our bug', () => {
  const locals = new Locals();
  locals.variable('i32');
  expect(() => locals.parameter('i32')).toThrow('internal: a parameter was declared behind');
});

function memoryAfter(locals: Locals, body: readonly Code[], ...args: number[]): Int32Array {
  const { run, memory } = instantiate(assemble(locals, body, 2));
  run(...args);
  return new Int32Array(memory.buffer);
}
