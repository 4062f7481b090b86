/** @file Every operation, lowered and run by ONNX Runtime, against the float64 interpreter. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Dim,
  GraphBuilder,
  type OpName,
  product,
  type Shape,
  type SymbolBindings,
  type Value,
} from '#grad';
import { computed, disagreements } from '../../test/agreement.ts';

const GRAPHS_PER_OPERATION = 15;

/** A graph to build, what its symbols stand for in each run, and the range of its int inputs. */
interface Case {
  readonly build: (g: GraphBuilder) => Value;
  readonly runs: readonly SymbolBindings[];
  readonly idsBelow?: Dim;
}

/** Lengths of up to four axes, some of them symbols, with the symbols' values in two runs. */
function lengths(rank: { min: number; max: number }, shortest = 0) {
  const length = fc.integer({ min: shortest, max: 4 });
  const axis = fc.record({ first: length, second: length, symbolic: fc.boolean() });
  return fc.array(axis, { minLength: rank.min, maxLength: rank.max }).map((axes) => ({
    shape: axes.map(({ first, symbolic }, i): Dim => (symbolic ? 'ABCDE'.charAt(i) : first)),
    runs: (['first', 'second'] as const).map((run) =>
      Object.fromEntries(axes.map((each, i) => ['ABCDE'.charAt(i), each[run]])),
    ),
  }));
}

const x = (g: GraphBuilder, shape: Shape, name = 'x') => g.input(name, 'f32', shape);
/** Ids of one table or axis; `Case.idsBelow` bounds them. */
const ids = (g: GraphBuilder, shape: Shape) => g.input('ids', 'i32', shape);
/** An input that only says what the symbols of a shape stand for. */
const carrier = (g: GraphBuilder, shape: Shape) => x(g, shape, 'carrier');
const positive = (g: GraphBuilder, v: Value) => g.add(g.mul(v, v), g.fill(0.5, []));
type Unary =
  | 'neg'
  | 'exp'
  | 'sqrt'
  | 'tanh'
  | 'erf'
  | 'sigmoid'
  | 'relu'
  | 'greaterZero'
  | 'log'
  | 'reciprocal';
const unary = (op: Unary) =>
  lengths({ min: 0, max: 4 }).map(({ shape, runs }): Case => ({
    runs,
    build: (g) => {
      const from = x(g, shape);
      return g[op](['sqrt', 'log', 'reciprocal'].includes(op) ? positive(g, from) : from);
    },
  }));

/** Operands that broadcast: some axes 1, leading ones left out; fills and stretched ones among them. */
const binary = (op: 'add' | 'sub' | 'mul' | 'div') =>
  fc
    .record({
      world: lengths({ min: 0, max: 4 }),
      ones: fc.array(fc.constantFrom('left', 'right', 'none'), { minLength: 4, maxLength: 4 }),
      dropped: fc.nat(4),
      kind: fc.constantFrom('input', 'fill', 'stretched'),
    })
    .map(({ world: { shape, runs }, ones, dropped, kind }): Case => ({
      runs,
      build: (g) => {
        const left = shape.map((dim, axis) => (ones[axis] === 'left' ? 1 : dim));
        const right = shape.map((dim, axis) => (ones[axis] === 'right' ? 1 : dim)).slice(dropped);
        const a = x(g, left, 'a');
        const b = x(g, right, 'b');
        carrier(g, shape);
        if (kind === 'fill') return g[op](a, g.fill(1.5, right));
        if (kind === 'stretched')
          return g[op](g.broadcastTo(a, shape), g.broadcastTo(positive(g, b), shape));
        return g[op](a, op === 'div' ? positive(g, b) : b);
      },
    }));

