/** @file What a run works with once it is opened: base, data, sessions, optimizer. */
import { prepareData, type PreparedData } from '#data';
import { type LocatedBase, type OpenedBase, openLocatedBase, type TokenExample } from '#models';
import { createOrder, type Order, type TrainingGraphs } from '#plan';
import type { Phase, Plan, RunSpec } from '#protocol';
import { join } from 'node:path';
import { answeringGuard, type FirstThatFit } from './answering-guard.ts';
import { type BaseWeights, baseWeights } from './base-precision.ts';
import { BufferPool } from './buffer-pool.ts';
import { freeBuffer } from './free-buffer.ts';
import { Inference } from './inference.ts';
import { initialPart, type TrainedPart } from './method.ts';
import type { Room } from './memory-guard.ts';
import { openProgram, programGraphs } from './open-program.ts';
import { type AdamW, createAdamW } from './optimizer.ts';
import { differenceOf, measure, type PrecisionDifference } from './precision-difference.ts';
import type { StepParts } from './take-step.ts';
import { bindWeights, storagesOf } from './weight-binding.ts';

export interface RunParts extends AsyncDisposable {
  /** with the fingerprints of what was opened written in */
  readonly spec: RunSpec;
  readonly plan: Plan;
  readonly base: OpenedBase;
  /** the base's weights in the plan's precision */
  readonly weights: BaseWeights;
  readonly data: PreparedData;
  readonly part: TrainedPart;
  readonly order: Order;
  readonly adamw: AdamW;
  readonly inference: Inference;
  /** the model as it was before training; the caller closes it */
  baseInference(): Inference;
  /** how many examples the models answer at once; `budget`: bytes of the most that may be */
  answeringGuard(budget: number): FirstThatFit;
  /** Gives the memory of the step's values back until the next one. */
  rest(): void;
  /** the step's parts; its sessions open at the first call */
  step(): Promise<StepParts>;
  /** what the plan's precision changes on the first example's beginning; null where it changes nothing */
  precisionDifference(): Promise<PrecisionDifference | null>;
}

export async function openRunParts(
  asked: RunSpec,
  located: LocatedBase,
  cacheFolder: string,
  hooks: {
    phase(phase: Phase): void;
    opened(base: OpenedBase, part: TrainedPart, seconds: number): void;
    /** chooses the plan, once the data is known and before anything large is opened */
    plan(base: OpenedBase, data: PreparedData): Plan;
    /** what limits leave to this process */
    readonly room: () => Room;
    adapted(plan: Plan): void;
  },
): Promise<RunParts> {
  const began = performance.now();
  hooks.phase('open-model');
  const base = await openLocatedBase(located);
  const part = initialPart(asked, base);
  hooks.opened(base, part, (performance.now() - began) / 1000);
  hooks.phase('prepare-data');
  const data = await prepareData(asked, base.tokenizer, cacheFolder);
  const plan = hooks.plan(base, data);
  const stored = baseWeights(base, part.adapter === null ? 'stored' : plan.precision, {
    otherFolder: join(cacheFolder, 'weights'),
    onConvert: () => hooks.phase('convert-weights'),
  });
  const spec: RunSpec = {
    ...asked,
    baseModel: { ...asked.baseModel, fingerprint: base.fingerprint },
    data: { ...asked.data, fingerprint: data.fingerprint },
  };
  const { adapter, parameters } = part;
  const { hyperparameters: h } = spec;
  const bind = bindWeights(stored.tensors, parameters);
  const weights = new Map([...parameters].map(([name, { data: values }]) => [name, values]));
  const adamw = createAdamW(weights, { ...h, storage: plan.optimizerState });
  const order = createOrder({
    examples: data.train.count,
    examplesPerStep: h.batchSize * h.gradientAccumulationSteps,
    epochs: h.epochs,
    maxSteps: h.maxSteps,
    seed: h.seed,
  });
  const inference = new Inference({ model: base.model, adapter, parameters, bind, plan });
  const pool = new BufferPool();
  const programParts = {
    model: base.model,
    tensors: stored.tensors,
    part,
    dropout: h.dropout ?? base.model.dropout,
    plan,
    spillFolder: cacheFolder,
    pool,
    room: hooks.room,
    onAdapt: (now: Plan) => hooks.adapted(now),
  };
  let derived: TrainingGraphs | undefined;
  const graphs = () => (derived ??= programGraphs(programParts));
  const settings = {
    model: base.model,
    parameters,
    hyperparameters: h,
    plan,
    virtualTokens: adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0,
  };
  let step: StepParts | undefined;
  const openStep = async (): Promise<StepParts> => {
    step ??= {
      ...settings,
      program: await openProgram({ ...programParts, graphs: graphs() }),
      gradients: new Map(
        [...weights].map(([name, values]) => [name, new Float32Array(values.length)]),
      ),
      adamw,
      order,
      exampleAt: (i) => data.train.at(i),
    };
    return step;
  };
  return {
    spec,
    plan,
    base,
    weights: stored,
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
        bind: bindWeights(stored.tensors, new Map()),
        plan,
      }),
    answeringGuard: (budget) => {
      const subject = {
        model: base.model,
        adapter,
        storageOf: storagesOf(stored.tensors, parameters),
      };
      return answeringGuard(subject, plan, hooks.room, budget);
    },
    rest: () => pool.reset(),
    step: openStep,
    async precisionDifference() {
      if (stored.file === null || plan.precision === 'fp32') return null;
      const examples = [beginningOf(data.train.at(order.at(0).examples[0]!))];
      const original = await openProgram({
        ...programParts,
        graphs: graphs(),
        tensors: base.tensors,
        passing: true,
      });
      const unpadded = { ...settings, hyperparameters: { ...h, padToMax: false } };
      const before = await measure(original, examples, unpadded);
      await original.close();
      const { program, gradients } = await openStep();
      const after = await measure(program, examples, unpadded, gradients);
      const difference = differenceOf(before, after);
      const buffers = [...before.gradients.values()].map(({ buffer }) => buffer);
      for (const buffer of new Set(buffers)) freeBuffer(buffer);
      return difference;
    },
    async [Symbol.asyncDispose]() {
      await step?.program.close();
      await inference.close();
      await data[Symbol.asyncDispose]();
    },
  };
}

/**
 * Tokens, of source and target each, that tell what a precision changes: under a small limit the stored
 * weights are read from the disk for it twice, and a whole example of 384 would take as long as a step.
 */
const COMPARED_TOKENS = 128;

function beginningOf({ source, target }: TokenExample): TokenExample {
  return { source: firstTokens(source), target: firstTokens(target) };
}

function firstTokens(tokens: ArrayLike<number>): number[] {
  return Array.from(tokens).slice(0, COMPARED_TOKENS);
}
