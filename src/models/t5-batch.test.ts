/** @file Examples made into T5's feeds: padding, masks, the shift of the target. */
import { expect, test } from 'vitest';
import { tinyModel } from './tiny-t5.test-support.ts';

const model = tinyModel({ pad_token_id: 0, eos_token_id: 1, decoder_start_token_id: 2 });
const EXAMPLES = [
  { source: [5, 6, 7], target: [8, 1] },
  { source: [9], target: [10, 11, 12, 1] },
];
const X = -1e9;

test('padded to the longest of the batch, the target shifted right behind the start token', () => {
  const batch = model.batch(EXAMPLES, { virtualTokens: 0 });
  expect(batch).toMatchObject({ size: 2, sourceLength: 3, targetLength: 4 });
  expect(batch.feeds['source.ids']).toEqual(i32([2, 3], [5, 6, 7, 9, 0, 0]));
  expect(batch.feeds['source.mask']).toEqual(f32([2, 1, 1, 3], [0, 0, 0, 0, X, X]));
  expect(batch.feeds['target.ids']).toEqual(i32([2, 4], [2, 8, 1, 0, 2, 10, 11, 12]));
  expect([...batch.labels]).toEqual([8, 1, -1, -1, 10, 11, 12, 1]);
});

test('a target position looks at itself and what comes before', () => {
  const { feeds } = model.batch(EXAMPLES, { virtualTokens: 0 });
  const rows = [0, X, X, X, 0, 0, X, X, 0, 0, 0, X, 0, 0, 0, 0];
  expect(feeds['target.mask']).toEqual(f32([1, 1, 4, 4], rows));
});

test('a soft prompt comes before the source and is looked at', () => {
  const batch = model.batch(EXAMPLES, { virtualTokens: 2 });
  expect(batch.sourceLength).toBe(5);
  expect(batch.feeds['source.ids']?.shape).toEqual([2, 3]);
  expect(batch.feeds['source.buckets']?.shape).toEqual([5, 5]);
  expect(batch.feeds['source.mask']).toEqual(f32([2, 1, 1, 5], [0, 0, 0, 0, 0, 0, 0, 0, X, X]));
});

test('padded to fixed lengths where that is asked for', () => {
  const batch = model.batch(EXAMPLES, { virtualTokens: 0, padTo: { source: 4, target: 5 } });
  expect(batch).toMatchObject({ sourceLength: 4, targetLength: 5 });
  expect(batch.feeds['source.ids']).toEqual(i32([2, 4], [5, 6, 7, 0, 9, 0, 0, 0]));
  expect(batch.feeds['target.ids']).toEqual(i32([2, 5], [2, 8, 1, 0, 0, 2, 10, 11, 12, 1]));
  expect([...batch.labels]).toEqual([8, 1, -1, -1, -1, 10, 11, 12, 1, -1]);
});

test('an empty source is one masked position', () => {
  const { feeds } = model.batch([{ source: [], target: [1] }], { virtualTokens: 0 });
  expect(feeds['source.ids']).toEqual(i32([1, 1], [0]));
  expect(feeds['source.mask']).toEqual(f32([1, 1, 1, 1], [X]));
});

test.each([
  [[23], [1]],
  [[-1], [1]],
  [[4], [23]],
  [[4], [-100]],
])('ids outside of the vocabulary are refused: source %j, target %j', (source, target) => {
  const id = [...source, ...target].find((n) => n < 0 || n > 22);
  expect(() => model.batch([{ source, target }], { virtualTokens: 0 })).toThrow(
    expect.objectContaining({ code: 'TOKEN_OUT_OF_RANGE', facts: { id, vocabSize: 23 } }),
  );
});

function i32(shape: number[], data: number[]) {
  return { dtype: 'i32', shape, data: Int32Array.from(data) };
}

function f32(shape: number[], data: number[]) {
  return { dtype: 'f32', shape, data: Float32Array.from(data) };
}
