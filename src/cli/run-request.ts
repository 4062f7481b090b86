/**
 * @file From flags to a run: what to compute, and how. What was not given comes from a preset: the run
 * to go on with, or the default run, or nothing.
 */
import { resolve } from 'node:path';
import type { Plan, RunSpec, TrainingRun } from '#protocol';
import { EXAMPLE_DATA } from './bundled.ts';
import { failOnProblems } from './flag-problems.ts';
import { namedModel } from './model-choice.ts';
import { type GivenFlags, type Recipe, specFromFlags } from './spec-from-flags.ts';
import { flagName, SPEC_FLAGS } from './train-flags.ts';

export interface RunRequest {
  readonly spec: RunSpec;
  readonly plan: Plan;
  /** what of the plan is not the planner's to choose */
  readonly pinned: ReadonlySet<keyof Plan>;
  /** how the base is called in the run's files */
  readonly baseName: string;
}

export interface ModelOptions {
  readonly baseModel?: string | undefined;
  readonly revision?: string | undefined;
}

/** What it computes, as its record has it. */
type RunToGoOnWith = Pick<TrainingRun, 'spec' | 'plan' | 'base_model'>;

/** @throws PlimsollError FLAG_INVALID, FLAG_MISPLACED */
export async function runRequest(
  given: GivenFlags,
  options: ModelOptions,
  resumed?: RunToGoOnWith,
): Promise<RunRequest> {
  const { check, DEFAULT_RUN, planSchema, runSpecSchema } = await import('#protocol');
  const asked = options.baseModel !== undefined || given.has('--data');
  const preset = resumed ?? (asked ? NO_PRESET : DEFAULT_RUN);
  const draft = specFromFlags(withWholePaths(given), preset);
  const model = modelOf(options, resumed);
  const data = { files: [EXAMPLE_DATA], ...Object(draft.spec['data']) };
  const spec = check(runSpecSchema, { ...draft.spec, baseModel: model.baseModel, data });
  if (spec.problems) return failOnProblems('spec', spec.problems);
  const plan = check(planSchema, draft.plan);
  if (plan.problems) return failOnProblems('plan', plan.problems);
  const byFlags = pinnedBy(given, plan.value, planSchema.keyof().options);
  return {
    spec: spec.value,
    plan: plan.value,
    pinned: new Set(resumed ? [...byFlags, ...KEPT_BY_A_RESUME] : byFlags),
    baseName: model.name,
  };
}

const NO_PRESET: Recipe = { spec: {}, plan: {} };

/** What changes a result by more than rounding is alike in all attempts of a run. */
const KEPT_BY_A_RESUME: readonly (keyof Plan)[] = ['precision', 'optimizerState'];

/** Those that flags set; `--precision auto` sets none. */
function pinnedBy(
  given: GivenFlags,
  plan: Plan,
  fields: readonly (keyof Plan)[],
): readonly (keyof Plan)[] {
  const rows = SPEC_FLAGS.filter((row) => given.has(flagName(row)));
  const set = fields.filter((field) => rows.some((row) => row.field === `plan.${field}`));
  return plan.precision === 'stored' ? set.filter((field) => field !== 'precision') : set;
}

function modelOf({ baseModel, revision }: ModelOptions, resumed?: RunToGoOnWith) {
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
