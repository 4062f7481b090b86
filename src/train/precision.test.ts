/** @file The base in fewer bits: the same mathematics over other numbers, and near those of float32. */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PlimsollError } from '#base';
import { openBase } from '#models';
import { type Plan, planSchema, type RunEvent, runSpecSchema } from '#protocol';
import { readSafetensorsHeader, readTensor, type StoredTensor, writeSafetensors } from '#weights';
import { writeExamples, writeSmallModel } from '../../test/small-model.ts';
import { evaluateModel, generateTexts } from './answer-texts.ts';
import { baseWeights, checkPrecision } from './base-precision.ts';
import { comparePrecisions } from './compare-precisions.ts';
import { initialPart } from './method.ts';
import { openProgram } from './open-program.ts';
import { differenceOf, measure } from './precision-difference.ts';
import { trainRun } from './train-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-precision-'));
beforeEach(() => vi.stubEnv('PLIMSOLL_CACHE', join(folder, 'cache')));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

/** Rows of 64 and more, which 4-bit blocks fill. */
const ref = writeSmallModel(join(folder, 'model'), { d_model: 64, d_kv: 32, d_ff: 128 });
const data = { files: [writeExamples(join(folder, 'examples.jsonl'), 24)] };
const LOWER = ['bf16', 'int8', 'int4'] as const;
type Lower = (typeof LOWER)[number];

const specOf = (method: 'lora' | 'soft-prompt' | 'full', more: object = {}) =>
  runSpecSchema.parse({
    baseModel: { ref },
    data,
    method: { kind: method },
    hyperparameters: { batchSize: 4, gradientAccumulationSteps: 1, learningRate: 0.01, epochs: 1 },
    ...more,
  });

/** A file with float32 numbers that are exactly those that the stored ones stand for. */
function asFloats(tensors: ReadonlyMap<string, StoredTensor>, file: string) {
  writeSafetensors(
    file,
    [...tensors].map(([name, tensor]) => ({
      name,
      dtype: 'F32',
      shape: tensor.shape,
      data: tensor.scales ? meaning(tensor, tensor.scales) : readTensor(tensor),
    })),
  );
  return readSafetensorsHeader(file).tensors;
}

function meaning(tensor: StoredTensor, scaleLocation: StoredTensor): Float32Array {
  const [height = 1, width = 1] = tensor.shape;
  const scales = readTensor(scaleLocation);
  const bytes = bytesOf(tensor);
  const zeros = tensor.zeroPoints && bytesOf(tensor.zeroPoints);
  return Float32Array.from({ length: height * width }, (_, i) => {
    if (!zeros) return ((bytes[i]! << 24) >> 24) * scales[Math.floor(i / width)]!;
    const block = Math.floor(i / 32);
    return (nibble(bytes, i) - nibble(zeros, block)) * scales[block]!;
  });
}

function bytesOf({ file, offset, length }: StoredTensor): Uint8Array {
  return readFileSync(file).subarray(offset, offset + length);
}

function nibble(bytes: Uint8Array, i: number): number {
  return (bytes[i >> 1]! >> (4 * (i % 2))) & 15;
}

describe.each(LOWER)('%s', (precision) => {
  test.each(['lora', 'soft-prompt'] as const)(
    '%s: loss and gradient are those of float32 weights of the same numbers',
    async (method) => {
      const base = await openBase(ref);
      const spec = specOf(method);
      const part = initialPart(spec, base);
      const plan = planSchema.parse({ recompute: ['decoder.block.0'], lossChunk: 3 });
      const settings = {
        model: base.model,
        plan,
        parameters: part.parameters,
        hyperparameters: spec.hyperparameters,
        virtualTokens: method === 'soft-prompt' ? 20 : 0,
      };
      const examples = ['one', 'two three', 'four'].map((text) => {
        const source = base.tokenizer.encode(text);
        return { source, target: source.toReversed() };
      });
      const measured = async (tensors: ReadonlyMap<string, StoredTensor>) => {
        const parts = { model: base.model, tensors, part, dropout: 0.1, plan, spillFolder: folder };
        await using program = await openProgram(parts);
        return await measure(program, examples, settings);
      };
      const weights = baseWeights(base, precision);
      expect(weights.file).not.toBeNull();
      const floats = asFloats(weights.tensors, join(folder, `${precision}.safetensors`));
      const same = differenceOf(await measured(floats), await measured(weights.tensors));
      expect(Math.abs(same.loss / same.storedLoss - 1)).toBeLessThan(1e-6);
      expect(same.gradientDifference).toBeLessThan(1e-5);
      const stored = differenceOf(await measured(base.tensors), await measured(weights.tensors));
      expect(stored.gradientDifference).toBeGreaterThan(1e-4); // other numbers are in use at all
      expect(stored.gradientDifference).toBeLessThan(BOUND[precision]);
    },
  );

  test('a run trains to losses near those of float32, and says once what the precision costs', async () => {
    const [events, plain] = [await train(precision), await train('stored')];
    const [lower, stored] = [events, plain].map((each) =>
      each.flatMap((event) => (event.type === 'step' ? [event.loss] : [])),
    );
    const differences = lower!.map((loss, i) => Math.abs(loss - stored![i]!));
    console.log(
      `${precision}: ${Math.max(...differences).toFixed(5)} at most, of ${stored!.length}`,
    );
    expect(Math.max(...differences)).toBeLessThan(BOUND[precision]);
    expect(Math.max(...differences)).toBeGreaterThan(0);
    const said = events.filter((event) => event.type === 'precision');
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ precision, examples: 1 });
    expect(said[0]?.bytes).toBe(statSync(said[0]?.file ?? '').size);
    expect(plain.some((event) => event.type === 'precision')).toBe(false);
  });

  test('answers and evaluations are those of float32 weights of the same numbers', async () => {
    const { tensors } = baseWeights(await openBase(ref), precision);
    const same = join(folder, `model of ${precision}`);
    cpSync(ref, same, { recursive: true });
    asFloats(tensors, join(same, 'model.safetensors'));
    const loss = await lossOf(ref, precision);
    expect(loss).toBeCloseTo(await lossOf(same, 'stored'), 5);
    const difference = Math.abs(loss - (await lossOf(ref, 'stored')));
    expect(difference).toBeLessThan(BOUND[precision]);
    expect(difference).toBeGreaterThan(1e-5);
    const answers = await answersOf(ref, precision);
    expect(answers).toEqual(await answersOf(same, 'stored'));
    expect(answers.join('').length).toBeGreaterThan(20);
  });
});

