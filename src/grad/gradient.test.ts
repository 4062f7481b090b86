import { array, assert, boolean, constantFrom, integer, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { stream } from '#base';
import { gradientError, METHOD_ERROR, type Operand } from './finite-differences.test-support.ts';
import { gradient, type GradientOptions } from './gradient.ts';
import type { Value } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { ARITY, BINARY, UNARY } from './ops.ts';
import { print } from './print.ts';
import { verify } from './verify.ts';

/** Where each operation of one operand has a derivative that differences can see. */
const DOMAIN: Readonly<Record<string, Partial<Operand>>> = {
  log: { within: [0.3, 3] },
  sqrt: { within: [0.3, 3] },
  reciprocal: { within: [0.5, 3] },
  relu: { gap: 0.01 },
  greaterZero: { gap: 0.01 },
};

const covered = new Set<string>(['input', 'weight', 'fill', 'cast']);
const shapes = array(integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });
const seeds = integer({ min: 0, max: 2 ** 31 });

function holds(
  operands: Operand[],
  build: (g: GraphBuilder, x: Value[]) => Value,
  seed: number,
  options: GradientOptions = {},
) {
  const draw = stream(seed);
  let at = 0;
  const error = gradientError(operands, build, () => draw(at++) / 2 ** 32, options);
  return error < METHOD_ERROR;
}

const RUNS = { numRuns: 12, seed: 20260101 };

test.each(UNARY.filter((op) => op !== 'cast' && op !== 'gelu'))('%s', (op) => {
  covered.add(op);
  assert(
    property(shapes, seeds, (shape, seed) =>
      holds([{ shape, ...DOMAIN[op] }], (g, [x]) => g[op](x!), seed),
    ),
    RUNS,
  );
});

test.each(['tanh', 'none'] as const)('gelu by %s', (approximate) => {
  covered.add('gelu');
  assert(
    property(shapes, seeds, (shape, seed) =>
      holds([{ shape }], (g, [x]) => g.gelu(x!, approximate), seed),
    ),
    RUNS,
  );
});

test.each(BINARY)('%s, broadcasting either way', (op) => {
  covered.add(op);
  const axes = array(tuple(integer({ min: 1, max: 3 }), constantFrom('both', 'left', 'right')), {
    minLength: 1,
    maxLength: 3,
  });
  assert(
    property(axes, integer({ min: 0, max: 2 }), boolean(), seeds, (dims, cut, cutsLeft, seed) => {
      const side = (name: string) => dims.map(([dim, who]) => (who === name ? 1 : dim));
      const [left, right] = [side('right'), side('left')];
      const shorter = (shape: number[]) => shape.slice(Math.min(cut, shape.length));
      const a = { shape: cutsLeft ? shorter(left) : left };
      const b = { shape: cutsLeft ? right : shorter(right), ...(op === 'div' && { gap: 0.5 }) };
      return holds([a, b], (g, [x, y]) => g[op](x!, y!), seed);
    }),
    RUNS,
  );
});

test.each(['reduceSum', 'reduceMean'] as const)('%s over any axes', (op) => {
  covered.add(op);
  const picks = array(boolean(), { minLength: 3, maxLength: 3 });
  assert(
    property(shapes, picks, seeds, (shape, picked, seed) => {
      const axes = shape.map((_, axis) => axis).filter((axis) => picked[axis]);
      return holds([{ shape }], (g, [x]) => g[op](x!, axes), seed);
    }),
    RUNS,
  );
});

test.each(['softmax', 'logSumExp'] as const)('%s over the last axis', (op) => {
  covered.add(op);
  assert(
    property(shapes, seeds, (shape, seed) => holds([{ shape }], (g, [x]) => g[op](x!), seed)),
    RUNS,
  );
});

test('rmsNorm over the last axis, and its weight', () => {
  covered.add('rmsNorm');
  assert(
    property(shapes, seeds, (shape, seed) =>
      holds([{ shape }, { shape: shape.slice(-1) }], (g, [x, w]) => g.rmsNorm(x!, w!, 0.1), seed),
    ),
    RUNS,
  );
});

test('matmul, transposed or not, with leading axes that broadcast', () => {
  covered.add('matmul');
  const dim = integer({ min: 1, max: 3 });
  const lead = constantFrom<[number[], number[]]>(
    [[], []],
    [[2], [2]],
    [[2], []],
    [[], [2]],
    [
      [2, 3],
      [1, 3],
    ],
    [[2, 1], [3]],
  );
  assert(
    property(
      lead,
      tuple(dim, dim, dim),
      boolean(),
      boolean(),
      seeds,
      ([la, lb], [m, k, n], transA, transB, seed) => {
        const a = { shape: [...la, ...(transA ? [k, m] : [m, k])] };
        const b = { shape: [...lb, ...(transB ? [n, k] : [k, n])] };
        return holds([a, b], (g, [x, y]) => g.matmul(x!, y!, { transA, transB }), seed);
      },
    ),
    { ...RUNS, numRuns: 60 },
  );
});

