/** @file Tokens drawn from logits: how often each, and what the draw depends on. */
import { describe, expect, test } from 'vitest';
import { argmax, sampleToken, type Sampling } from './sampling.ts';

const SCORES = Float32Array.of(1, 3, -2, 2.5, 0, 2);
const BEST = 1;
const SAMPLING: Sampling = { temperature: 1, topK: 0, topP: 1, seed: 7 };
const DRAWS = 20_000;
/** five standard deviations of a share of so many draws, at most */
const CHANCE = 5 * Math.sqrt(0.25 / DRAWS);

test('greedy: the largest, the first of equals', () => {
  expect(argmax(SCORES)).toBe(BEST);
  expect(argmax(Float32Array.of(-3, -1, -1))).toBe(1);
  expect(argmax(Float32Array.of(-3))).toBe(0);
});

describe('how often', () => {
  test.each([0.5, 1, 3])('temperature %d: the softmax of scores over it', (temperature) => {
    expectShares(shares({ ...SAMPLING, temperature }), softmax(SCORES, temperature));
  });

  test('top-k: the k best, in their proportions', () => {
    const kept = softmax(SCORES, 1).map((p, token) => ([1, 3, 5].includes(token) ? p : 0));
    const found = shares({ ...SAMPLING, topK: 3 });
    expectShares(found, normed(kept));
    expect(found.filter((share) => share > 0)).toHaveLength(3);
  });

  test.each([
    [0.3, [1]],
    [0.6, [1, 3]],
    [0.95, [1, 3, 5, 0]],
  ])('top-p %d: the best that together reach it', (topP, tokens) => {
    // In order: 0.46, 0.28, 0.17, 0.06, 0.02.
    const found = shares({ ...SAMPLING, topP });
    expect(found.flatMap((share, token) => (share > 0 ? [token] : []))).toEqual(
      tokens.toSorted((a, b) => a - b),
    );
    expectShares(
      found,
      normed(softmax(SCORES, 1).map((p, token) => (tokens.includes(token) ? p : 0))),
    );
  });

  test('top-p counts within the k best, after temperature', () => {
    // Of the two best at temperature 2, the first has 0.56.
    const both = { ...SAMPLING, temperature: 2, topK: 2 };
    expect(shares({ ...both, topP: 0.55 })[3]).toBe(0);
    expect(shares({ ...both, topP: 0.57 })[3]).toBeGreaterThan(0);
  });
});

test('near temperature 0, with k = 1, or with a small p: greedy', () => {
  for (const change of [{ temperature: 1e-6 }, { topK: 1 }, { topP: 1e-6 }]) {
    expect(shares({ ...SAMPLING, ...change }, 500)[BEST]).toBe(1);
  }
});

test('a draw depends on seed, row and position, and on nothing that was drawn before', () => {
  const first = drawn(1, 0);
  expect(drawn(1, 0)).toEqual(first);
  expect(drawn(2, 0)).not.toEqual(first);
  expect(drawn(1, 1)).not.toEqual(first);
  expect(new Set(first).size).toBeGreaterThan(3);
});

test('one token is always drawn; a token of probability 0 never', () => {
  expect(sampleToken(Float32Array.of(-5), SAMPLING, 0, 0)).toBe(0);
  const found = shares(SAMPLING, 500, Float32Array.of(0, -Infinity, 0));
  expect(found[1]).toBe(0);
});

function drawn(seed: number, row: number): number[] {
  const sampling = { ...SAMPLING, temperature: 5, seed };
  return Array.from({ length: 50 }, (_, position) => sampleToken(SCORES, sampling, row, position));
}

function shares(sampling: Sampling, draws = DRAWS, scores = SCORES): number[] {
  const counts = Array.from(scores, () => 0);
  for (let position = 0; position < draws; position++) {
    const token = sampleToken(scores, sampling, 0, position);
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
}

function expectShares(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((share, token) => {
    expect(Math.abs(share - (expected[token] ?? 0)), `token ${token}`).toBeLessThan(CHANCE);
  });
}

function softmax(scores: Float32Array, temperature: number): number[] {
  return normed(Array.from(scores, (score) => Math.exp(score / temperature)));
}

function normed(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
