/** @file Sessions: what run checks, where results are written, options, closing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Graph, GraphBuilder, type Tensor } from '#grad';
import { type GraphSession, openSession, type SessionOptions } from './session.ts';

const OPTIONS = { threads: 2, arena: false, memoryPattern: false, prepacking: false };

const f32 = (shape: number[], ...numbers: number[]): Tensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(numbers),
});

/** y = x W^T for a fed W; the input and the weight themselves; y again, under the input's name. */
function graph(): Graph {
  const g = new GraphBuilder('small');
  const x = g.input('x', 'f32', ['B', 2]);
  const w = g.weight('w', [2, 2]);
  const y = g.matmul(x, w, { transB: true });
  return g.finish({ y, x: y, 'same x': x, 'same w': w });
}

const FEEDS = { x: f32([1, 2], 3, 4), w: f32([2, 2], 1, 2, 10, 20) };

let session: GraphSession;
beforeAll(async () => {
  session = await openSession(graph(), () => 'fed', OPTIONS);
});
afterAll(() => session.close());

test('outputs may show one value twice, inputs and weights, under names that inputs have', async () => {
  expect(await session.run(FEEDS)).toEqual({
    y: f32([1, 2], 11, 110),
    x: f32([1, 2], 11, 110),
    'same x': FEEDS.x,
    'same w': FEEDS.w,
  });
});

test('outputs given in `into` are written in place and nowhere else, and no others are made', async () => {
  const memory = new Float32Array(6).fill(-1);
  const y: Tensor = { dtype: 'f32', shape: [1, 2], data: memory.subarray(2, 4) };
  const results = await session.run(FEEDS, { y });
  expect(results['y']).toBe(y);
  expect(Object.keys(results)).toEqual(['y']);
  expect([...memory]).toEqual([-1, -1, 11, 110, -1, -1]);
});

test('feeds may be views into larger memory', async () => {
  const x: Tensor = {
    dtype: 'f32',
    shape: [1, 2],
    data: Float32Array.of(9, 3, 4, 9).subarray(1, 3),
  };
  expect((await session.run({ ...FEEDS, x }))['y']?.data).toEqual(Float32Array.of(11, 110));
});

test.each<[string, Record<string, Tensor>, string]>([
  ['a missing feed', { x: FEEDS.x }, 'missing: w; unknown: none'],
  ['an unknown feed', { ...FEEDS, z: FEEDS.x }, 'missing: none; unknown: z'],
  ['another rank', { ...FEEDS, x: f32([2], 3, 4) }, 'x is fed [2]: expected [B,2]'],
  ['another length', { ...FEEDS, w: f32([1, 2], 1, 2) }, 'feed w: expected f32[2,2], got f32[1,2]'],
  [
    'another dtype',
    { ...FEEDS, x: { dtype: 'i32', shape: [1, 2], data: Int32Array.of(3, 4) } },
    'feed x: expected f32[1,2], got i32[1,2]',
  ],
  [
    'an array that is too short',
    { ...FEEDS, x: f32([1, 2], 3) },
    'feed x: expected Float32Array(2) for f32[1,2], got Float32Array(1)',
  ],
  [
    'an array of another type',
    { ...FEEDS, x: { dtype: 'f32', shape: [1, 2], data: Int32Array.of(3, 4) } },
    'feed x: expected Float32Array(2) for f32[1,2], got Int32Array(2)',
  ],
])('%s is an error that says so', async (_, feeds, message) => {
  await expect(session.run(feeds)).rejects.toThrow(/^internal: /);
  await expect(session.run(feeds)).rejects.toThrow(message);
});

test('outputs that do not fit are errors', async () => {
  await expect(session.run(FEEDS, { z: FEEDS.x })).rejects.toThrow('unknown: z');
  await expect(session.run(FEEDS, { y: f32([2, 1], 0, 0) })).rejects.toThrow(
    'internal: graph small, output y: expected f32[1,2], got f32[2,1]',
  );
});

test('an error of ONNX Runtime names the graph', async () => {
  const g = new GraphBuilder('rows');
  const rows = g.gather(g.weight('w', [2, 2]), g.input('ids', 'i32', ['N']));
  await using gathering = await openSession(g.finish({ rows }), () => 'fed', OPTIONS);
  const ids: Tensor = { dtype: 'i32', shape: [1], data: Int32Array.of(7) };
  await expect(gathering.run({ ids, w: FEEDS.w })).rejects.toThrow(
    /^internal: ONNX Runtime could not run graph rows: .*idx=7/,
  );
});

test('a closed session does not run, and may be closed again', async () => {
  const closed = await openSession(graph(), () => 'fed', OPTIONS);
  await closed.close();
  await closed.close();
  await expect(closed.run(FEEDS)).rejects.toThrow('internal: graph small is closed already');
});

test.each<Partial<SessionOptions>>([
  { threads: 1 },
  { arena: true },
  { arena: true, memoryPattern: true },
  { prepacking: true },
])('no option changes a result: %o', async (options) => {
  await using other = await openSession(graph(), () => 'fed', { ...OPTIONS, ...options });
  for (let run = 0; run < 3; run++) {
    expect((await other.run(FEEDS))['y']?.data).toEqual(Float32Array.of(11, 110));
  }
});