async function all<T>(generator: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of generator) items.push(item);
  return items;
}

/** Of the loss, and as a part of the gradient's length; seen: 0.004, 0.011, 0.12. */
const BOUND: Readonly<Record<Lower, number>> = { bf16: 0.02, int8: 0.05, int4: 0.5 };

let runs = 0;
async function train(precision: Plan['precision']): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  await trainRun(
    {
      spec: specOf('lora'),
      plan: planSchema.parse({ precision }),
      pinned: new Set(['precision']),
      place: { outputDir: join(folder, 'runs'), runId: `run-${runs++}` },
    },
    { onEvent: (event) => events.push(event) },
  );
  return events;
}

/** Drawn, since a random model's likeliest answer is often nothing. */
async function answersOf(baseModel: string, precision: Plan['precision']): Promise<string[]> {
  const generated = generateTexts({
    baseModel,
    plan: planSchema.parse({ precision }),
    texts: ['add 1 and 2', 'add 3 and 4'],
    maxTokens: 12,
    sourceMaxTokens: 20,
    sampling: { temperature: 1, topK: 0, topP: 1, seed: 1 },
  });
  return (await all(generated)).map(({ answer }) => answer);
}

async function lossOf(baseModel: string, precision: Plan['precision']): Promise<number> {
  const { loss } = await evaluateModel({
    baseModel,
    plan: planSchema.parse({ precision }),
    data: { ...data, query: null },
    maxSamples: 6,
    sourceMaxTokens: 20,
    targetMaxTokens: 20,
    batchSize: 3,
  });
  return loss;
}

test('the precisions side by side: fewer bytes, and a larger difference', async () => {
  const rows = await all(
    comparePrecisions({
      baseModel: ref,
      data: { ...data, query: null },
      maxSamples: 4,
      precisions: ['fp32', ...LOWER],
      sourceMaxTokens: 20,
      targetMaxTokens: 20,
      threads: 1,
    }),
  );
  const names = rows.map(({ precision }) => precision);
  expect(names).toEqual(['stored', 'fp32', 'bf16', 'int8', 'int4']);
  const [stored, fp32, bf16, int8, int4] = rows;
  expect(fp32).toEqual({ ...stored, precision: 'fp32' });
  for (const [less, more] of [
    [bf16, fp32],
    [int8, bf16],
    [int4, int8],
  ] as const) {
    expect(less!.bytes).toBeLessThan(0.8 * more!.bytes);
    expect(less!.gradientDifference).toBeGreaterThan(more!.gradientDifference);
    expect(less!.gradientCosine).toBeLessThan(more!.gradientCosine);
  }
});

test('all weights are trained in float32 only, which is said before there is a folder', async () => {
  const place = { outputDir: join(folder, 'refused') };
  const plan = planSchema.parse({ precision: 'int8' });
  const refused = trainRun(
    { spec: specOf('full'), plan, pinned: new Set(['precision']), place },
    { onEvent: () => {} },
  );
  await expect(refused).rejects.toThrow(PlimsollError);
  await expect(refused).rejects.toThrow('with --method full');
  expect(() => statSync(place.outputDir)).toThrow('ENOENT');
  for (const precision of ['stored', 'fp32'] as const) {
    checkPrecision(specOf('full'), planSchema.parse({ precision }));
  }
});