const reduction = (op: 'reduceSum' | 'reduceMean', shortest: number) =>
  fc
    .record({
      world: lengths({ min: 1, max: 4 }, shortest),
      chosen: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    })
    .map(({ world: { shape, runs }, chosen }): Case => ({
      runs,
      build: (g) =>
        g[op](
          x(g, shape),
          shape.flatMap((_, axis) => (chosen[axis] ? [axis] : [])),
        ),
    }));

const lastAxis = (op: 'softmax' | 'logSumExp') =>
  lengths({ min: 1, max: 4 }, 1).map(({ shape, runs }): Case => ({
    runs,
    build: (g) => g[op](g.mul(x(g, shape), g.fill(20, []))),
  }));

const OPERATIONS: { readonly [Op in OpName]: fc.Arbitrary<Case> } = {
  input: lengths({ min: 0, max: 4 }).map(({ shape, runs }) => ({
    runs,
    build: (g) => x(g, shape),
  })),
  weight: fc.constant({ runs: [{}], build: (g: GraphBuilder) => g.weight('w', [2, 3]) }),
  fill: lengths({ min: 0, max: 4 }).map(({ shape, runs }) => ({
    runs,
    build: (g) => {
      carrier(g, shape);
      return g.fill(-2.5, shape);
    },
  })),
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  neg: unary('neg'),
  exp: unary('exp'),
  log: unary('log'),
  sqrt: unary('sqrt'),
  reciprocal: unary('reciprocal'),
  tanh: unary('tanh'),
  erf: unary('erf'),
  sigmoid: unary('sigmoid'),
  relu: unary('relu'),
  greaterZero: unary('greaterZero'),
  gelu: fc
    .record({ world: lengths({ min: 0, max: 4 }), approximate: fc.constantFrom('tanh', 'none') })
    .map(({ world: { shape, runs }, approximate }) => ({
      runs,
      build: (g) => g.gelu(x(g, shape), approximate),
    })),
  cast: fc
    .record({ world: lengths({ min: 0, max: 4 }), dtype: fc.constantFrom('i32', 'bool') })
    .map(({ world: { shape, runs }, dtype }) => ({
      runs,
      build: (g) => g.cast(g.input('x', dtype, shape)),
    })),
  reduceSum: reduction('reduceSum', 0),
  reduceMean: reduction('reduceMean', 1),
  softmax: lastAxis('softmax'),
  rmsNorm: lengths({ min: 1, max: 4 }, 1).map(({ shape, runs }) => ({
    runs,
    build: (g) => g.rmsNorm(x(g, shape), x(g, shape.slice(-1), 'w'), 1e-3),
  })),
  logSumExp: lastAxis('logSumExp'),
  matmul: fc
    .record({
      batch: lengths({ min: 2, max: 2 }, 1), // ONNX Runtime does not stretch 1 to 0
      sides: lengths({ min: 3, max: 3 }), // M, K, N
      transA: fc.boolean(),
      transB: fc.boolean(),
      which: fc.constantFrom('both', 'left', 'stretched', 'none'),
    })
    .map(({ batch, sides, transA, transB, which }) => ({
      ...worlds(batch, sides),
      build: (g) => {
        const [m = 1, k = 1, n = 1] = other(sides.shape);
        const left = which === 'none' ? [] : batch.shape;
        const stretched = which === 'stretched' ? [1, ...batch.shape.slice(1)] : [];
        const right = which === 'both' ? left : stretched;
        const a = x(g, [...left, ...(transA ? [k, m] : [m, k])], 'a');
        const b = x(g, [...right, ...(transB ? [n, k] : [k, n])], 'b');
        return g.matmul(a, b, { transA, transB });
      },
    })),
  reshape: fc
    .record({ world: lengths({ min: 4, max: 4 }), way: fc.nat(5) })
    .map(({ world: { shape, runs }, way }) => ({
      runs,
      build: (g) => {
        const [a = 1, b = 1, c = 1, d = 1] = shape;
        const targets: Shape[] = [
          [product([a, b]), c, d],
          [a, b, product([c, d])],
          [product([a, b, c, d])],
          [1, product([b, a]), product([c, d]), 1],
          [b, a, d, c],
          [a, 1, b, c, d],
        ];
        return g.reshape(g.neg(g.reshape(x(g, shape), targets[way] ?? shape)), shape);
      },
    })),
  transpose: fc
    .record({
      world: lengths({ min: 4, max: 4 }),
      perm: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
    })
    .map(({ world: { shape, runs }, perm }) => ({
      runs,
      build: (g) => g.transpose(x(g, shape), perm),
    })),
  broadcastTo: fc
    .record({
      world: lengths({ min: 0, max: 4 }),
      ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      dropped: fc.nat(4),
    })
    .map(({ world: { shape, runs }, ones, dropped }) => ({
      runs,
      build: (g) => {
        const from = shape.map((dim, axis) => (ones[axis] ? 1 : dim)).slice(dropped);
        carrier(g, shape);
        return g.broadcastTo(x(g, from), shape);
      },
    })),
  concat: fc
    .record({
      world: lengths({ min: 1, max: 3 }),
      more: lengths({ min: 1, max: 1 }),
      axis: fc.nat(2),
    })
    .map(({ world: { shape, runs }, more, axis: wanted }) => {
      const axis = wanted % shape.length;
      const second = more.shape.map((dim): Dim => (dim === 'A' ? 'P' : dim));
      return {
        runs: runs.map((run, i) => ({ ...run, P: more.runs[i]?.['A'] ?? 0 })),
        build: (g) => {
          const parts = [shape, shape.with(axis, second[0] ?? 1)];
          const along = parts.map((piece) => piece[axis] ?? 1);
          const numbers = along.filter((dim) => typeof dim === 'number');
          const whole = numbers.length === 2 ? (numbers[0] ?? 0) + (numbers[1] ?? 0) : 'T';
          // (..., T, ...): the new length is needed at run time too
          const joined = g.concat(
            parts.map((piece, i) => x(g, piece, `part ${i}`)),
            axis,
            whole,
          );
          return g.mul(joined, g.fill(2, joined.shape));
        },
      };
    }),
  slice: part('slice'),
  pad: part('pad'),
  gather: fc
    .record({ table: lengths({ min: 1, max: 3 }, 1), at: lengths({ min: 0, max: 2 }) })
    .map(({ table, at }) => ({
      ...worlds(table, at),
      idsBelow: table.shape[0] ?? 1,
      build: (g) => g.gather(x(g, table.shape), ids(g, other(at.shape))),
    })),
  scatterAddRows: fc
    .record({ table: lengths({ min: 1, max: 3 }, 1), at: lengths({ min: 0, max: 2 }) })
    .map(({ table, at }) => ({
      ...worlds(table, at),
      idsBelow: table.shape[0] ?? 1,
      build: (g) => {
        const rows = [...other(at.shape), ...table.shape.slice(1)];
        return g.scatterAddRows(x(g, table.shape), ids(g, other(at.shape)), x(g, rows, 'updates'));
      },
    })),
  gatherLast: lengths({ min: 1, max: 4 }, 1).map(({ shape, runs }) => ({
    runs,
    idsBelow: shape.at(-1) ?? 1,
    build: (g) => g.gatherLast(x(g, shape), ids(g, shape.slice(0, -1))),
  })),
  scatterAddLast: lengths({ min: 1, max: 4 }, 1).map(({ shape, runs }) => ({
    runs,
    idsBelow: shape.at(-1) ?? 1,
    build: (g) => {
      const rows = shape.slice(0, -1);
      return g.scatterAddLast(x(g, shape), ids(g, rows), x(g, [...rows, 1], 'updates'));
    },
  })),
};

