/** @file The planner's answer in full: what is predicted, whether it fits, and what else would do. */
import type { Plan, Prediction } from '#protocol';
import { choosePlan, type Choice, type ChooseOptions } from './choose-plan.ts';
import type { Estimate } from './estimate.ts';
import type { PlanQuestion } from './question.ts';

/** Plans the run: the plan asked for where it fits, else the fastest that does. */
export function planRun(
  question: PlanQuestion,
  options: ChooseOptions = { compare: true },
): Prediction {
  const choice = choosePlan(question, options);
  const { asked, chosen, smallest } = choice;
  const shown = chosen ?? smallest ?? asked;
  const { limit } = question;
  return {
    answer: chosen === null ? 'cannot-fit' : chosen === asked ? 'fits' : 'fits-with-this-plan',
    fits: chosen !== null,
    predicted_peak_bytes: limit.baseline + shown.peakBytes,
    interval_bytes: [limit.baseline + shown.interval[0], limit.baseline + shown.interval[1]],
    limit_bytes: limit.bytes,
    limit_from: limit.from,
    baseline_bytes: limit.baseline,
    smallest_limit_bytes: smallest && limit.baseline + smallest.interval[1],
    plan: shown.plan,
    items: [...shown.items],
    step: shown.step.moments.map(({ label, values, session }) => ({
      label,
      bytes: Math.round(
        shown.peakBytes - shown.step.touched - shown.step.session.session + values + session,
      ),
      values_bytes: Math.round(values),
      session_bytes: Math.round(session),
    })),
    alternatives: alternatives(choice, shown, limit.baseline),
  };
}

/** For each knob: the fastest plan that turns it alone, with what it would take. */
function alternatives(
  { candidates, asked }: Choice,
  shown: Estimate,
  baseline: number,
): Prediction['alternatives'] {
  const found = new Map<string, Estimate>();
  for (const each of [asked, ...candidates]) {
    const change = changeOf(each.plan, shown.plan);
    const known = change === null ? undefined : found.get(change);
    if (change !== null && (!known || each.seconds < known.seconds)) found.set(change, each);
  }
  return [...found]
    .map(([change, each]) => ({
      change,
      plan: each.plan,
      predicted_peak_bytes: baseline + each.peakBytes,
      smallest_limit_bytes: baseline + each.interval[1],
      relative_time: each.seconds / shown.seconds,
    }))
    .toSorted((a, b) => a.relative_time - b.relative_time);
}

function baseIn({ precision }: Plan): string {
  return precision === 'stored' ? 'base as it is stored' : `base in ${precision}`;
}

/** In words, if one knob differs; null if none or several do. */
function changeOf(plan: Plan, from: Plan): string | null {
  const inParts =
    plan.headsAtOnce === null
      ? 'whole blocks'
      : `${plan.headsAtOnce} heads and ${plan.rowsAtOnce} rows at once`;
  const recompute =
    typeof plan.recompute === 'string' ? plan.recompute : `${plan.recompute.length} blocks`;
  const changes = [
    plan.precision === from.precision ? null : baseIn(plan),
    plan.microBatch === from.microBatch ? null : `micro-batches of ${plan.microBatch}`,
    plan.lossChunk === from.lossChunk ? null : `loss chunk ${plan.lossChunk}`,
    plan.headsAtOnce === from.headsAtOnce && plan.rowsAtOnce === from.rowsAtOnce ? null : inParts,
    plan.attention === from.attention ? null : `attention ${plan.attention}`,
    String(plan.recompute) === String(from.recompute) ? null : `recompute ${recompute}`,
    plan.spill === from.spill ? null : plan.spill ? 'spill to a file' : 'no spilling',
  ].filter((change) => change !== null);
  return changes.length === 1 ? changes[0]! : null;
}
