/** @file The constant part of open sessions: per session, per thread, per kernel. */
import { expect, test } from 'vitest';
import { GraphBuilder } from '#grad';
import { type FootprintOptions, sessionFootprint } from './session-footprint.ts';

const isPacked = (name: string): boolean => name === 'w';

const KIB = 1024;

function graph(kernels: number) {
  const g = new GraphBuilder('chain');
  let x = g.weight('w', [2, 64]);
  for (let i = 0; i < kernels; i++) x = g.exp(x);
  return g.finish({ y: x });
}

test('grows with kernels and threads; a pair is one session', () => {
  const one = sessionFootprint([graph(10)], { threads: 1 });
  expect(sessionFootprint([graph(20)], { threads: 1 }) - one).toBe(60 * KIB);
  expect(sessionFootprint([graph(10), graph(10)], { threads: 1 }) - one).toBe(60 * KIB);
  expect(sessionFootprint([graph(10)], { threads: 3 }) - one).toBe(2 * 94 * KIB);
});

test('what makes a stored weight float32 counts', () => {
  const stored: FootprintOptions = { threads: 1, storageOf: () => 'u4' };
  const more = sessionFootprint([graph(1)], stored) - sessionFootprint([graph(1)], { threads: 1 });
  expect(more).toBe(2 * 6 * KIB);
});

test('packed weights are copied for each product with them', () => {
  const g = new GraphBuilder('products');
  const x = g.input('x', 'f32', ['B', 8]);
  const w = g.weight('w', [8, 16]);
  const products = g.finish({
    y: g.matmul(x, w),
    z: g.matmul(g.matmul(x, w), w, { transB: true }),
  });
  const more =
    sessionFootprint([products, products], { threads: 1, isPacked }) -
    sessionFootprint([products, products], { threads: 1 });
  expect(more).toBe(4 * 8 * 16 * 4);
  expect(sessionFootprint([products], { threads: 1, isPacked: () => false })).toBe(
    sessionFootprint([products], { threads: 1 }),
  );
});
