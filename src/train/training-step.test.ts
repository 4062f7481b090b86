/** @file A step's gradients: the same under every plan, and the slope of the loss that it gives. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenExample } from '#models';
import { type PlanInput, planSchema } from '#protocol';
import { trainingGraphs } from '#plan';
import { Inference } from './inference.ts';
import { gradientNorm } from './optimizer.ts';
import {
  isTrained,
  TINY_EXAMPLES,
  TINY_METHODS,
  tinyPart,
  type TinyMethod,
  writeTinyBase,
} from './tiny-base.test-support.ts';
import { TrainingProgram } from './training-program.ts';
import { accumulateStep, type StepOptions, type StepResult } from './training-step.ts';
import { bindWeights } from './weight-binding.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-step-'));
afterAll(() => rmSync(folder, { recursive: true }));
const base = writeTinyBase(folder);
const { model } = base;

/** everything at once, nothing computed twice */
const WHOLE: PlanInput = { microBatch: 64, microBatchTokens: 4096, lossChunk: 4096, threads: 1 };

describe.each(TINY_METHODS)('%s: loss and gradients do not depend on the plan', (method) => {
  let expected: Awaited<ReturnType<Tiny['step']>>;
  beforeAll(async () => {
    await using whole = await openTiny(method);
    expected = await whole.step();
  });

  test.each<[string, PlanInput, Partial<StepOptions>]>([
    ['micro-batches of 1', { microBatch: 1 }, {}],
    ['micro-batches of 2', { microBatch: 2 }, {}],
    ['micro-batches of 4', { microBatch: 4 }, {}],
    ['micro-batches of 20 tokens', { microBatchTokens: 20 }, {}],
    ['the loss of one position at a time', { lossChunk: 1 }, {}],
    ['the loss of three positions at a time', { lossChunk: 3 }, {}],
    ['weights of attention kept', { attention: 'kept' }, {}],
    ['everything computed again', { recompute: 'all' }, {}],
    ['some segments computed again', { recompute: ['encoder.block.1', 'decoder.block.0'] }, {}],
    ['values between blocks in a file', { spill: true, recompute: 'all' }, {}],
    ['blocks in parts, one head at a time', { headsAtOnce: 1 }, {}],
    [
      'blocks in parts, three rows at a time',
      { rowsAtOnce: 3, recompute: ['decoder.block.1'] },
      {},
    ],
    ['padded', {}, { padTo: { source: 12, target: 9 } }],
    ['two threads', { threads: 2 }, {}],
    [
      'all of it',
      {
        microBatch: 2,
        lossChunk: 3,
        recompute: 'all',
        attention: 'kept',
        headsAtOnce: 1,
        rowsAtOnce: 4,
        spill: true,
      },
      { padTo: { source: 12, target: 9 } },
    ],
  ])('%s', async (_, plan, options) => {
    await using other = await openTiny(method, plan);
    const got = await other.step(options);
    expect(Math.abs(got.loss / expected.loss - 1)).toBeLessThan(1e-6);
    expect([...got.gradients.keys()]).toEqual([...expected.gradients.keys()]);
    for (const [name, gradient] of got.gradients) {
      const reference = expected.gradients.get(name) ?? new Float32Array();
      expect(relativeDifference(gradient, reference), name).toBeLessThan(1e-5);
    }
  });

  test('the gradient is the slope of the loss, dropout included', async () => {
    await using tiny = await openTiny(method, { microBatch: 2, lossChunk: 3 });
    const { gradients } = await tiny.step();
    const norm = gradientNorm(gradients.values());
    const moved = async (distance: number): Promise<number> => {
      for (const [name, { data }] of tiny.parameters) {
        const gradient = gradients.get(name)!;
        data.forEach((x, i) => (data[i] = x + (distance * gradient[i]!) / norm));
      }
      return (await tiny.step()).loss;
    };
    const h = 0.01;
    const above = await moved(h);
    const below = await moved(-2 * h);
    expect((above - below) / (2 * h) / norm).toBeCloseTo(1, 2);
  });

  test('nothing is held between steps; the same step again gives the same bits', async () => {
    await using tiny = await openTiny(method, { microBatch: 2, recompute: ['encoder.block.0'] });
    const first = await tiny.step();
    expect(tiny.program.usedBytes).toBe(0);
    expect(await tiny.step()).toEqual(first);
  });
});

test('another step or seed draws other masks; without dropout there are none', async () => {
  await using tiny = await openTiny('lora');
  const { loss } = await tiny.step();
  expect((await tiny.step({ seed: 8 })).loss).not.toBe(loss);
  expect((await tiny.step({}, 4)).loss).not.toBe(loss);
  await using still = await openTiny('soft-prompt', {}, 0);
  expect((await still.step({ seed: 8 })).loss).toBe((await still.step({}, 4)).loss);
});