test('operations that move elements', () => {
  for (const op of ['reshape', 'transpose', 'broadcastTo', 'concat', 'slice', 'pad'])
    covered.add(op);
  const [m, n] = [2, 3];
  const x = { shape: [m, n] };
  const cases: Record<string, [Operand[], (g: GraphBuilder, x: Value[]) => Value]> = {
    reshape: [[x], (g, [v]) => g.mul(g.reshape(v!, [n, m]), g.reshape(v!, [n, m]))],
    transpose: [[{ shape: [2, 3, 4] }], (g, [v]) => g.transpose(v!, [2, 0, 1])],
    'broadcastTo, a new axis too': [[{ shape: [1, n] }], (g, [v]) => g.broadcastTo(v!, [4, m, n])],
    'concat of three': [
      [{ shape: [2, 1] }, { shape: [2, 3] }, { shape: [2, 2] }],
      (g, values) => g.concat(values, 1, 6),
    ],
    'slice from the middle': [[{ shape: [2, 5] }], (g, [v]) => g.slice(v!, 1, 1, 3)],
    'pad on both sides': [[x], (g, [v]) => g.pad(v!, 1, 2, 7)],
  };
  for (const [name, [operands, build]] of Object.entries(cases)) {
    expect.soft(holds(operands, build, 7), name).toBe(true);
  }
});

const attentionWith =
  (masked: boolean) =>
  (g: GraphBuilder, [q, k, v, mask]: Value[]): Value => {
    const weights = g.softmax(g.matmul(q!, k!, { transB: true }));
    return g.matmul(masked ? g.mul(weights, mask!) : weights, v!);
  };

test.each([true, false])('attention, its weights kept or not; masked: %j', (masked) => {
  const operands = [
    [2, 3, 4],
    [2, 5, 4],
    [2, 5, 4],
    [2, 3, 5],
  ].map((shape) => ({ shape }));
  const build = attentionWith(masked);
  for (const attention of ['kept', 'recomputed'] as const) {
    expect(holds(operands, build, 11, { attention }), attention).toBe(true);
  }
});

test('where attention is kept, its gradient sums along a head and not along the keys', () => {
  const g = new GraphBuilder('attention');
  const short = () => g.input('dy', 'f32', ['S', 4]);
  const [q, k, v] = ['q', 'k', 'v'].map((name) => g.input(name, 'f32', ['S', 4]));
  const y = attentionWith(true)(g, [q!, k!, v!, g.input('mask', 'f32', ['S', 'S'])]);
  const [dq] = gradient(g, [{ value: y, cotangent: short() }], [q!], { attention: 'kept' });
  expect(print(g.finish({ y, dq: dq! }))).toMatchInlineSnapshot(`
    "graph attention
      %0 = input q : f32[S,4]
      %1 = input k : f32[S,4]
      %2 = input v : f32[S,4]
      %3 = input mask : f32[S,S]
      %4 = matmul(%0, %1) {transB} : f32[S,S]
      %5 = softmax(%4) : f32[S,S]
      %6 = mul(%5, %3) : f32[S,S]
      %7 = matmul(%6, %2) : f32[S,4]
      %8 = input dy : f32[S,4]
      %9 = matmul(%8, %2) {transB} : f32[S,S]
      %10 = mul(%8, %7) : f32[S,4]
      %11 = reduceSum(%10) {axes: [1]} : f32[S,1]
      %12 = mul(%6, %9) : f32[S,S]
      %13 = mul(%5, %11) : f32[S,S]
      %14 = sub(%12, %13) : f32[S,S]
      %15 = matmul(%14, %1) : f32[S,4]
      return y = %7
      return dq = %15"
  `);
});

test.each<[string, (g: GraphBuilder, x: Value[]) => Value]>([
  ['a softmax that is scaled', (g, [x, w]) => g.mul(g.softmax(x!), w!)],
  ['a softmax times rows', (g, [x, w]) => g.matmul(g.softmax(x!), w!, { transB: true })],
  ['a softmax from the other side', (g, [x, w]) => g.matmul(g.softmax(x!), w!, { transA: true })],
])('%s has its gradient where attention is kept, too', (_, build) => {
  const operands = [{ shape: [4, 4] }, { shape: [4, 4] }];
  expect(holds(operands, build, 5, { attention: 'kept' })).toBe(true);
});

