/** @file How an adapter and a model begin: shapes, distributions, and the seed that names them all. */
import { expect, test } from 'vitest';
import { adapterShapes, initAdapter, initTensor } from './adapter-parameters.ts';
import type { AdapterSpec } from './adapter-spec.ts';
import { tinyModel } from './tiny-t5.test-support.ts';

const model = tinyModel({ d_model: 60, d_kv: 40 });
const Q = 'encoder.block.0.layer.0.SelfAttention.q';
const O = 'encoder.block.0.layer.0.SelfAttention.o';
const LORA: AdapterSpec = { kind: 'lora', r: 50, alpha: 8, dropout: 0, modules: [Q, O] };
const PROMPT: AdapterSpec = { kind: 'soft-prompt', virtualTokens: 20, rows: 40 };

test("names and shapes are those of peft's files", () => {
  expect(Object.fromEntries(adapterShapes(model, LORA))).toEqual({
    [`base_model.model.${Q}.lora_A.weight`]: [50, 60],
    [`base_model.model.${Q}.lora_B.weight`]: [80, 50],
    [`base_model.model.${O}.lora_A.weight`]: [50, 80],
    [`base_model.model.${O}.lora_B.weight`]: [60, 50],
  });
  expect(Object.fromEntries(adapterShapes(model, PROMPT))).toEqual({ prompt_embeddings: [40, 60] });
});

test('LoRA: A is uniform within 1 / sqrt(in), B is zero', () => {
  const [aq, bq, ao] = [...initAdapter(model, LORA, 1).values()].map(({ data }) => data);
  expect(bq?.every((x) => x === 0)).toBe(true);
  for (const [a = new Float32Array(), into] of [
    [aq, 60],
    [ao, 80],
  ] as const) {
    const bound = into ** -0.5;
    expect(Math.max(...a)).toBeLessThanOrEqual(bound);
    expect(Math.max(...a)).toBeGreaterThan(0.99 * bound);
    expect(Math.min(...a)).toBeLessThan(-0.99 * bound);
    expect(mean(a) / bound).toBeCloseTo(0, 1);
    expect(deviation(a) / bound).toBeCloseTo(3 ** -0.5, 1);
  }
});

test('a soft prompt begins with the normal distribution of an embedding layer', () => {
  const [{ data } = { data: new Float32Array() }] = initAdapter(model, PROMPT, 1).values();
  expect(mean(data)).toBeCloseTo(0, 1);
  expect(deviation(data)).toBeCloseTo(1, 1);
});

test('the same seed gives the same values, another seed or another tensor gives others', () => {
  expect(values(1)).toEqual(values(1));
  const [aq, , ao] = values(1);
  expect(values(2)[0]).not.toEqual(aq);
  expect(ao?.slice(0, 9)).not.toEqual(aq?.slice(0, 9));
});

test('a random model: deviations as transformers has them, scales of norms 1', () => {
  const drawn = (name: string) => initTensor(model, `${name}.weight`, 3);
  expect(drawn('shared').shape).toEqual([23, 60]);
  expect(deviation(drawn('shared').data)).toBeCloseTo(1, 1);
  expect(deviation(drawn(Q).data) * Math.sqrt(60 * 40)).toBeCloseTo(1, 1);
  expect(deviation(drawn(Q.replace(/q$/, 'k')).data) * Math.sqrt(60)).toBeCloseTo(1, 1);
  expect(deviation(drawn(O).data) * Math.sqrt(80)).toBeCloseTo(1, 1);
  expect([...new Set(drawn('encoder.final_layer_norm').data)]).toEqual([1]);
  expect(drawn(Q)).toEqual(drawn(Q));
  expect(initTensor(model, `${Q}.weight`, 4)).not.toEqual(drawn(Q));
});

function values(seed: number): Float32Array[] {
  return [...initAdapter(model, LORA, seed).values()].map(({ data }) => data);
}

function mean(data: Float32Array): number {
  return data.reduce((sum, x) => sum + x, 0) / data.length;
}

function deviation(data: Float32Array): number {
  const middle = mean(data);
  return Math.sqrt(data.reduce((sum, x) => sum + (x - middle) ** 2, 0) / data.length);
}
