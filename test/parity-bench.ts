/** @file A model with an adapter, opened for comparison: gradients, optimizer, the training loop. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AdapterSpec,
  locateTensors,
  type Model,
  modelOf,
  type Parameters,
  readAdapter,
  type TokenExample,
} from '#models';
import { planSchema } from '#protocol';
import { readSafetensorsHeader, readTensor } from '#weights';
import { readJson } from './fixtures.ts';
import { Inference } from '../src/train/inference.ts';
import { type AdamW, clipScale, createAdamW, gradientNorm } from '../src/train/optimizer.ts';
import { learningRateAt } from '../src/train/schedule.ts';
import { trainingGraphs } from '#plan';
import { TrainingProgram } from '../src/train/training-program.ts';
import { accumulateStep } from '../src/train/training-step.ts';
import { bindWeights } from '../src/train/weight-binding.ts';

export interface Bench extends AsyncDisposable {
  readonly model: Model;
  readonly parameters: Parameters;
  readonly inference: Inference;
  gradients(
    examples: readonly TokenExample[],
  ): Promise<{ loss: number; gradients: Map<string, Float32Array> }>;
  optimizer(weightDecay: number): AdamW;
  train(
    examples: readonly TokenExample[],
    order: readonly number[],
  ): Promise<{ loss: number; gradNorm: number; learningRate: number }[]>;
}

export type BenchMethod =
  { readonly method: 'full' } | { readonly method: 'adapter'; readonly adapter: string };

/** Micro-batches of 2, so that padding and masks are met; a loss chunk that divides nothing. */
const PLAN = planSchema.parse({ microBatch: 2, lossChunk: 3 });

export async function openBench(root: string, method: BenchMethod): Promise<Bench> {
  const folder = join(root, 'model');
  const model = modelOf(readJson(folder, 'config.json'), join(folder, 'config.json'));
  const { tensors } = readSafetensorsHeader(join(folder, 'model.safetensors'));
  const base = locateTensors(model, { folder, tensors });
  const { adapter, parameters } =
    method.method === 'full'
      ? { adapter: null, parameters: allWeights(base) }
      : adapterOf(join(root, method.adapter), model);
  const bind = bindWeights(base, parameters);
  const graphs = trainingGraphs(model, {
    adapter,
    dropout: 0,
    trainable: (name) => parameters.has(name),
    plan: PLAN,
  });
  const { headInput } = model;
  const program = await TrainingProgram.open({
    graphs,
    headInput,
    plan: PLAN,
    parameters,
    bind,
    spillFolder: tmpdir(),
  });
  const inference = new Inference({ model, adapter, parameters, bind, plan: PLAN });
  const virtualTokens = adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0;
  const zeros = () =>
    new Map([...parameters].map(([name, { data }]) => [name, new Float32Array(data.length)]));
  const optimizer = (weightDecay: number) =>
    createAdamW(new Map([...parameters].map(([name, { data }]) => [name, data])), {
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay,
    });

  const gradients: Bench['gradients'] = async (examples) => {
    const sums = zeros();
    const { loss } = await accumulateStep(program, examples, 0, sums, {
      model,
      plan: PLAN,
      virtualTokens,
      lossAverage: 'token',
      examplesPerStep: examples.length,
      seed: 0,
    });
    return { loss, gradients: sums };
  };

  // The settings of the recorded run: batch 1, accumulation 2, 2 epochs, linear to 0, clipped at 1.
  const train: Bench['train'] = async (examples, order) => {
    const perEpoch = Math.ceil(examples.length / 2);
    const totalSteps = (order.length / examples.length) * perEpoch;
    const adamw = optimizer(0);
    const trace = [];
    for (let step = 0; step < totalSteps; step++) {
      const epochStart = Math.floor(step / perEpoch) * examples.length;
      const from = epochStart + (step % perEpoch) * 2;
      const chosen = order.slice(from, Math.min(from + 2, epochStart + examples.length));
      const sums = zeros();
      const { loss } = await accumulateStep(
        program,
        chosen.map((i) => examples[i]!),
        step,
        sums,
        {
          model,
          plan: { ...PLAN, microBatch: 1 },
          virtualTokens,
          lossAverage: 'example',
          examplesPerStep: 2,
          seed: 0,
        },
      );
      const schedule = {
        schedule: 'linear',
        learningRate: 1e-2,
        warmupSteps: 0,
        totalSteps,
      } as const;
      const learningRate = learningRateAt(step, schedule);
      const norm = gradientNorm(sums.values());
      adamw.step(sums, learningRate, clipScale(norm, 1));
      trace.push({ loss, gradNorm: norm, learningRate });
    }
    return trace;
  };

  return {
    model,
    parameters,
    inference,
    gradients,
    optimizer,
    train,
    async [Symbol.asyncDispose]() {
      await program.close();
      await inference.close();
    },
  };
}

function allWeights(base: ReturnType<typeof locateTensors>): Parameters {
  return new Map(
    [...base].map(([name, location]) => [
      name,
      { shape: location.shape, data: readTensor(location) },
    ]),
  );
}

function adapterOf(
  folder: string,
  model: Model,
): { readonly adapter: AdapterSpec; readonly parameters: Parameters } {
  const { spec, parameters } = readAdapter(folder, model);
  return { adapter: spec, parameters };
}
