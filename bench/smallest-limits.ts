/**
 * @file The smallest limit under which the original's run finishes, and the smallest under which it is
 * still near its full speed, for each precision of the base: surviving is not yet fitting.
 */
import { cgroupsUnavailable } from '../test/cgroup.ts';
import type { BenchContext, Benchmark } from './benchmark.ts';
import { limitChart } from './limit-chart.ts';
import {
  type LimitedRun,
  limitedRun,
  outcomeOf,
  type Precision,
  PRECISIONS,
  smallestPlanned,
} from './limited-run.ts';

interface PrecisionFacts {
  readonly precision: Precision;
  /** at the smallest limit, and at the next smaller one */
  readonly smallest: LimitedRun;
  readonly below: LimitedRun;
  /** at the smallest limit with at most SLOWDOWN times the seconds a step; null: at none that was tried */
  readonly fast: LimitedRun | null;
  /** all that finished, by their limits */
  readonly runs: readonly LimitedRun[];
}

interface Facts {
  readonly free: LimitedRun;
  readonly precisions: readonly PrecisionFacts[];
}

/** What still counts as nearly full speed. */
const SLOWDOWN = 1.5;

export const smallestLimits: Benchmark<Facts> = {
  name: 'smallest-limits',
  about: `the smallest limits, MiB: to finish, and to take at most ${SLOWDOWN} times as long`,
  how:
    'The same work as in limits. To finish: the planner names the limit, rounded up to 4 MiB; a run under it ' +
    'finishes, and one under 4 MiB less is refused before it begins, unharmed. At speed: found by halving, in ' +
    'short runs, to 16 MiB, and compared with the step of fp32 without a limit. The reference needed 1,088 MiB ' +
    'to finish, at 4.2-4.9 s a step, and 512 MiB with gradient checkpointing, at 6.7-7.7 s; without a limit it ' +
    'took 2.36 s.',
  unavailable: cgroupsUnavailable,

  async measure(context) {
    const free = await run(context, null, 'fp32');
    const precisions = [];
    for (const precision of PRECISIONS) {
      precisions.push(await factsOf(context, precision, free));
    }
    return { free, precisions };
  },

  table: ({ free, precisions }) => [
    [
      'base',
      'smallest limit',
      'seconds a step',
      'times no limit',
      '4 MiB less',
      `at most ${SLOWDOWN} times`,
      'seconds a step',
    ],
    ...precisions.map(({ precision, smallest, below, fast }) => [
      precision,
      smallest.finished ? String(smallest.limit) : outcomeOf(smallest),
      smallest.stepSeconds.toFixed(2),
      (smallest.stepSeconds / free.stepSeconds).toFixed(2),
      outcomeOf(below),
      fast ? String(fast.limit) : '-',
      fast ? fast.stepSeconds.toFixed(2) : '-',
    ]),
  ],

  chart: ({ free, precisions }) =>
    limitChart(
      precisions.map(({ precision, runs }) => ({
        name: precision,
        points: runs.map(({ limit, stepSeconds }) => ({
          limit: limit!,
          slowdown: stepSeconds / free.stepSeconds,
        })),
      })),
      SLOWDOWN,
    ),
};

/** MiB between two limits of the search for the smallest, and of the one for speed. */
const FINE = 4;
const COARSE = 16;
/** MiB: nothing of the run lacks room there. */
const AMPLE = 768;
/** How far the planner's answer may be off before the search gives up. */
const TRIES = 6;
const STEPS = 4;
/** Seconds for a short run; without a limit it takes a quarter of a minute. */
const TIMEOUT = 600;

function run(context: BenchContext, limit: number | null, precision: Precision) {
  return limitedRun(context, { limit, precision, steps: context.steps ?? STEPS, timeout: TIMEOUT });
}

async function factsOf(
  context: BenchContext,
  precision: Precision,
  free: LimitedRun,
): Promise<PrecisionFacts> {
  const planned = Math.ceil((await smallestPlanned(context, precision)) / FINE) * FINE;
  const tried = new Map<number, LimitedRun>();
  const at = async (limit: number): Promise<LimitedRun> => {
    const found = tried.get(limit) ?? (await run(context, limit, precision));
    tried.set(limit, found);
    return found;
  };

  let smallest = planned;
  for (let i = 0; i < TRIES && !(await at(smallest)).finished; i++) smallest += FINE;
  for (let i = 0; i < TRIES && (await at(smallest - FINE)).finished; i++) smallest -= FINE;

  const isFast = ({ finished, stepSeconds }: LimitedRun) =>
    finished && stepSeconds <= SLOWDOWN * free.stepSeconds;
  let [low, high] = [smallest, AMPLE];
  if (isFast(await at(low))) high = low;
  while (high - low > COARSE) {
    const middle = Math.round((low + high) / 2 / COARSE) * COARSE;
    if (middle <= low || middle >= high) break;
    if (isFast(await at(middle))) high = middle;
    else low = middle;
  }
  const fast = await at(high);
  return {
    precision,
    smallest: await at(smallest),
    below: await at(smallest - FINE),
    fast: isFast(fast) ? fast : null,
    runs: [...tried.values()]
      .filter(({ finished }) => finished)
      .toSorted((a, b) => a.limit! - b.limit!),
  };
}
