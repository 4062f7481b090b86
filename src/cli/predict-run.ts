/** @file From the flags of `plimsoll plan` to the planner's answer, without ONNX Runtime. */
import { withTokens } from '#data';
import { openBase } from '#models';
import { planRun, type PlanQuestion, questionOfRun, runLimit } from '#plan';
import type { Prediction, RunSpec } from '#protocol';
import type { Tokenizer } from '#weights';
import { type ModelOptions, runRequest } from './run-request.ts';
import type { GivenFlags } from './spec-from-flags.ts';

export interface PredictOptions extends ModelOptions {
  readonly memory?: number | undefined;
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

/** @throws PlimsollError for a limit that leaves no room, before anything of the model is read; for bad input */
export async function predictRun(
  given: GivenFlags,
  options: PredictOptions,
): Promise<PredictedRun> {
  const limit = runLimit(options.memory);
  const { spec, plan, pinned, baseName } = await runRequest(given, options);
  const { ref, revision } = spec.baseModel;
  const base = await openBase(ref, revision === null ? {} : { revision });
  const longest = await longestExample(spec, base.tokenizer);
  const prediction = planRun(questionOfRun({ spec, base, plan, pinned, longest, limit }));
  const { parameters } = base;
  return { subject: { model: baseName, parameters, method: spec.method, longest }, prediction };
}

async function longestExample(
  { data, hyperparameters }: RunSpec,
  tokenizer: Tokenizer,
): Promise<PlanQuestion['longest']> {
  const { padToMax, sourceMaxTokens, targetMaxTokens } = hyperparameters;
  if (padToMax) return { source: sourceMaxTokens, target: targetMaxTokens };
  const { maxSamples } = data;
  const examples = { data, maxSamples, sourceMaxTokens, targetMaxTokens };
  return await withTokens(tokenizer, examples, ({ stats }) =>
    Promise.resolve({ source: stats.longestSource, target: stats.longestTarget }),
  );
}