test('operations by index, rows named twice among them', () => {
  for (const op of ['gather', 'scatterAddRows', 'gatherLast', 'scatterAddLast']) covered.add(op);
  const g = new GraphBuilder('by index');
  const table = g.input('table', 'f32', [4, 2]);
  const rows = g.gather(table, g.input('ids', 'i32', [3]));
  const [d] = gradient(g, [{ value: rows, cotangent: g.input('dy', 'f32', [3, 2]) }], [table]);
  expect(print(g.finish({ d: d! }))).toMatchInlineSnapshot(`
    "graph by index
      %0 = input ids : i32[3]
      %1 = input dy : f32[3,2]
      %2 = fill 0 : f32[4,2]
      %3 = scatterAddRows(%2, %0, %1) : f32[4,2]
      return d = %3"
  `);
  const h = new GraphBuilder('by last axis');
  const scores = h.input('scores', 'f32', [3, 5]);
  const picked = h.gatherLast(scores, h.input('ids', 'i32', [3]));
  const [e] = gradient(h, [{ value: picked, cotangent: h.input('dy', 'f32', [3, 1]) }], [scores]);
  expect(print(h.finish({ e: e! }))).toMatchInlineSnapshot(`
    "graph by last axis
      %0 = input ids : i32[3]
      %1 = input dy : f32[3,1]
      %2 = fill 0 : f32[3,5]
      %3 = scatterAddLast(%2, %0, %1) : f32[3,5]
      return e = %3"
  `);
});

test('every operation has been met here', () => {
  expect([...covered].toSorted()).toEqual(Object.keys(ARITY).toSorted());
});

test('the gradient of an RMS norm, as text', () => {
  const g = new GraphBuilder('norm');
  const x = g.input('x', 'f32', ['B', 'S', 8]);
  const w = g.weight('w', [8]);
  const mean = g.reduceMean(g.mul(x, x), [2]);
  const y = g.mul(g.mul(x, g.reciprocal(g.sqrt(g.add(mean, g.fill(1e-6, []))))), w);
  const [dx, dw] = gradient(
    g,
    [{ value: y, cotangent: g.input('dy', 'f32', ['B', 'S', 8]) }],
    [x, w],
  );
  const graph = g.finish({ dx: dx!, dw: dw! });
  verify(graph);
  expect(print(graph)).toMatchInlineSnapshot(`
    "graph norm
      %0 = input x : f32[B,S,8]
      %1 = weight w : f32[8]
      %2 = mul(%0, %0) : f32[B,S,8]
      %3 = reduceMean(%2) {axes: [2]} : f32[B,S,1]
      %4 = fill 0.000001 : f32[]
      %5 = add(%3, %4) : f32[B,S,1]
      %6 = sqrt(%5) : f32[B,S,1]
      %7 = reciprocal(%6) : f32[B,S,1]
      %8 = mul(%0, %7) : f32[B,S,8]
      %9 = input dy : f32[B,S,8]
      %10 = mul(%9, %1) : f32[B,S,8]
      %11 = mul(%9, %8) : f32[B,S,8]
      %12 = reduceSum(%11) {axes: [0,1]} : f32[1,1,8]
      %13 = reshape(%12) : f32[8]
      %14 = mul(%10, %7) : f32[B,S,8]
      %15 = mul(%10, %0) : f32[B,S,8]
      %16 = reduceSum(%15) {axes: [2]} : f32[B,S,1]
      %17 = mul(%7, %7) : f32[B,S,1]
      %18 = mul(%16, %17) : f32[B,S,1]
      %19 = neg(%18) : f32[B,S,1]
      %20 = fill 0.5 : f32[]
      %21 = mul(%19, %20) : f32[B,S,1]
      %22 = div(%21, %6) : f32[B,S,1]
      %23 = fill 8 : f32[]
      %24 = div(%22, %23) : f32[B,S,1]
      %25 = fill 2 : f32[]
      %26 = mul(%24, %25) : f32[B,S,1]
      %27 = mul(%26, %0) : f32[B,S,8]
      %28 = add(%14, %27) : f32[B,S,8]
      return dx = %28
      return dw = %13"
  `);
});

test('the gradient of cross entropy is one scatter onto the softmax', () => {
  const g = new GraphBuilder('loss');
  const logits = g.input('logits', 'f32', ['N', 50]);
  const labels = g.input('labels', 'i32', ['N']);
  const loss = g.sub(g.logSumExp(logits), g.gatherLast(logits, labels));
  const [d] = gradient(g, [{ value: loss, cotangent: g.input('dy', 'f32', ['N', 1]) }], [logits]);
  expect(print(g.finish({ d: d! }))).toMatchInlineSnapshot(`
    "graph loss
      %0 = input logits : f32[N,50]
      %1 = input labels : i32[N]
      %2 = input dy : f32[N,1]
      %3 = softmax(%0) : f32[N,50]
      %4 = fill -1 : f32[N,1]
      %5 = scatterAddLast(%3, %1, %4) : f32[N,50]
      %6 = mul(%5, %2) : f32[N,50]
      return d = %6"
  `);
});

test('what no output depends on has no gradient', () => {
  const g = new GraphBuilder('apart');
  const [x, other] = [g.input('x', 'f32', [2]), g.input('other', 'f32', [2])];
  const from = [{ value: g.exp(x), cotangent: g.fill(1, [2]) }];
  expect(gradient(g, from, [other])).toEqual([null]);
});
