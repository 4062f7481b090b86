/** @file Two graphs in one session: each computes what it does by itself. */
import { expect, test } from 'vitest';
import { type Graph, GraphBuilder, type Tensor } from '#grad';
import { openPair } from './session.ts';

const OPTIONS = { threads: 1, arena: false, memoryPattern: false, prepacking: false };

const f32 = (shape: number[], ...numbers: number[]): Tensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(numbers),
});

const W = f32([2, 2], 1, 2, 10, 20);

/** y = x W^T, and the sum of x */
function product(): Graph {
  const g = new GraphBuilder('product');
  const x = g.input('x', 'f32', ['B', 2]);
  const y = g.matmul(x, g.weight('w', [2, 2]), { transB: true });
  return g.finish({ y, sum: g.reduceSum(x, [0, 1]) });
}

/** dx = dy W, with fewer outputs, and of another rank than the first graph's */
function back(): Graph {
  const g = new GraphBuilder('back');
  const dy = g.input('dy', 'f32', ['B', 2]);
  return g.finish({ dx: g.reshape(g.matmul(dy, g.weight('w', [2, 2])), ['B*2']) });
}

test('each of the two computes its own outputs from its own feeds', async () => {
  const [forward, backward] = await openPair([product(), back()], () => 'fed', OPTIONS);
  const x = f32([1, 2], 3, 4);
  expect(await forward.run({ x, w: W })).toEqual({ y: f32([1, 2], 11, 110), sum: f32([1, 1], 7) });
  const dx = f32([4], 0, 0, 0, 0);
  expect(await backward.run({ dy: f32([2, 2], 1, 0, 0, 1), w: W }, { dx })).toEqual({ dx });
  expect(dx.data).toEqual(Float32Array.of(1, 2, 10, 20));
  await forward.close();
  expect(await backward.run({ dy: f32([1, 2], 1, 1), w: W })).toEqual({ dx: f32([2], 11, 22) });
  await expect(forward.run({ x, w: W })).rejects.toThrow('product is closed already');
  await backward.close();
});

test('two graphs that mean different inputs by one name are refused', async () => {
  const g = new GraphBuilder('other');
  const other = g.finish({ y: g.neg(g.input('x', 'f32', ['B', 3])) });
  await expect(openPair([product(), other], () => 'fed', OPTIONS)).rejects.toThrow(
    'internal: two graphs disagree on x: [B,2] and [B,3]',
  );
});
