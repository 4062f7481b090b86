/**
 * @file Draws rows of dropout masks in WebAssembly, 16 elements at a time, as dropout-rows.ts defines them.
 *
 * At 384 tokens of flan-t5-small a step draws 182 million elements, on one thread, while ONNX Runtime waits.
 * JavaScript has no SIMD; WebAssembly has, and Node has WebAssembly. An element takes 0.43 ns, of which copying
 * it out is 0.2; the plain code takes 4.1, and took 0.75 when it went from one element that is left out to the
 * next by a table of geometric gaps.
 */
import { type DrawRows, SEED_DISTANCE, SEQUENCES } from './dropout-rows.ts';
import {
  assemble,
  type Code,
  i32,
  i32x4,
  type Instance,
  instantiate,
  type Local,
  Locals,
  op,
  repeat,
  set,
  store,
  type Value,
} from './wasm-code.ts';

/** Null where there is no WebAssembly, or no room for its memory. */
export function openDropoutKernel(): DrawRows | null {
  const kernel = open();
  if (!kernel) return null;
  const { run, memory } = kernel;
  const seedsOfBlock = new Uint32Array(memory.buffer, 0, MOST_ROWS);
  const block = new Float32Array(memory.buffer, BLOCK_AT);
  return ({ mask, width, seeds, law: { threshold, kept } }) => {
    if (width > LONGEST_ROW) throw new Error(`internal: a row of a mask has ${width} elements`);
    if (width === 0) return;
    const most = Math.min(MOST_ROWS, Math.max(1, Math.floor(BLOCK / width)));
    for (let row = 0; row < seeds.length; row += most) {
      const some = seeds.subarray(row, row + most);
      seedsOfBlock.set(some);
      run(0, 4 * some.length, BLOCK_AT, 4 * width, threshold, kept);
      mask.set(block.subarray(0, some.length * width), row * width);
    }
  };
}

/** Elements that are drawn before they are copied out: they are still in the nearest cache then. */
const BLOCK = 4096;
const MOST_ROWS = 1024;
/** Behind the seeds. */
const BLOCK_AT = 4 * MOST_ROWS;
const LONGEST_ROW = 2 ** 16;
/** For the longest row and what is drawn past its end. What no row reaches takes no memory. */
const PAGES = Math.ceil((BLOCK_AT + 4 * (LONGEST_ROW + 2 * SEQUENCES)) / 2 ** 16);

function open(): Instance | null {
  const module = program();
  try {
    return instantiate(module);
  } catch {
    return null; // --jitless, a processor without SIMD, `ulimit -v`: plain code draws the same
  }
}

function program(): Uint8Array {
  const locals = new Locals();
  const seed = locals.parameter('i32');
  const seedsEnd = locals.parameter('i32');
  const at = locals.parameter('i32');
  const rowBytes = locals.parameter('i32');
  const thresholdBits = locals.parameter('i32');
  const keptNumber = locals.parameter('f32');
  const rowEnd = locals.variable('i32');
  const threshold = locals.variable('v128');
  const kept = locals.variable('v128');
  const [first, last] = [locals.variable('v128'), locals.variable('v128')];
  const elements = (bits: Value<'v128'>) =>
    op('v128.andnot', kept, op('i32x4.gt_s', threshold, bits));

  const step = [
    ...xorshift(first),
    ...xorshift(last),
    store(at, 0, elements(lowHalves(first))),
    store(at, 16, elements(lowHalves(last))),
    store(at, 32, elements(first)),
    store(at, 48, elements(last)),
    set(at, op('i32.add', at, i32(64))),
  ];
  const row = [
    ...sequences(first, seed, 0),
    ...sequences(last, seed, 4),
    set(rowEnd, op('i32.add', at, rowBytes)),
    repeat(step, op('i32.lt_u', at, rowEnd)),
    set(at, rowEnd), // the next row overwrites what was drawn past the end
    set(seed, op('i32.add', seed, i32(4))),
  ];
  const body = [
    set(threshold, op('i32x4.splat', thresholdBits)),
    set(kept, op('f32x4.splat', keptNumber)),
    repeat(row, op('i32.lt_u', seed, seedsEnd)),
  ];
  return assemble(locals, body, PAGES);
}

type Vector = Local<'v128'>;

/** Four of a row's sequences, from number `from` on. */
function sequences(bits: Vector, seed: Value<'i32'>, from: number): Code[] {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => Math.imul(from + i, SEED_DISTANCE));
  return [
    set(bits, op('i32x4.add', op('v128.load32_splat', seed), i32x4(a!, b!, c!, d!))),
    ...lowbias32(bits),
    set(bits, op('i32x4.sub', bits, op('i32x4.eq', bits, i32x4(0)))), // true is -1
  ];
}

function lowbias32(bits: Vector): Code[] {
  return [
    shifted(bits, 'i32x4.shr_u', 16),
    set(bits, op('i32x4.mul', bits, i32x4(0x7feb352d))),
    shifted(bits, 'i32x4.shr_u', 15),
    set(bits, op('i32x4.mul', bits, i32x4(0x846ca68b))),
    shifted(bits, 'i32x4.shr_u', 16),
  ];
}

function xorshift(bits: Vector): Code[] {
  return [
    shifted(bits, 'i32x4.shl', 13),
    shifted(bits, 'i32x4.shr_u', 17),
    shifted(bits, 'i32x4.shl', 5),
  ];
}

/** Where the high ones were. */
function lowHalves(bits: Vector): Value<'v128'> {
  return op('i32x4.shl', bits, i32(16));
}

/** bits ^= bits shifted */
function shifted(bits: Vector, shift: 'i32x4.shl' | 'i32x4.shr_u', by: number): Code {
  return set(bits, op('v128.xor', bits, op(shift, bits, i32(by))));
}
