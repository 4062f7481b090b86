/** @file What a model takes to answer, by what it depends on. */
import { expect, test } from 'vitest';
import { tinyModel } from '../models/tiny-t5.test-support.ts';
import { answeringNeed, type AnsweringQuestion } from './answering-need.ts';

const MIB = 2 ** 20;

function need(changes: Partial<AnsweringQuestion> = {}) {
  return answeringNeed({
    model: tinyModel(),
    adapter: null,
    storageOf: () => 'f32',
    weights: new Map([
      ['w', { name: 'w', file: 'w', offset: 0, length: 300 * MIB, dtype: 'F32', shape: [1] }],
    ]),
    parameters: 0,
    tokenizerBytes: MIB,
    readAhead: 128 * 1024,
    threads: 2,
    ...changes,
  });
}

test('the limit is above the peak, and the weights are in neither: they are file pages', () => {
  const { peak_bytes, least_bytes, weights_bytes } = need();
  expect(weights_bytes).toBe(300 * MIB);
  expect(peak_bytes).toBeLessThan(100 * MIB);
  expect(least_bytes).toBeGreaterThan(peak_bytes + 16 * MIB);
});

test('an adapter is held in memory, four bytes each; a tokenizer six times its file', () => {
  expect(need({ parameters: MIB }).peak_bytes - need().peak_bytes).toBe(4 * MIB);
  expect(need({ tokenizerBytes: 2 * MIB }).peak_bytes - need().peak_bytes).toBe(6 * MIB);
});

test('a model for longer texts takes more: its attention grows with the square', () => {
  const [short = 0, middle = 0, long = 0] = [512, 1024, 2048].map(
    (n_positions) => need({ model: tinyModel({ n_positions }) }).peak_bytes,
  );
  expect(middle - short).toBeGreaterThan(0);
  expect(long - middle).toBeGreaterThan(3 * (middle - short));
});

test('where the disk reads far ahead, the limit leaves room for what is being read', () => {
  const far = need({ readAhead: 8 * MIB });
  expect(far.peak_bytes).toBe(need().peak_bytes);
  expect(far.least_bytes - need().least_bytes).toBe(16 * MIB);
});
