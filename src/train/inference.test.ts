/** @file A model's answers, and its losses: generation with a cache against teacher forcing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { floats } from '#grad';
import type { Parameters } from '#models';
import { type PlanInput, planSchema } from '#protocol';
import { evaluate } from './evaluate.ts';
import { Inference } from './inference.ts';
import { argmax, type Sampling, sampleToken } from './sampling.ts';
import {
  TINY_EXAMPLES,
  TINY_METHODS,
  type TinyMethod,
  tinyPart,
  writeTinyBase,
} from './tiny-base.test-support.ts';
import { bindWeights } from './weight-binding.ts';

const root = mkdtempSync(join(tmpdir(), 'plimsoll-inference-'));
afterAll(() => rmSync(root, { recursive: true }));
const SOURCES = TINY_EXAMPLES.map(({ source }) => source);
const LENGTH = 9;

const SAMPLING = { temperature: 2, topK: 20, topP: 0.9, seed: 1 };

describe.each(TINY_METHODS)('%s', (method) => {
  test.each([
    ['the best', undefined],
    ['drawn', SAMPLING],
  ])('tokens are %s of teacher forcing on the tokens before them', async (_, sampling) => {
    await using inference = openTiny(method);
    const answers = await inference.generate(SOURCES, { maxTokens: LENGTH, sampling });
    const examples = answers.map((target, row) => ({ source: SOURCES[row] ?? [], target }));
    const { logits } = await inference.forward(examples);
    const [, length = 0, width = 0] = logits.shape;
    answers.forEach((answer, row) => {
      const expected = answer.map((_token, t) => {
        const at = (row * length + t) * width;
        const scores = floats(logits).subarray(at, at + width);
        return sampling ? sampleToken(scores, sampling, row, t) : argmax(scores);
      });
      expect(answer, `answer ${row}`).toEqual(expected);
    });
    // A model that says one thing over and over would agree with a broken cache too.
    expect(new Set(answers.flat()).size).toBeGreaterThan(5);
  });

  test('the loss is that of the logits, whatever the chunk and the batch', async () => {
    await using inference = openTiny(method);
    const { logits, labels } = await inference.forward(TINY_EXAMPLES);
    const width = logits.shape[2] ?? 0;
    const expected = labels.reduce((sum, label, row) => {
      if (label < 0) return sum;
      const scores = [...floats(logits).subarray(row * width, (row + 1) * width)];
      const total = scores.reduce((a, score) => a + Math.exp(score), 0);
      return sum + Math.log(total) - (scores[label] ?? Number.NaN);
    }, 0);
    const { sum, tokens } = await inference.loss(TINY_EXAMPLES);
    expect(tokens).toBe(20);
    expect(sum).toBeCloseTo(expected, 3);
    await using chunked = openTiny(method, { lossChunk: 3 });
    const alone = [];
    for (const example of TINY_EXAMPLES) alone.push(await chunked.loss([example]));
    expect(alone.reduce((a, part) => a + part.sum, 0)).toBeCloseTo(expected, 3);
  });
});

test('an answer ends before the end token, and the others of the batch go on as without it', async () => {
  await using endless = openTiny('lora', {}, { eos_token_id: 36 });
  const answers = await endless.generate(SOURCES, { maxTokens: LENGTH });
  const eosId = answers[1]?.[2] ?? -1;
  await using ending = openTiny('lora', {}, { eos_token_id: eosId });
  const expected = answers.map((ids) =>
    ids.includes(eosId) ? ids.slice(0, ids.indexOf(eosId)) : ids,
  );
  expect(await ending.generate(SOURCES, { maxTokens: LENGTH })).toEqual(expected);
  expect(expected.map((ids) => ids.length)).not.toEqual(answers.map((ids) => ids.length));
});

test('an answer is as long as it may be, and does not depend on the other questions', async () => {
  await using inference = openTiny('lora', {}, { eos_token_id: 36 });
  const long = await inference.generate(SOURCES, { maxTokens: 5 });
  expect(long.map((ids) => ids.length)).toEqual([5, 5, 5, 5, 5]);
  const short = await inference.generate(SOURCES.slice(1, 2), { maxTokens: 2 });
  expect(short).toEqual([long[1]?.slice(0, 2)]);
  expect(await inference.generate(SOURCES, { maxTokens: 0 })).toEqual([[], [], [], [], []]);
});

test('sampling: the seed decides, rows differ, and near temperature 0 it is greedy', async () => {
  await using inference = openTiny('lora', {}, { eos_token_id: 36 });
  const twins = [SOURCES[0] ?? [], SOURCES[0] ?? []];
  const sample = (changes: Partial<Sampling>) =>
    inference.generate(twins, { maxTokens: LENGTH, sampling: { ...SAMPLING, ...changes } });
  const drawn = await sample({});
  expect(await sample({})).toEqual(drawn);
  expect(await sample({ seed: 2 })).not.toEqual(drawn);
  expect(drawn[0]).not.toEqual(drawn[1]);
  expect(await sample({ temperature: 1e-6 })).toEqual(
    await inference.generate(twins, { maxTokens: LENGTH }),
  );
});

test('what training changes is seen at once', async () => {
  const part = tinyPart(baseOf({}), 'lora');
  await using inference = openTiny('lora', {}, {}, part.parameters);
  const before = await inference.loss(TINY_EXAMPLES);
  for (const { data } of part.parameters.values()) data.fill(0.2);
  expect((await inference.loss(TINY_EXAMPLES)).sum).not.toBeCloseTo(before.sum, 1);
});

describe('evaluation', () => {
  const tokenizer = {
    decode: (ids: readonly number[]) => ` ${ids.filter((id) => id !== 1).join(' ')}`,
  };

  test('the mean over tokens and the part of exact answers do not depend on the batch', async () => {
    await using inference = openTiny('lora');
    const answers = await inference.generate(SOURCES, { maxTokens: 4 });
    // Two targets are what the model says, if it is stopped there; the others are not.
    const examples = TINY_EXAMPLES.map((example, i) =>
      i < 2 ? { ...example, target: [...(answers[i] ?? []), 1] } : example,
    );
    const { sum, tokens } = await inference.loss(examples);
    for (const batchSize of [1, 2, 5, 64]) {
      const found = await evaluate(inference, 5, (i) => examples[i]!, {
        batchSize,
        tokenizer,
        maxTokens: 4,
      });
      expect(found.loss).toBeCloseTo(sum / tokens, 5);
      expect(found).toMatchObject({ examples: 5, exactMatch: 2 / 5 });
    }
  });

  test('without a tokenizer there is no exact match; a signal stops it', async () => {
    await using inference = openTiny('lora');
    const options = { batchSize: 2, maxTokens: 4 };
    const run = (signal?: AbortSignal) =>
      evaluate(inference, 5, (i) => TINY_EXAMPLES[i]!, { ...options, signal });
    expect((await run()).exactMatch).toBeNull();
    await expect(run(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

function openTiny(
  method: TinyMethod,
  plan: PlanInput = {},
  changes: Readonly<Record<string, unknown>> = {},
  given?: Parameters,
): Inference {
  const base = baseOf(changes);
  const { adapter, parameters } = tinyPart(base, method);
  return new Inference({
    model: base.model,
    adapter,
    parameters: given ?? parameters,
    bind: bindWeights(base.tensors, parameters),
    plan: planSchema.parse({ threads: 1, ...plan }),
  });
}

function baseOf(changes: Readonly<Record<string, unknown>>) {
  return writeTinyBase(mkdtempSync(join(root, 'base-')), changes);
}
