import { expect, test } from 'vitest';
import { bindSymbols } from './bind-symbols.ts';
import { broadcastShapes, dimOf, factorsOf, fixedDim, product } from './dim.ts';
import { erf } from './erf.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Tensor } from './tensor.ts';

test('products have one text', () => {
  expect(product(['S', 2, 'B', 4])).toBe('8*B*S');
  expect(product([])).toBe(1);
  expect(product(['B', 0])).toBe(0);
  expect(factorsOf('8*B*S')).toEqual({ coefficient: 8, symbols: ['B', 'S'] });
  expect(dimOf('8*B', { B: 3 })).toBe(24);
  expect(() => dimOf('T', { B: 3 })).toThrow(/internal: no value for symbol T/);
  expect(() => factorsOf('B+1')).toThrow(/internal:/);
  expect(() => fixedDim('B')).toThrow(/internal: expected a fixed length/);
});

test('a symbol broadcasts against itself and 1, nothing else', () => {
  expect(broadcastShapes(['B', 1, 4], ['S', 1])).toEqual(['B', 'S', 4]);
  expect(broadcastShapes(['B'], ['S'])).toBeNull();
  expect(broadcastShapes(['B'], [3])).toBeNull();
});

test('feeds say what symbols stand for, and may not disagree', () => {
  const g = new GraphBuilder('g');
  const [a, b] = [g.input('a', 'f32', ['B', 2]), g.input('b', 'f32', ['B'])];
  const { inputs } = g.finish({ y: g.add(g.reshape(a, ['2*B']), g.concat([b, b], 0, '2*B')) });
  expect(bindSymbols(inputs, { a: feed(3, 2), b: feed(3) })).toEqual({ B: 3 });
  expect(() => bindSymbols(inputs, { a: feed(3, 2), b: feed(4) })).toThrow(/internal:/);
  expect(() => bindSymbols(inputs, { a: feed(3, 5), b: feed(3) })).toThrow(/internal:/);
});

test("erf, against values of Python's math.erf", () => {
  const known: [number, number][] = [
    [0, 0],
    [1e-8, 1.1283791670955126e-8],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [5, 0.9999999999984626],
    [30, 1],
  ];
  for (const [x, y] of known) {
    expect.soft(Math.abs(erf(x) - y), `erf(${x})`).toBeLessThanOrEqual(2e-16 + 1e-15 * y);
    expect.soft(Math.abs(erf(-x) + y), `erf(${-x})`).toBeLessThanOrEqual(2e-16 + 1e-15 * y);
  }
});

function feed(...shape: number[]): Tensor {
  return { dtype: 'f32', shape, data: new Float32Array(shape.reduce((p, n) => p * n, 1)) };
}
