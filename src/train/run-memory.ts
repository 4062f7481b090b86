/** @file A run and its memory: what is predicted, what is refused, and what is said when it runs short. */
import { fail, formatBytes } from '#base';
import type { PreparedData } from '#data';
import type { OpenedBase } from '#models';
import { type PlanQuestion, planRun, questionOfRun } from '#plan';
import type { Plan, Prediction, PredictionItem } from '#protocol';
import type { OutOfRoom } from './memory-guard.ts';
import type { TrainRequest } from './train-request.ts';

export function predictionFor(
  request: Pick<TrainRequest, 'spec' | 'plan' | 'pinned' | 'correction'>,
  base: OpenedBase,
  data: PreparedData,
  limit: PlanQuestion['limit'],
): Prediction {
  const { spec, plan, pinned, correction } = request;
  const asked = { spec, plan, pinned, correction };
  const question = questionOfRun({ ...asked, base, examples: data.train, limit });
  return planRun(question, { compare: false });
}

/** @throws PlimsollError MEMORY_CANNOT_FIT */
export function refuseUnfit(prediction: Prediction): void {
  if (prediction.fits) return;
  fail('MEMORY_CANNOT_FIT', {
    limit: formatBytes(prediction.limit_bytes ?? 0),
    from: prediction.limit_from,
    baseline: formatBytes(prediction.baseline_bytes),
    smallest: formatBytes(prediction.smallest_limit_bytes ?? 0),
  });
}

/** What a step takes beyond what is there all the time, as predicted. */
export function stepBytes(prediction: Prediction | null): number {
  return (prediction?.items ?? [])
    .filter(({ name }) => STEP_ITEMS.has(name))
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

const STEP_ITEMS: ReadonlySet<PredictionItem['name']> = new Set([
  'activations kept',
  'largest segment at work',
  'loss chunk',
]);

/** A plan that took the place of a larger one, in words. */
export function adaptedText({ microBatch, recompute, lossChunk, spill }: Plan): string {
  const changes = [
    `at most ${microBatch} ${microBatch === 1 ? 'example' : 'examples'} at once`,
    `recompute ${typeof recompute === 'string' ? recompute : `${recompute.length} blocks`}`,
    `loss chunk ${lossChunk}`,
    ...(spill ? ['values between blocks in a file'] : []),
  ];
  return `memory is short: from here on ${changes.join(', ')}; the result is the same`;
}

/** @throws PlimsollError MEMORY_EXHAUSTED; `steps`: those that a checkpoint holds */
export function failExhausted({ needed, room }: OutOfRoom, steps: number): never {
  return fail('MEMORY_EXHAUSTED', {
    needed: formatBytes(needed),
    left: formatBytes(Math.max(0, room.bytes)),
    from: room.from,
    steps,
    kept: steps > 0,
  });
}
