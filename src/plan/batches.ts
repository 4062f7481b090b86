/**
 * @file The largest micro-batches that a run can come to: what has to fit. Which examples meet in a
 * micro-batch is micro-batches.ts's to say; here are the bounds that it keeps to.
 */
import type { Model, TokenExample } from '#models';
import type { Plan, RunSpec } from '#protocol';
import type { BatchLengths, PlanQuestion } from './question.ts';
import type { BatchShape } from './step-memory.ts';

interface BatchLimits {
  readonly model: Model;
  readonly virtualTokens: number;
  readonly hyperparameters: Pick<
    RunSpec['hyperparameters'],
    'batchSize' | 'gradientAccumulationSteps' | 'padToMax' | 'sourceMaxTokens' | 'targetMaxTokens'
  >;
  readonly longest: { readonly source: number; readonly target: number };
  readonly batchLengths: PlanQuestion['batchLengths'];
  readonly plan: Pick<Plan, 'microBatch' | 'microBatchTokens'>;
}

/**
 * One example at its longest; as many of the longest as the plan's tokens allow; and as many examples as
 * it allows, with the longest sources, and with the longest targets, that leave them within its tokens.
 */
export function largestBatches(limits: BatchLimits): BatchShape[] {
  const { hyperparameters: h, plan } = limits;
  const longest = h.padToMax
    ? { source: h.sourceMaxTokens, target: h.targetMaxTokens }
    : limits.longest;
  if (limits.batchLengths && !h.padToMax) {
    return largest(limits.batchLengths(plan)).map(({ size, source, target }) =>
      shapeOf(limits, size, source, target),
    );
  }
  const most = Math.min(plan.microBatch, h.batchSize * h.gradientAccumulationSteps);
  const shapes = new Map<string, BatchShape>();
  const add = (size: number, source: number, target: number) => {
    if (source < 1 || target < 1) return;
    shapes.set(`${size} ${source} ${target}`, shapeOf(limits, size, source, target));
  };
  add(1, longest.source, longest.target);
  const whole = Math.floor(plan.microBatchTokens / (longest.source + longest.target));
  add(Math.min(most, Math.max(1, whole)), longest.source, longest.target);
  const tokens = Math.floor(plan.microBatchTokens / most);
  if (most > 1 && !h.padToMax) {
    const source = Math.min(longest.source, tokens - 1);
    const target = Math.min(longest.target, tokens - 1);
    add(most, source, Math.min(target, tokens - source));
    add(most, Math.min(source, tokens - target), target);
  }
  return [...shapes.values()];
}

/** Those of which one can take most: the longest, and those with the most positions and scores. */
function largest(batches: readonly BatchLengths[]): BatchLengths[] {
  const measures: ((batch: BatchLengths) => number)[] = [
    ({ size, source, target }) => size * (source + target),
    ({ size, target }) => size * target,
    ({ size, source, target }) => size * (source * source + target * target + source * target),
  ];
  const most = measures.map((measure) =>
    batches.reduce((best, each) => (measure(each) > measure(best) ? each : best)),
  );
  return [...new Set(most)];
}

function shapeOf(
  { model, virtualTokens }: BatchLimits,
  size: number,
  source: number,
  target: number,
): BatchShape {
  const example: TokenExample = {
    source: new Int32Array(source),
    target: new Int32Array(target),
  };
  const { feeds } = model.batch(
    Array.from({ length: size }, () => example),
    { virtualTokens },
  );
  return {
    size,
    feeds: Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape])),
    positions: size * target,
    tokens: size * (source + target),
  };
}