test("the head's masks differ from position to position of an example", async () => {
  await using tiny = await openTiny('lora');
  const { gradients } = await tiny.step({}, 3, undefined, TINY_EXAMPLES.slice(2, 3));
  const a = gradients.get('base_model.model.lm_head.lora_A.weight') ?? [];
  // Left out at every position, an input has no gradient at all.
  expect(a).toHaveLength(2 * 16);
  expect(a.every((x) => x !== 0)).toBe(true);
});

describe('the loss of a step', () => {
  test('by token: the mean over all target tokens; counted without padding', async () => {
    await using tiny = await openTiny('soft-prompt', { microBatch: 2 }, 0);
    const parts = await tiny.losses();
    const sum = parts.reduce((total, part) => total + part.sum, 0);
    const { loss, tokens } = await tiny.step();
    expect(loss).toBeCloseTo(sum / 20, 5);
    expect(tokens).toBe(20 + 25);
  });

  test("by example: the sum of the examples' means over the examples of a whole step", async () => {
    await using tiny = await openTiny('soft-prompt', { microBatch: 2 }, 0);
    const parts = await tiny.losses();
    const means = parts.map(({ sum, tokens }) => sum / tokens);
    const options = { lossAverage: 'example', examplesPerStep: 8 } as const;
    const { loss } = await tiny.step(options);
    expect(loss).toBeCloseTo(means.reduce((a, b) => a + b) / 8, 5);
  });

  test('what the gradients held before a step counts for nothing', async () => {
    await using tiny = await openTiny('lora');
    const once = new Map([...(await tiny.step()).gradients].map(([name, g]) => [name, g.slice()]));
    const full = new Map(
      [...once].map(([name, { length }]) => [name, new Float32Array(length).fill(7)]),
    );
    const { gradients } = await tiny.step({}, 3, full);
    for (const [name, gradient] of gradients) {
      expect(relativeDifference(gradient, once.get(name)!), name).toBeLessThan(1e-6);
    }
  });
});

interface Tiny extends AsyncDisposable {
  readonly program: TrainingProgram;
  readonly parameters: ReturnType<typeof tinyPart>['parameters'];
  step(
    options?: Partial<StepOptions>,
    step?: number,
    gradients?: Map<string, Float32Array>,
    examples?: readonly TokenExample[],
  ): Promise<StepResult & { gradients: Map<string, Float32Array> }>;
  /** of each example alone, without dropout */
  losses(): Promise<{ sum: number; tokens: number }[]>;
}

async function openTiny(method: TinyMethod, changes: PlanInput = {}, dropout = 0.1): Promise<Tiny> {
  const plan = planSchema.parse({ ...WHOLE, ...changes });
  const { adapter, parameters } = tinyPart(base, method);
  const bind = bindWeights(base.tensors, parameters);
  const trainable = isTrained(adapter);
  const graphs = trainingGraphs(model, { adapter, dropout, trainable, plan });
  const { headInput } = model;
  const program = await TrainingProgram.open({
    graphs,
    headInput,
    plan,
    parameters,
    bind,
    spillFolder: tmpdir(),
  });
  const inference = new Inference({ model, adapter, parameters, bind, plan });
  const virtualTokens = adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0;
  const zeros = () =>
    new Map([...parameters].map(([name, { data }]) => [name, new Float32Array(data.length)]));
  return {
    program,
    parameters,
    async step(options = {}, step = 3, gradients = zeros(), examples = TINY_EXAMPLES) {
      const result = await accumulateStep(program, examples, step, gradients, {
        model,
        plan,
        virtualTokens,
        seed: 7,
        lossAverage: 'token',
        examplesPerStep: TINY_EXAMPLES.length,
        ...options,
      });
      return { ...result, gradients };
    },
    losses: () => each(TINY_EXAMPLES, (example) => inference.loss([example])),
    async [Symbol.asyncDispose]() {
      await program.close();
      await inference.close();
    },
  };
}

async function each<T>(
  examples: readonly TokenExample[],
  compute: (example: TokenExample) => Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  for (const example of examples) found.push(await compute(example));
  return found;
}

/** Largest difference over the largest element. */
function relativeDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  const pairs = Array.from(got, (x, i) => [x, expected[i] ?? Number.NaN] as const);
  const scale = Math.max(...pairs.map(([, e]) => Math.abs(e)));
  const worst = Math.max(...pairs.map(([x, e]) => Math.abs(x - e)));
  return scale === 0 ? worst : worst / scale;
}
