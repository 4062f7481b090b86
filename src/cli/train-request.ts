/**
 * @file From the flags of `plimsoll train` to the run that #train is asked for. The preset that the
 * flags are laid over is the run to resume, or the default run, or nothing.
 */
import { resolve } from 'node:path';
import { fail } from '#base';
import type { TrainingRun } from '#protocol';
import type { TrainRequest } from '#train';
import { EXAMPLE_DATA } from './bundled.ts';
import { DEFAULT_RUN } from './default-run.ts';
import { failOnProblems } from './flag-problems.ts';
import { namedModel } from './model-choice.ts';
import { type GivenFlags, type Recipe, specFromFlags } from './spec-from-flags.ts';

export interface TrainOptions {
  readonly baseModel?: string | undefined;
  readonly revision?: string | undefined;
  readonly outputDir: string;
  readonly runDirectory?: string | undefined;
  readonly runId?: string | undefined;
  readonly resumeFrom?: string | undefined;
}

/** @throws PlimsollError FLAG_INVALID, FLAG_MISPLACED, RUN_NOT_FOUND, RUN_RECORD_DAMAGED */
export async function trainRequest(
  given: GivenFlags,
  options: TrainOptions,
): Promise<TrainRequest> {
  const { resumeFrom } = options;
  const resumed = resumeFrom === undefined ? undefined : await resumedRun(resumeFrom, options);
  const draft = specFromFlags(withWholePaths(given), presetOf(given, options, resumed));
  const { check, planSchema, runSpecSchema } = await import('#protocol');
  const model = modelOf(options, resumed);
  const data = { files: [EXAMPLE_DATA], ...Object(draft.spec['data']) };
  const spec = check(runSpecSchema, { ...draft.spec, baseModel: model.baseModel, data });
  if (spec.problems) return failOnProblems('spec', spec.problems);
  const plan = check(planSchema, draft.plan);
  if (plan.problems) return failOnProblems('plan', plan.problems);
  return {
    spec: spec.value,
    plan: plan.value,
    place: placeOf(options),
    baseName: model.name,
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
  };
}

function presetOf(
  given: GivenFlags,
  options: TrainOptions,
  resumed: TrainingRun | undefined,
): Recipe {
  if (resumed) return resumed;
  const asked = options.baseModel !== undefined || given.has('--data');
  return asked ? { spec: {}, plan: {} } : DEFAULT_RUN;
}

function modelOf({ baseModel, revision }: TrainOptions, resumed: TrainingRun | undefined) {
  const before = resumed?.spec.baseModel;
  const named = baseModel === undefined && before ? undefined : namedModel(baseModel);
  return {
    name: named?.name ?? resumed?.base_model ?? '',
    baseModel: {
      ...before,
      ...(named && { ref: named.ref }),
      ...(revision === undefined ? {} : { revision }),
    },
  };
}

/** What the run to go on with computes. It goes on in its own folder, under its own name. */
async function resumedRun(path: string, options: TrainOptions): Promise<TrainingRun> {
  const { folderOfRun, readRecord } = await import('#train');
  const folder = folderOfRun(path);
  const run = readRecord(folder);
  if (!run) throw new Error(`internal: no record in ${folder}, where one was found`);
  const { runId, runDirectory } = options;
  const other = { expected: 'without --resume-from', got: `with the run '${run.run_id}'` };
  if (runId !== undefined && runId !== run.run_id)
    return fail('FLAG_MISPLACED', { flag: '--run-id', ...other });
  if (runDirectory !== undefined && folderOfRun(runDirectory) !== folder)
    return fail('FLAG_MISPLACED', { flag: '--run-directory', ...other });
  return run;
}

function placeOf({ outputDir, runId, runDirectory }: TrainOptions): TrainRequest['place'] {
  return {
    outputDir: resolve(outputDir),
    ...(runId === undefined ? {} : { runId }),
    ...(runDirectory === undefined ? {} : { runDirectory: resolve(runDirectory) }),
  };
}

/** Files by their whole path: a run is resumed from other folders too. */
function withWholePaths(given: GivenFlags): GivenFlags {
  const whole = new Map(given);
  for (const flag of ['--data', '--valid-data']) {
    const files = given.get(flag);
    if (Array.isArray(files))
      whole.set(
        flag,
        files.map(String).map((file) => resolve(file)),
      );
  }
  return whole;
}
