/** @file What a run works with once it is opened: base, data, sessions, optimizer. */
import { trainingGraphs } from '#plan';
import type { Phase, Plan, RunSpec } from '#protocol';
import { Inference } from './inference.ts';
import { initialPart, type TrainedPart } from './method.ts';
import { type OpenedBase, openBase } from './open-base.ts';
import { type AdamW, createAdamW } from './optimizer.ts';
import { createOrder, type Order } from './order.ts';
import { type PreparedData, prepareData } from './prepare-data.ts';
import type { StepParts } from './take-step.ts';
import { TrainingProgram } from './training-program.ts';
import { bindWeights } from './weight-binding.ts';

export interface RunParts extends AsyncDisposable {
  /** with the fingerprints of what was opened written in */
  readonly spec: RunSpec;
  readonly plan: Plan;
  readonly base: OpenedBase;
  readonly data: PreparedData;
  readonly part: TrainedPart;
  readonly order: Order;
  readonly adamw: AdamW;
  readonly inference: Inference;
  /** the model as it was before training; the caller closes it */
  baseInference(): Inference;
  /** the step's parts; its sessions open at the first call */
  step(): Promise<StepParts>;
}

export async function openRunParts(
  asked: RunSpec,
  plan: Plan,
  cacheFolder: string,
  hooks: {
    phase(phase: Phase): void;
    opened(base: OpenedBase, part: TrainedPart, seconds: number): void;
  },
): Promise<RunParts> {
  const began = performance.now();
  hooks.phase('open-model');
  const { ref, revision } = asked.baseModel;
  const base = await openBase(ref, revision === null ? {} : { revision });
  const part = initialPart(asked, base);
  hooks.opened(base, part, (performance.now() - began) / 1000);
  hooks.phase('prepare-data');
  const data = await prepareData(asked, base.tokenizer, cacheFolder);
  const spec: RunSpec = {
    ...asked,
    baseModel: { ...asked.baseModel, fingerprint: base.fingerprint },
    data: { ...asked.data, fingerprint: data.fingerprint },
  };
  const { adapter, parameters } = part;
  const { hyperparameters: h } = spec;
  const bind = bindWeights(base.tensors, parameters);
  const weights = new Map([...parameters].map(([name, { data: values }]) => [name, values]));
  const adamw = createAdamW(weights, h);
  const order = createOrder({
    examples: data.train.count,
    examplesPerStep: h.batchSize * h.gradientAccumulationSteps,
    epochs: h.epochs,
    maxSteps: h.maxSteps,
    seed: h.seed,
  });
  const inference = new Inference({ model: base.model, adapter, parameters, bind, plan });
  let step: StepParts | undefined;
  return {
    spec,
    plan,
    base,
    data,
    part,
    order,
    adamw,
    inference,
    baseInference: () =>
      new Inference({
        model: base.model,
        adapter: null,
        parameters: new Map(),
        bind: bindWeights(base.tensors, new Map()),
        plan,
      }),
    async step() {
      if (step) return step;
      const graphs = trainingGraphs(base.model, {
        adapter,
        dropout: h.dropout ?? base.model.dropout,
        trainable: (name) => parameters.has(name),
        parts: plan.headsAtOnce !== null || plan.rowsAtOnce !== null,
      });
      const { headInput } = base.model;
      step = {
        model: base.model,
        program: await TrainingProgram.open({
          graphs,
          headInput,
          plan,
          parameters,
          bind,
          spillFolder: cacheFolder,
        }),
        parameters,
        gradients: new Map(
          [...weights].map(([name, values]) => [name, new Float32Array(values.length)]),
        ),
        adamw,
        order,
        exampleAt: (i) => data.train.at(i),
        hyperparameters: h,
        plan,
        virtualTokens: adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0,
      };
      return step;
    },
    async [Symbol.asyncDispose]() {
      await step?.program.close();
      await inference.close();
      await data[Symbol.asyncDispose]();
    },
  };
}
