/**
 * @file An assembler for WebAssembly, as far as our kernel needs it: one function over one memory,
 * written as nested operations by the names that the specification gives them.
 * https://webassembly.github.io/spec/core/binary
 */

export type WasmType = 'i32' | 'f32' | 'v128';

/** Bytes of a module. */
export type Code = readonly number[];

/** Code that leaves one value of its type behind. */
export interface Value<T extends WasmType = WasmType> {
  readonly type: T;
  readonly code: Code;
}

/** A parameter or variable of the function. As a value it is read. */
export interface Local<T extends WasmType = WasmType> extends Value<T> {
  readonly index: number;
}

const simd = (number: number): Code => [0xfd, ...unsigned(number)];

const OPERATIONS = {
  'i32.add': { code: [0x6a], takes: ['i32', 'i32'], gives: 'i32' },
  'i32.lt_u': { code: [0x49], takes: ['i32', 'i32'], gives: 'i32' },
  'i32x4.splat': { code: simd(0x11), takes: ['i32'], gives: 'v128' },
  'f32x4.splat': { code: simd(0x13), takes: ['f32'], gives: 'v128' },
  'i32x4.eq': { code: simd(0x37), takes: ['v128', 'v128'], gives: 'v128' },
  'i32x4.gt_s': { code: simd(0x3b), takes: ['v128', 'v128'], gives: 'v128' },
  /** the first, but for the bits of the second */
  'v128.andnot': { code: simd(0x4f), takes: ['v128', 'v128'], gives: 'v128' },
  'v128.xor': { code: simd(0x51), takes: ['v128', 'v128'], gives: 'v128' },
  'i32x4.shl': { code: simd(0xab), takes: ['v128', 'i32'], gives: 'v128' },
  'i32x4.shr_u': { code: simd(0xad), takes: ['v128', 'i32'], gives: 'v128' },
  'i32x4.add': { code: simd(0xae), takes: ['v128', 'v128'], gives: 'v128' },
  'i32x4.sub': { code: simd(0xb1), takes: ['v128', 'v128'], gives: 'v128' },
  'i32x4.mul': { code: simd(0xb5), takes: ['v128', 'v128'], gives: 'v128' },
  'v128.load32_splat': { code: [...simd(0x09), 2, 0], takes: ['i32'], gives: 'v128' },
} as const satisfies Record<string, Operation>;

interface Operation {
  readonly code: Code;
  readonly takes: readonly WasmType[];
  readonly gives: WasmType;
}

type Operations = typeof OPERATIONS;
type Operands<Types extends readonly WasmType[]> = { [At in keyof Types]: Value<Types[At]> };

export function op<Name extends keyof Operations>(
  name: Name,
  ...operands: Operands<Operations[Name]['takes']>
): Value<Operations[Name]['gives']> {
  const { code, gives } = OPERATIONS[name];
  const values: readonly Value[] = operands;
  return { type: gives, code: [...values.flatMap((value) => value.code), ...code] };
}

export function i32(value: number): Value<'i32'> {
  return { type: 'i32', code: [0x41, ...signed(value | 0)] };
}

/** Four integers of 32 bits; one that is given alone stands for four. */
export function i32x4(first: number, ...others: readonly number[]): Value<'v128'> {
  const lanes = others.length === 0 ? [first, first, first, first] : [first, ...others];
  return { type: 'v128', code: [...simd(0x0c), ...new Uint8Array(Uint32Array.from(lanes).buffer)] };
}

export function set<T extends WasmType>(local: Local<T>, value: Value<T>): Code {
  return [...value.code, 0x21, ...unsigned(local.index)];
}

/** Writes 16 bytes `offset` bytes behind an address. */
export function store(address: Value<'i32'>, offset: number, value: Value<'v128'>): Code {
  return [...address.code, ...value.code, ...simd(0x0b), 0, ...unsigned(offset)];
}

/** At least once, and again as long as the condition is not 0. */
export function repeat(body: readonly Code[], condition: Value<'i32'>): Code {
  return [0x03, NO_RESULT, ...body.flat(), ...condition.code, 0x0d, 0, END];
}

/** Parameters first, then variables, in the order in which the function names them. */
export class Locals {
  readonly #types: WasmType[] = [];
  #parameters = 0;

  parameter<T extends WasmType>(type: T): Local<T> {
    if (this.#types.length > this.#parameters) {
      throw new Error('internal: a parameter was declared behind a variable');
    }
    this.#parameters++;
    return this.#declare(type);
  }

  variable<T extends WasmType>(type: T): Local<T> {
    return this.#declare(type);
  }

  get parameters(): readonly WasmType[] {
    return this.#types.slice(0, this.#parameters);
  }

  get variables(): readonly WasmType[] {
    return this.#types.slice(this.#parameters);
  }

  #declare<T extends WasmType>(type: T): Local<T> {
    const index = this.#types.push(type) - 1;
    return { type, index, code: [0x20, ...unsigned(index)] };
  }
}

/** A module that exports its function as `run` and its memory, of so many pages of 64 KiB, as `memory`. */
export function assemble(locals: Locals, body: readonly Code[], pages: number): Uint8Array {
  const variables = locals.variables.map((type) => [1, TYPE_CODE[type]]);
  const code = [...vector(variables), ...body.flat(), END];
  return Uint8Array.from([
    ...MAGIC,
    ...VERSION,
    ...section(1, [FUNCTION, ...vector(locals.parameters.map((type) => [TYPE_CODE[type]])), 0]),
    ...section(3, [0]),
    ...section(5, [HAS_MAXIMUM, ...unsigned(pages), ...unsigned(pages)]),
    ...section(7, [...text('run'), 0, 0], [...text('memory'), 2, 0]),
    ...section(10, [...unsigned(code.length), ...code]),
  ]);
}

export interface Instance {
  readonly run: (...parameters: readonly number[]) => void;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** @throws where there is no WebAssembly, no SIMD or no address space for the memory */
export function instantiate(module: Uint8Array): Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(module)).exports;
}

/** What we use of it; TypeScript has the types among a browser's only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Instance };
};

const TYPE_CODE: Readonly<Record<WasmType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };
const MAGIC = [0x00, 0x61, 0x73, 0x6d]; // \0asm
const VERSION = [1, 0, 0, 0];
const [FUNCTION, NO_RESULT, HAS_MAXIMUM, END] = [0x60, 0x40, 1, 0x0b];

function section(id: number, ...items: readonly Code[]): Code {
  const content = vector(items);
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(ascii: string): Code {
  return vector(Array.from(ascii, (character) => [character.charCodeAt(0)]));
}

/** LEB128: seven bits a byte, the lowest first, the high bit set on all but the last. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** The same of a number with a sign, whose last byte shows it in its bit 6. */
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40
    ? [value & 0x7f]
    : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