/** The same axes under symbols of their own. */
function other(shape: Shape): Dim[] {
  return shape.map((dim) => (typeof dim === 'string' ? `${dim}2` : dim));
}

function worlds(a: { runs: readonly SymbolBindings[] }, b: { runs: readonly SymbolBindings[] }) {
  return {
    runs: a.runs.map((run, i) => ({
      ...run,
      ...Object.fromEntries(Object.entries(b.runs[i] ?? {}).map(([name, n]) => [`${name}2`, n])),
    })),
  };
}

/** [start, start + length) of an axis of `start + length + behind`: taken out, or zeros around it. */
function part(op: 'slice' | 'pad'): fc.Arbitrary<Case> {
  return fc
    .record({
      world: lengths({ min: 1, max: 3 }),
      pieces: lengths({ min: 3, max: 3 }),
      symbolic: fc.boolean(),
      axis: fc.nat(2),
    })
    .map(({ world: { shape, runs }, pieces, symbolic, axis: wanted }) => {
      const axis = wanted % shape.length;
      const pieceLengths = pieces.runs.map(({ A = 0, B = 0, C = 0 }) => ({ A, B, C }));
      const fixed = pieceLengths[0] ?? { A: 0, B: 0, C: 0 };
      const [start, dim, whole]: [Dim, Dim, Dim] = symbolic
        ? ['P', 'S', 'T']
        : [fixed.A, fixed.B, fixed.A + fixed.B + fixed.C];
      return {
        runs: runs.map((run, i) => {
          const { A, B, C } = pieceLengths[i] ?? fixed;
          return { ...run, P: A, S: B, T: A + B + C };
        }),
        build: (g) => {
          carrier(g, [start, dim, whole]);
          return op === 'slice'
            ? g.slice(x(g, shape.with(axis, whole)), axis, start, dim)
            : g.pad(x(g, shape.with(axis, dim)), axis, start, whole);
        },
      };
    });
}

