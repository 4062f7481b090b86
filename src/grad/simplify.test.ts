/** @file What the builder writes in place of what it was asked for: less work, and the same numbers. */
import { expect, test } from 'vitest';
import type { Value } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { interpret } from './interpret.ts';
import { print } from './print.ts';
import type { Tensor64 } from './tensor.ts';

function drawn(seed: number, ...shape: number[]): Tensor64 {
  const count = shape.reduce((a, b) => a * b, 1);
  return {
    dtype: 'f32',
    shape,
    data: Float64Array.from({ length: count }, (_, i) => Math.sin(seed + i)),
  };
}

const FEEDS = {
  x: drawn(1, 3, 50),
  c: drawn(2, 3, 1),
  narrow: drawn(3, 50, 4),
  wide: drawn(4, 50, 90),
  h: drawn(5, 3, 4),
  ids: { dtype: 'i32', shape: [3], data: Float64Array.of(7, 0, 49) },
} as const;

interface Operands {
  readonly g: GraphBuilder;
  readonly x: Value;
  readonly c: Value;
  readonly scaled: Value;
}

/** What is written for the product, as text, after a check that it is the product. */
function written(
  simple: (operands: Operands) => Value,
  exact: (operands: Operands) => Value,
): string {
  const graphs = [simple, exact].map((build) => {
    const g = new GraphBuilder('product');
    const [x, c] = [g.input('x', 'f32', ['N', 50]), g.input('c', 'f32', ['N', 1])];
    return g.finish({ y: build({ g, x, c, scaled: g.mul(x, c) }) });
  });
  const [got, wanted] = graphs.map((graph) => interpret(graph, FEEDS, {})['y']!);
  expect(got!.shape).toEqual(wanted!.shape);
  got!.data.forEach((value, i) => expect(value).toBeCloseTo(wanted!.data[i]!, 12));
  return print(graphs[0]!);
}

const input = (g: GraphBuilder, name: 'narrow' | 'wide') => g.input(name, 'f32', FEEDS[name].shape);

const h = (g: GraphBuilder) => g.input('h', 'f32', ['N', 4]);
const ids = (g: GraphBuilder) => g.input('ids', 'i32', ['N']);

test('rows of a product are scaled after it, where it is narrower', () => {
  const text = written(
    ({ g, scaled }) => g.matmul(scaled, input(g, 'narrow')),
    ({ g, scaled }) =>
      g.node('matmul', [scaled, input(g, 'narrow')], { transA: false, transB: false }),
  );
  expect(text).toMatchInlineSnapshot(`
    "graph product
      %0 = input x : f32[N,50]
      %1 = input c : f32[N,1]
      %2 = input narrow : f32[50,4]
      %3 = matmul(%0, %2) : f32[N,4]
      %4 = mul(%3, %1) : f32[N,4]
      return y = %4"
  `);
});

test('and before it, where it is wider', () => {
  const text = written(
    ({ g, scaled }) => g.matmul(scaled, input(g, 'wide')),
    ({ g, scaled }) =>
      g.node('matmul', [scaled, input(g, 'wide')], { transA: false, transB: false }),
  );
  expect(text).toMatchInlineSnapshot(`
    "graph product
      %0 = input x : f32[N,50]
      %1 = input c : f32[N,1]
      %2 = mul(%0, %1) : f32[N,50]
      %3 = input wide : f32[50,90]
      %4 = matmul(%2, %3) : f32[N,90]
      return y = %4"
  `);
});

test('where scaled rows are summed over, the other operand is scaled', () => {
  const text = written(
    ({ g, scaled }) => g.matmul(scaled, h(g), { transA: true }),
    ({ g, scaled }) => g.node('matmul', [scaled, h(g)], { transA: true, transB: false }),
  );
  expect(text).toMatchInlineSnapshot(`
    "graph product
      %0 = input x : f32[N,50]
      %1 = input c : f32[N,1]
      %2 = input h : f32[N,4]
      %3 = mul(%2, %1) : f32[N,4]
      %4 = matmul(%0, %3) {transA} : f32[50,4]
      return y = %4"
  `);
});

test('what is scattered onto scaled rows and has their scale is scattered before scaling', () => {
  const text = written(
    ({ g, c, scaled }) => g.scatterAddLast(scaled, ids(g), g.neg(c)),
    ({ g, c, scaled }) => g.node('scatterAddLast', [scaled, ids(g), g.neg(c)], {}),
  );
  expect(text).toMatchInlineSnapshot(`
    "graph product
      %0 = input x : f32[N,50]
      %1 = input c : f32[N,1]
      %2 = input ids : i32[N]
      %3 = fill -1 : f32[N,1]
      %4 = scatterAddLast(%0, %2, %3) : f32[N,50]
      %5 = mul(%4, %1) : f32[N,50]
      return y = %5"
  `);
});

test('rows of one element are no rows to scale', () => {
  const g = new GraphBuilder('column');
  const [a, b] = [g.input('a', 'f32', ['N', 1]), g.input('b', 'f32', ['N', 1])];
  const y = g.matmul(g.mul(a, b), g.weight('w', [1, 4]));
  expect(y.op).toBe('matmul');
});
