import { expect, test } from 'vitest';
import { gradient } from './gradient.ts';
import type { Graph } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { interpret } from './interpret.ts';
import { partition } from './partition.ts';
import { print } from './print.ts';
import type { Tensor64 } from './tensor.ts';
import { verify } from './verify.ts';

const [HEADS, WIDTH, HEAD] = [2, 6, 3];

/** Attention with LoRA on the query, and the gradients of its input and of LoRA. */
function attention(): Graph {
  const g = new GraphBuilder('attention');
  const x = g.input('x', 'f32', ['B', 'S', WIDTH]);
  const linear = (name: string, value = x) =>
    g.matmul(value, g.weight(name, [WIDTH, WIDTH]), { transB: true });
  const heads = (value = x) => g.transpose(g.reshape(value, ['B', 'S', HEADS, HEAD]), [0, 2, 1, 3]);
  const [a, b] = [g.weight('a', [2, WIDTH]), g.weight('b', [WIDTH, 2])];
  const lora = g.matmul(g.matmul(x, a, { transB: true }), b, { transB: true });
  const scores = g.matmul(heads(g.add(linear('q'), lora)), heads(linear('k')), { transB: true });
  const mixed = g.matmul(g.softmax(scores), heads(linear('v')));
  const y = linear('o', g.reshape(g.transpose(mixed, [0, 2, 1, 3]), ['B', 'S', WIDTH]));
  const dy = g.input('dy', 'f32', y.shape);
  const [dx, da, db] = gradient(g, [{ value: y, cotangent: dy }], [x, a, b]);
  return g.finish({ y, dx: dx!, da: da!, db: db! });
}

function drawn(graph: Graph, B: number, S: number): Record<string, Tensor64> {
  const length = { B, S };
  let k = 0;
  return Object.fromEntries(
    [...graph.inputs, ...graph.weights].map(({ params, shape, dtype }) => {
      const dims = shape.map((dim) => (typeof dim === 'number' ? dim : Reflect.get(length, dim)));
      const data = Float64Array.from({ length: dims.reduce((p, n) => p * n, 1) }, () =>
        Math.sin(++k),
      );
      return [params.name, { dtype, shape: dims, data }];
    }),
  );
}

test.each(['minimum', 'none'] as const)(
  'residuals %s: both parts make what the whole makes',
  (residuals) => {
    const joint = attention();
    const { forward, backward, residuals: names } = partition(joint, ['y'], { residuals });
    for (const graph of [joint, forward, backward]) verify(graph);
    const feeds = drawn(joint, 2, 4);
    const whole = interpret(joint, feeds, feeds);
    const first = interpret(forward, feeds, feeds);
    const kept = Object.fromEntries(names.map((name) => [name, first[name]!]));
    const second = interpret(backward, { ...feeds, ...kept }, feeds);
    expect({ y: first['y'], ...second }).toEqual(whole);
  },
);

test('queries, keys and values are kept; scores and their softmax are made again', () => {
  const { forward, residuals } = partition(attention(), ['y']);
  const kept = residuals.map((name) => {
    const { op, shape } = forward.outputs[name]!;
    return `${op} [${shape.join(',')}]`;
  });
  expect(kept).toMatchInlineSnapshot(`
    [
      "matmul [B,S,2]",
      "transpose [B,2,S,3]",
      "transpose [B,2,S,3]",
      "transpose [B,2,S,3]",
    ]
  `);
  expect(print(forward)).toMatchInlineSnapshot(`
    "graph attention.forward
      %0 = input x : f32[B,S,6]
      %1 = weight a : f32[2,6]
      %2 = weight b : f32[6,2]
      %3 = matmul(%0, %1) {transB} : f32[B,S,2]
      %4 = matmul(%3, %2) {transB} : f32[B,S,6]
      %5 = weight q : f32[6,6]
      %6 = matmul(%0, %5) {transB} : f32[B,S,6]
      %7 = add(%6, %4) : f32[B,S,6]
      %8 = reshape(%7) : f32[B,S,2,3]
      %9 = transpose(%8) {perm: [0,2,1,3]} : f32[B,2,S,3]
      %10 = weight k : f32[6,6]
      %11 = matmul(%0, %10) {transB} : f32[B,S,6]
      %12 = reshape(%11) : f32[B,S,2,3]
      %13 = transpose(%12) {perm: [0,2,1,3]} : f32[B,2,S,3]
      %14 = matmul(%9, %13) {transB} : f32[B,2,S,S]
      %15 = softmax(%14) : f32[B,2,S,S]
      %16 = weight v : f32[6,6]
      %17 = matmul(%0, %16) {transB} : f32[B,S,6]
      %18 = reshape(%17) : f32[B,S,2,3]
      %19 = transpose(%18) {perm: [0,2,1,3]} : f32[B,2,S,3]
      %20 = matmul(%15, %19) : f32[B,2,S,3]
      %21 = transpose(%20) {perm: [0,2,1,3]} : f32[B,S,2,3]
      %22 = reshape(%21) : f32[B,S,6]
      %23 = weight o : f32[6,6]
      %24 = matmul(%22, %23) {transB} : f32[B,S,6]
      return y = %24
      return residual:0 = %3
      return residual:1 = %9
      return residual:2 = %13
      return residual:3 = %19"
  `);
});

test('an output that is not there is an error', () => {
  expect(() => partition(attention(), ['z'])).toThrow(/internal: .*no output z/);
});

test('what is made again is made right before it is read, however early it was made', () => {
  const g = new GraphBuilder('late');
  const x = g.input('x', 'f32', ['B', 4]);
  const early = g.exp(x);
  const y = g.tanh(g.matmul(early, g.weight('w', [4, 4])));
  const dy = g.input('dy', 'f32', ['B', 4]);
  const [dx] = gradient(g, [{ value: y, cotangent: dy }], [x]);
  const { backward } = partition(g.finish({ y, dx: dx! }), ['y']);
  expect(print(backward)).toMatchInlineSnapshot(`
    "graph late.backward
      %0 = input x : f32[B,4]
      %1 = input dy : f32[B,4]
      %2 = input residual:0 : f32[B,4]
      %3 = mul(%2, %2) : f32[B,4]
      %4 = fill 1 : f32[]
      %5 = sub(%4, %3) : f32[B,4]
      %6 = mul(%1, %5) : f32[B,4]
      %7 = weight w : f32[4,4]
      %8 = matmul(%6, %7) {transB} : f32[B,4]
      %9 = exp(%0) : f32[B,4]
      %10 = mul(%8, %9) : f32[B,4]
      return dx = %10"
  `);
});