test.each(Object.entries(OPERATIONS))('%s equals the interpreter', async (op, cases) => {
  const property = fc.asyncProperty(cases, fc.nat(), async ({ build, runs, idsBelow }, seed) => {
    const g = new GraphBuilder(op);
    const graph = g.finish({ y: build(g) });
    expect(await disagreements(graph, runs, { seed, idsBelow })).toEqual([]);
  });
  await fc.assert(property, { numRuns: GRAPHS_PER_OPERATION });
});

test('logSumExp of large logits neither overflows nor loses the small differences', async () => {
  const g = new GraphBuilder('large');
  const graph = g.finish({ y: g.logSumExp(x(g, ['N', 3])) });
  const data = Float32Array.of(1e4, 1e4 + 1, 1e4 - 1, -1e30, 0, 1e30, -500, -500, -500);
  const feeds = { x: { dtype: 'f32', shape: [3, 3], data } } as const;
  const { y } = await computed(graph, feeds);
  expect(y?.data[0]).toBeCloseTo(1e4 + Math.log(1 + Math.E + 1 / Math.E), 2);
  expect(y?.data[1]).toBe(Math.fround(1e30));
  expect(y?.data[2]).toBeCloseTo(Math.log(3) - 500, 4);
});

test('many updates of one row add up, the same in every run, with two threads', async () => {
  const [updates, width] = [20_000, 64];
  const g = new GraphBuilder('scatter');
  const ones = x(g, ['N', width], 'ones');
  const graph = g.finish({ y: g.scatterAddRows(g.fill(0, [3, width]), ids(g, ['N']), ones) });
  const feeds = {
    ids: { dtype: 'i32', shape: [updates], data: new Int32Array(updates).fill(1) },
    ones: {
      dtype: 'f32',
      shape: [updates, width],
      data: new Float32Array(updates * width).fill(1),
    },
  } as const;
  const expected = Float32Array.from({ length: 3 * width }, (_, i) =>
    Math.floor(i / width) === 1 ? updates : 0,
  );
  for (let run = 0; run < 10; run++) {
    expect((await computed(graph, feeds))['y']?.data).toEqual(expected);
  }
});
