/** @file All 65,536 values of both 16-bit types, and the rounding between each two neighbours. */
import { describe, expect, test } from 'vitest';
import { decodeBf16, decodeF16, encodeBf16, encodeF16 } from './half-floats.ts';

/** Largest finite value's bits, and what the bits mean by the definition of the type. */
const TYPES = {
  f16: { decode: decodeF16, encode: encodeF16, maximum: 0x7bff, exponentBits: 5 },
  bf16: { decode: decodeBf16, encode: encodeBf16, maximum: 0x7f7f, exponentBits: 8 },
};
const ALL = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

describe.each(Object.entries(TYPES))('%s', (_name, { decode, encode, maximum, exponentBits }) => {
  const values = new Float32Array(ALL.length);
  decode(ALL, values);

  test('each value decodes to what its definition says', () => {
    const fractionBits = 15 - exponentBits;
    const bias = 2 ** (exponentBits - 1) - 1;
    const wrong = [...ALL].filter((bits) => {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits & 0x7fff) >> fractionBits;
      const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
      const expected =
        exponent === 2 ** exponentBits - 1
          ? fraction === 0
            ? sign * Infinity
            : NaN
          : exponent === 0
            ? sign * fraction * 2 ** (1 - bias)
            : sign * (1 + fraction) * 2 ** (exponent - bias);
      return !Object.is(values[bits], expected);
    });
    expect(wrong).toEqual([]);
  });

  test('each value comes back, to the bit', () => {
    const back = new Uint16Array(ALL.length);
    encode(values, back);
    expect(back).toEqual(ALL);
  });

  test('between two neighbours the nearer one is taken, half-way the even one', () => {
    const wrong: number[] = [];
    for (let low = 0; low <= maximum; low++) {
      const below = values[low] ?? NaN;
      // After the largest value comes what would be next, if the type had it: infinity takes its place.
      const above = low === maximum ? below + (below - (values[low - 1] ?? NaN)) : values[low + 1];
      const middle = (below + (above ?? NaN)) / 2; // exact in f64, and in f32 (two more bits suffice)
      const even = low % 2 === 0 ? low : low + 1;
      for (const sign of [0, 0x8000]) {
        const flip = (x: number): number => (sign ? -x : x);
        const from = Float32Array.of(flip(before(middle)), flip(middle), flip(after(middle)));
        const to = new Uint16Array(3);
        encode(from, to);
        if (to[0] !== (sign | low) || to[1] !== (sign | even) || to[2] !== (sign | (low + 1)))
          wrong.push(low);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a NaN whose payload does not fit stays a NaN', () => {
    const from = new Float32Array(new Uint32Array([0x7f800001, 0xff800001]).buffer);
    const to = new Uint16Array(2);
    encode(from, to);
    const back = new Float32Array(2);
    decode(to, back);
    expect([...back]).toEqual([NaN, NaN]);
  });

  test('what is far too large or small becomes infinity or zero, with its sign', () => {
    const to = new Uint16Array(4);
    encode(Float32Array.of(3.4028235e38, -3.4028235e38, 1e-45, -1e-45), to);
    const back = new Float32Array(4);
    decode(to, back);
    expect([...back].map(Object.is.bind(null, -0))).toEqual([false, false, false, true]);
    expect([...back]).toEqual([Infinity, -Infinity, 0, -0]);
  });
});

/** The f32 just nearer to zero than the positive `x`. */
function before(x: number): number {
  return neighbour(x, -1);
}

function after(x: number): number {
  return neighbour(x, 1);
}

function neighbour(x: number, step: number): number {
  const value = Float32Array.of(x);
  const bits = new Uint32Array(value.buffer);
  bits[0] = (bits[0] ?? 0) + step;
  return value[0] ?? NaN;
}
