/**
 * @file From the flags that were given to a spec and a plan, as people write them. What was not
 * given comes from the preset; what neither says is left to the defaults of #protocol.
 *
 * Pure: names of models and files are taken as they are.
 */
import { fail } from '#base';
import type { PlanInput, RunSpecInput } from '#protocol';
import { flagName, SPEC_FLAGS, type SpecFlag } from './train-flags.ts';

/** A spec and a plan with anything left out. */
export interface Recipe {
  readonly spec: Partial<RunSpecInput>;
  readonly plan: PlanInput;
}

/** The value of each flag that was given, under its name: `--epochs` -> 5. */
export type GivenFlags = ReadonlyMap<string, unknown>;

/** Not checked against the schemas yet: that is for the caller, see flag-problems.ts. */
export interface Draft {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly plan: Readonly<Record<string, unknown>>;
}

/** @throws PlimsollError FLAG_MISPLACED when a flag belongs to another method, or needs another flag */
export function specFromFlags(given: GivenFlags, preset: Recipe): Draft {
  const draft: Fields = structuredClone({ spec: { ...preset.spec }, plan: { ...preset.plan } });
  clearWhatGivenFlagsReplace(draft, given);
  for (const row of SPEC_FLAGS) {
    const flag = flagName(row);
    if (!given.has(flag)) continue;
    checkMethod(row, draft);
    setField(draft, row.field, given.get(flag));
  }
  if (
    given.has('--valid-query') &&
    getField(draft, 'spec.evaluation.validData.files') === undefined
  )
    fail('FLAG_MISPLACED', {
      flag: '--valid-query',
      expected: 'with --valid-data',
      got: 'without',
    });
  fillIn(draft, given);
  return { spec: fieldsOf(draft['spec']), plan: fieldsOf(draft['plan']) };
}

type Fields = Record<string, unknown>;

/** A flag takes back what the preset says in other words of the same matter. */
function clearWhatGivenFlagsReplace(draft: Fields, given: GivenFlags): void {
  const replaced: Readonly<Record<string, string>> = {
    '--warmup-steps': 'spec.hyperparameters.warmupRatio',
    '--warmup-ratio': 'spec.hyperparameters.warmupSteps',
    '--valid-data': 'spec.evaluation.heldOutFraction',
    '--held-out': 'spec.evaluation.validData',
  };
  for (const [flag, field] of Object.entries(replaced))
    if (given.has(flag)) setField(draft, field, undefined);
  const method = given.get('--method');
  if (method !== undefined && method !== methodOf(draft)) setField(draft, 'spec.method', undefined);
}

/** `--method` stands before the flags of the methods in the table, so it is known by then. */
function checkMethod(row: SpecFlag, draft: Fields): void {
  const method = methodOf(draft);
  if (row.method === undefined || row.method === method) return;
  fail('FLAG_MISPLACED', {
    flag: flagName(row),
    expected: `with --method ${row.method}`,
    got: `with ${String(method)}`,
  });
}

function methodOf(draft: Fields): unknown {
  return getField(draft, 'spec.method.kind') ?? 'lora';
}

/** What depends on other values. */
function fillIn(draft: Fields, given: GivenFlags): void {
  if (getField(draft, 'spec.method.kind') === undefined)
    setField(draft, 'spec.method.kind', methodOf(draft));
  // Patience comes to nothing when a flag took the held-out part of the preset away.
  const held = getField(draft, 'spec.evaluation.heldOutFraction');
  const valid = getField(draft, 'spec.evaluation.validData');
  if (!given.has('--early-stopping') && !held && !valid)
    setField(draft, 'spec.evaluation.earlyStoppingPatience', undefined);
}

function getField(root: Fields, path: string): unknown {
  let value: unknown = root;
  for (const key of path.split('.')) value = fieldsOf(value)[key];
  return value;
}

/** Sets the field, making the objects on the way; `undefined` takes it away. */
function setField(root: Fields, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = root;
  for (const key of keys) {
    if (!isFields(at[key])) {
      if (value === undefined) return;
      at[key] = {};
    }
    at = fieldsOf(at[key]);
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
}

/** The object itself, or an empty one for what is none. */
function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
