/** @file From the flags of `plimsoll plan` to the planner's answer, without ONNX Runtime. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareData } from '#data';
import { openBase } from '#models';
import { type PlannedRun, planRun, type PlanQuestion, questionOfRun, runLimit } from '#plan';
import type { Prediction, RunSpec } from '#protocol';
import { findRun } from '#runs';
import { type ModelOptions, runRequest } from './run-request.ts';
import type { GivenFlags } from './spec-from-flags.ts';

export interface PredictOptions extends ModelOptions {
  readonly memory?: number | undefined;
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

/** @throws PlimsollError for a limit that leaves no room, before anything of the model is read; for bad input */
export async function predictRun(
  given: GivenFlags,
  options: PredictOptions,
): Promise<PredictedRun> {
  const limit = runLimit(options.memory);
  const { resumeFrom, correction } = options;
  const resumed = resumeFrom === undefined ? undefined : findRun(resumeFrom).run;
  const { spec, plan, pinned, baseName } = await runRequest(given, options, resumed);
  const { ref, revision } = spec.baseModel;
  const base = await openBase(ref, revision === null ? {} : { revision });
  const asked = { spec, base, plan, pinned, limit, correction };
  const subject = { model: baseName, parameters: base.parameters, method: spec.method };
  if (spec.hyperparameters.padToMax) return answerTo({ ...asked, examples: null }, subject);
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-plan-'));
  try {
    await using data = await prepareData(spec, base.tokenizer, folder);
    return answerTo({ ...asked, examples: data.train }, subject);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function answerTo(
  run: PlannedRun,
  subject: Omit<PredictedRun['subject'], 'longest'>,
): PredictedRun {
  const question = questionOfRun(run);
  const { longest } = question;
  return { subject: { ...subject, longest }, prediction: planRun(question) };
}
