/** @file What the predictor says of a step's values is what the trainer's pool takes, to the byte. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type PlanInput, planSchema } from '#protocol';
import {
  isTrained,
  TINY_EXAMPLES,
  TINY_METHODS,
  tinyPart,
  type TinyMethod,
  writeTinyBase,
} from '../train/tiny-base.test-support.ts';
import { TrainingProgram } from '../train/training-program.ts';
import { bindWeights } from '../train/weight-binding.ts';
import { trainingGraphs } from './derive-segments.ts';
import { stepMemory } from './step-memory.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-step-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));
const base = writeTinyBase(folder);
const { model } = base;

const PLANS: readonly PlanInput[] = [
  {},
  { attention: 'kept', lossChunk: 2 },
  { recompute: 'all' },
  { recompute: ['encoder.block.0', 'decoder.block.1'], spill: true },
  { headsAtOnce: 1, rowsAtOnce: 3 },
  { attention: 'kept', headsAtOnce: 1, rowsAtOnce: 3 },
  { headsAtOnce: 1, rowsAtOnce: 2, recompute: 'all', spill: true, lossChunk: 3 },
];

const CASES = TINY_METHODS.flatMap((method) => PLANS.map((plan) => [method, plan] as const));

test.each(CASES)('%s, %j', async (method, changes) => {
  const plan = planSchema.parse({ threads: 1, ...changes });
  const { predicted, taken } = await bothFor(method, plan);
  expect(predicted).toBe(taken);
  expect(taken).toBeGreaterThan(0);
});

async function bothFor(method: TinyMethod, plan: ReturnType<typeof planSchema.parse>) {
  const { adapter, parameters } = tinyPart(base, method);
  const trainable = isTrained(adapter);
  const graphs = trainingGraphs(model, { adapter, dropout: 0.1, trainable, plan });
  const { headInput } = model;
  const virtualTokens = adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0;
  const batch = model.batch(TINY_EXAMPLES, { virtualTokens });
  const weights = Float32Array.from(batch.labels, (label) => (label < 0 ? 0 : 0.1));
  await using program = await TrainingProgram.open({
    graphs,
    headInput,
    plan,
    parameters,
    bind: bindWeights(base.tensors, parameters),
    spillFolder: folder,
  });
  const gradients = new Map(
    [...parameters].map(([name, { data }]) => [name, new Float32Array(data.length)]),
  );
  const examples = TINY_EXAMPLES.map((_, i) => i);
  await program.forwardBackward(
    { batch, weights, masks: { seed: 1, step: 0, examples } },
    gradients,
  );
  const { touched } = stepMemory(
    { graphs, headInput, storageOf: () => 'f32', trainable: (name) => parameters.has(name) },
    plan,
    {
      size: batch.size,
      feeds: Object.fromEntries(
        Object.entries(batch.feeds).map(([name, { shape }]) => [name, shape]),
      ),
      positions: weights.filter((weight) => weight !== 0).length,
      tokens: batch.size * (batch.sourceLength + batch.targetLength),
    },
  );
  return { predicted: touched, taken: program.touchedBytes };
}
