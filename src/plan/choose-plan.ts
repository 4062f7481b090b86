/**
 * @file The fastest plan that fits. Plans differ in how they compute, never in what; of those that fit
 * under the limit the one with the fewest estimated seconds wins, and of equals the smaller.
 */
import type { Plan } from '#protocol';
import { type Estimate, Estimator, type GraphWork } from './estimate.ts';
import type { PlanQuestion } from './question.ts';

export interface Choice {
  /** the plan asked for, with nothing changed */
  readonly asked: Estimate;
  /** null: no plan fits */
  readonly chosen: Estimate | null;
  /** the plan that takes least; null where it was not looked for */
  readonly smallest: Estimate | null;
  /** the fastest of each kind of change, for comparison */
  readonly candidates: readonly Estimate[];
}

export interface ChooseOptions {
  /** false: where the plan asked for and all its files fit, nothing else is looked at, which saves a second */
  readonly compare: boolean;
  /** of questions before, about the same base, method and dropout */
  readonly work?: GraphWork;
}

export function choosePlan(question: PlanQuestion, { compare, work }: ChooseOptions): Choice {
  const { limit, plan } = question;
  const estimator = new Estimator(question, work);
  const room = limit.bytes === null ? null : limit.bytes - limit.baseline;
  const withFiles = limit.withFiles ?? room;
  const estimate = (candidate: Plan) => estimator.estimate(candidate, withFiles);
  const asked = estimate(plan);
  // Nothing is gained by another plan where all of this one fits, its files included.
  const fits = (each: Estimate) => room === null || high(each) <= room;
  const hasFiles = withFiles === null || high(asked) + asked.fileBytes <= withFiles;
  const hasAll = fits(asked) && hasFiles;
  if (hasAll && !compare) return { asked, chosen: asked, smallest: null, candidates: [] };
  const candidates = plansBeside(question, estimator.groupsOf(plan)).map(estimate);
  const all = [asked, ...candidates];
  const smallest = all.reduce((least, each) => (high(each) < high(least) ? each : least));
  const fitting = hasAll ? [asked] : all.filter(fits);
  const fastest = fitting.reduce<Estimate | null>(
    (best, each) => (best === null || isBetter(each, best) ? each : best),
    null,
  );
  // What was asked for is not changed for a gain that is within the estimate's error.
  const keeps = fastest && fitting.includes(asked) && asked.seconds <= fastest.seconds * WORTHWHILE;
  return { asked, chosen: keeps ? asked : fastest, smallest, candidates };
}

const WORTHWHILE = 1.1;
const high = ({ interval }: Estimate): number => interval[1];

function isBetter(a: Estimate, b: Estimate): boolean {
  return a.seconds === b.seconds ? high(a) < high(b) : a.seconds < b.seconds;
}

/** Down the ladder for each precision and size of micro-batch, with what the user pinned left as it is. */
function plansBeside(
  { plan, pinned, hyperparameters: h, adapter }: PlanQuestion,
  groups: readonly string[],
): Plan[] {
  const tokens = h.sourceMaxTokens + h.targetMaxTokens;
  const examples = Math.min(
    plan.microBatch,
    h.batchSize * h.gradientAccumulationSteps,
    h.padToMax ? Math.max(1, Math.floor(plan.microBatchTokens / tokens)) : Infinity,
  );
  const microBatches = pinned.has('microBatch') ? [plan.microBatch] : halves(examples);
  const precisions =
    pinned.has('precision') || !adapter ? [plan.precision] : [plan.precision, 'bf16' as const];
  const isPinned = (knob: string) => [...pinned].some((name) => name === knob);
  const found = new Map<string, Plan>();
  for (const precision of new Set(precisions))
    for (const microBatch of microBatches)
      for (const rung of ladder(groups)) {
        const changes = Object.entries({ precision, microBatch, ...rung });
        const free = changes.filter(([key]) => !isPinned(key));
        const candidate: Plan = { ...plan, ...Object.fromEntries(free) };
        found.set(JSON.stringify(candidate), candidate);
      }
  return [...found.values()];
}

/** n, n/2, ... 1 */
function halves(n: number): number[] {
  return n <= 1 ? [1] : [n, ...halves(Math.ceil(n / 2))];
}

/**
 * From the fastest to the smallest, each knob where it gives most for its time. Blocks that come first in
 * the forward pass are computed again first: they come last in the backward pass, when the others have
 * let go of what they kept.
 */
function ladder(groups: readonly string[]): Partial<Plan>[] {
  const attention = 'recomputed';
  const whole = { attention, headsAtOnce: null, rowsAtOnce: null, spill: false } as const;
  const inParts = { attention, recompute: 'all', spill: true } as const;
  const quarter = (n: number) => groups.slice(0, Math.round((groups.length * n) / 4));
  return [
    { ...whole, recompute: 'none', lossChunk: 192 },
    { ...whole, recompute: 'none', lossChunk: 64 },
    { ...whole, recompute: quarter(1), lossChunk: 32 },
    { ...whole, recompute: quarter(2), lossChunk: 32 },
    { ...whole, recompute: quarter(3), lossChunk: 32 },
    { ...whole, recompute: 'all', lossChunk: 192 },
    { ...whole, recompute: 'all', lossChunk: 96 },
    { ...whole, recompute: 'all', lossChunk: 32 },
    { ...whole, recompute: 'all', lossChunk: 64, spill: true },
    { ...whole, recompute: 'all', lossChunk: 32, spill: true },
    { ...whole, recompute: 'all', lossChunk: 16, spill: true },
    { ...inParts, headsAtOnce: 2, rowsAtOnce: 128, lossChunk: 16 },
    { ...inParts, headsAtOnce: 1, rowsAtOnce: 32, lossChunk: 8 },
  ];
}
