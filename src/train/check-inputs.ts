/**
 * @file What a run needs from outside, looked at before anything is made for it: a run that could not have
 * begun leaves no folder behind.
 */
import { checkExamples } from '#data';
import { locateBase, type LocatedBase } from '#models';
import { adapterOf } from '#plan';
import type { Plan, RunSpec } from '#protocol';
import { checkPrecision } from './base-precision.ts';

/**
 * The base of the run, where it lies. The hub is asked last, for that can take long.
 *
 * @throws PlimsollError PRECISION_NEEDS_FROZEN_BASE, DATA_*, ADAPTER_TARGET_UNKNOWN, and for a base that
 *   cannot be reached or is damaged
 */
export async function checkInputs(spec: RunSpec, plan: Plan): Promise<LocatedBase> {
  checkPrecision(spec, plan);
  await checkExamples(spec.data);
  const { validData } = spec.evaluation;
  if (validData !== null) await checkExamples(validData);
  const { ref, revision } = spec.baseModel;
  const base = await locateBase(ref, revision === null ? {} : { revision });
  adapterOf(spec.method, base.model);
  return base;
}
