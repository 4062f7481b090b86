/** @file From the flags of `plimsoll plan` to the planner's answer, without ONNX Runtime. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PreparedData, prepareData } from '#data';
import { openBase, type OpenedBase } from '#models';
import { noGraphWork, planRun, type PlanQuestion, questionOfRun, runLimit } from '#plan';
import type { Prediction, RunSpec } from '#protocol';
import { findRun } from '#runs';
import { type ModelOptions, runRequest } from './run-request.ts';
import type { GivenFlags } from './spec-from-flags.ts';

export interface PredictOptions extends ModelOptions {
  readonly memory?: number | undefined;
  readonly shareOf?: number | undefined;
  readonly correction?: number | undefined;
  readonly resumeFrom?: string | undefined;
}

/** What is predicted of which run. */
export interface PredictedRun {
  readonly subject: {
    readonly model: string;
    readonly parameters: number;
    readonly method: RunSpec['method'];
    readonly longest: PlanQuestion['longest'];
  };
  readonly prediction: Prediction;
}

/** Answers several questions: what one of them needed is there for the next. */
export interface Predictor extends AsyncDisposable {
  /** @throws PlimsollError for a limit that leaves no room, before anything of the model is read; for bad input */
  ask(given: GivenFlags, options: PredictOptions): Promise<PredictedRun>;
}

/** @throws PlimsollError as {@link Predictor.ask} does */
export async function predictRun(
  given: GivenFlags,
  options: PredictOptions,
): Promise<PredictedRun> {
  await using predictor = openPredictor();
  return await predictor.ask(given, options);
}

export function openPredictor(): Predictor {
  const bases = kept<OpenedBase>();
  const sets = kept<PreparedData>();
  const works = kept<ReturnType<typeof noGraphWork>>();
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-plan-'));
  return {
    async ask(given, options) {
      const limit = runLimit(options);
      const { resumeFrom, correction } = options;
      const resumed = resumeFrom === undefined ? undefined : findRun(resumeFrom).run;
      const { spec, plan, pinned, baseName } = await runRequest(given, options, resumed);
      const { baseModel, method, hyperparameters: h } = spec;
      const { ref, revision } = baseModel;
      const base = await bases(baseModel, () =>
        openBase(ref, revision === null ? {} : { revision }),
      );
      const data = h.padToMax
        ? null
        : await sets(
            [baseModel, spec.data, spec.evaluation, h.sourceMaxTokens, h.targetMaxTokens, h.seed],
            () => prepareData(spec, base.tokenizer, mkdtempSync(join(folder, 'data-'))),
          );
      const examples = data && data.train;
      const asked = { spec, base, plan, pinned, limit, correction, examples };
      const question = questionOfRun(asked);
      const work = await works([baseModel, method, h.dropout], noGraphWork);
      const prediction = planRun(question, { compare: true, work });
      const { longest } = question;
      return {
        subject: { model: baseName, parameters: base.parameters, method, longest },
        prediction,
      };
    },
    async [Symbol.asyncDispose]() {
      for (const data of sets.all()) await data[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What was made for a key is there when the same is asked for again. */
function kept<T>() {
  const values = new Map<string, T>();
  const get = async (key: unknown, make: () => T | Promise<T>): Promise<T> => {
    const name = JSON.stringify(key);
    const known = values.get(name);
    if (known !== undefined) return known;
    const made = await make();
    values.set(name, made);
    return made;
  };
  return Object.assign(get, { all: () => [...values.values()] });
}
