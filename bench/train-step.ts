/**
 * @file Seconds of an optimizer step at flan-t5-small's size: LoRA r 16 on q and v, fp32, two
 * examples of exactly the given source and target tokens.
 *
 * With --reference its fastest BLAS set-up is looked for first. Then the two sides take turns, process by
 * process, so that the machine's noise hits both. A side's figure is its best round's: the same number of
 * tries on both sides.
 */
import {
  type Benchmark,
  type BenchContext,
  type Way,
  waysOf,
  type Work,
  WORKS,
} from './benchmark.ts';
import { plimsollTraining } from './plimsoll.ts';
import { type BlasSetup, blasSetups, referenceTraining, versionsOf } from './reference.ts';
import { percent, showSeconds, summarize, type Summary } from './statistics.ts';
import { runTraining, type TrainingFacts } from './training.ts';

interface Round {
  readonly side: 'ours' | 'reference';
  /** the reference's BLAS set-up */
  readonly setup: string | null;
  readonly summary: Summary;
  readonly losses: readonly number[];
  /** share of the cores that other work took: a round with much of it proves nothing */
  readonly otherWork: number;
}

interface WorkFacts {
  readonly work: string;
  readonly ours: Round;
  readonly reference: Round | null;
  /** ours / reference, of the medians of the best rounds */
  readonly ratio: number | null;
  /** the same of each round, ascending */
  readonly ratios: readonly number[];
  readonly rounds: readonly Round[];
  /** reference set-ups that computed something else than the others, or crashed */
  readonly rejected: readonly string[];
}

interface Facts {
  readonly works: readonly WorkFacts[];
  /** what the reference ran on */
  readonly versions: unknown;
}

export const trainStep: Benchmark<Facts> = {
  name: 'train-step',
  about: 'seconds of an optimizer step (best round)',
  how:
    "flan-t5-small's shape, LoRA r 16 on q and v, fp32, 2 threads; two examples a step, of exactly the given " +
    'tokens; a flag beside them trades memory for speed. The fastest of the reference’s BLAS set-ups is looked for ' +
    'first; then the sides take turns, process by process, and the best round of each counts. The first step of a ' +
    'process is not counted.',

  async measure(context) {
    const works: WorkFacts[] = [];
    let versions: unknown = null;
    for (const work of WORKS) {
      const ways = waysOf(work);
      const ours = ways.map((): Round[] => []);
      const theirs: Round[] = [];
      const found = context.reference ? await fastestSetup(context, work) : null;
      versions ??= found?.versions ?? null;
      for (let i = 0; i < context.rounds; i++) {
        for (const [way, rounds] of ours.entries()) {
          rounds.push(await ourRound(context, work, ways[way]!));
        }
        if (found) theirs.push((await referenceRound(context, work, found.setup)).round);
      }
      for (const [way, rounds] of ours.entries()) {
        works.push(compare(ways[way]!.name, rounds, theirs, found?.rejected ?? []));
      }
    }
    return { works, versions };
  },

  table: ({ works }) => [
    [
      'source/target',
      'ours min / median',
      'reference min / median',
      'ratio',
      'of each round',
      'BLAS set-up',
      'other work',
    ],
    ...works.map(({ work, ours, reference, ratio, ratios }) => [
      work,
      showSeconds(ours.summary),
      reference ? showSeconds(reference.summary) : '-',
      ratio?.toFixed(2) ?? '-',
      ratios.length === 0 ? '-' : `${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}`,
      reference?.setup ?? '-',
      [ours, reference].map((round) => (round ? percent(round.otherWork) : '-')).join(' / '),
    ]),
  ],
};

async function ourRound(context: BenchContext, work: Work, way: Way): Promise<Round> {
  const { knobs } = way;
  const facts = await runTraining(await plimsollTraining({ ...context, ...work, knobs }));
  return roundOf(context, way.name, facts, null);
}

async function referenceRound(
  context: BenchContext,
  work: Work,
  setup: BlasSetup,
): Promise<{ round: Round; versions: unknown }> {
  const facts = await runTraining(referenceTraining({ ...context, ...work, setup }));
  return { round: roundOf(context, work.name, facts, setup.name), versions: versionsOf(facts) };
}

function roundOf(
  context: BenchContext,
  work: string,
  { stepSeconds, losses, otherWork }: TrainingFacts,
  setup: string | null,
): Round {
  const summary = summarize(stepSeconds);
  const side = setup === null ? 'ours' : 'reference';
  const others = `other work took ${percent(otherWork)} of the cores`;
  context.say(`${work} ${side}${setup ? `, ${setup}` : ''}: ${showSeconds(summary)} s (${others})`);
  return { side, setup, summary, losses, otherWork };
}

/** That of one round each; one that computes something else than the others, or crashes, is none. */
async function fastestSetup(context: BenchContext, work: Work): Promise<Found> {
  const tried: { readonly setup: BlasSetup; readonly round: Round }[] = [];
  const rejected: string[] = [];
  let versions: unknown = null;
  for (const setup of blasSetups()) {
    try {
      const facts = await referenceRound(context, work, setup);
      tried.push({ setup, round: facts.round });
      versions = facts.versions;
    } catch (error) {
      // An old BLAS may crash in kernels made for processors that it does not know.
      rejected.push(`${setup.name}: ${String(error)}`);
    }
  }
  const all = tried.map(({ round }) => round);
  const right = tried.filter(({ setup, round }) => {
    if (agrees(round, all)) return true;
    rejected.push(`${setup.name}: losses unlike the others'`);
    return false;
  });
  const [fastest] = right.toSorted((a, b) => medianOf(a.round) - medianOf(b.round));
  if (!fastest) throw new Error(`no BLAS set-up of the reference works: ${rejected.join('; ')}`);
  return { setup: fastest.setup, versions, rejected };
}

interface Found {
  readonly setup: BlasSetup;
  readonly versions: unknown;
  readonly rejected: readonly string[];
}

function compare(
  work: string,
  rounds: readonly Round[],
  theirs: readonly Round[],
  rejected: readonly string[],
): WorkFacts {
  const [ours, reference] = [best(rounds), best(theirs)];
  if (!ours) throw new Error('internal: no round of ours');
  const ratios = rounds.flatMap((round, i) =>
    theirs[i] ? [medianOf(round) / medianOf(theirs[i])] : [],
  );
  return {
    work,
    ours,
    reference,
    ratio: reference && medianOf(ours) / medianOf(reference),
    ratios: ratios.toSorted((a, b) => a - b),
    rounds: [...rounds, ...theirs],
    rejected,
  };
}

function best(rounds: readonly Round[]): Round | null {
  return rounds.toSorted((a, b) => medianOf(a) - medianOf(b))[0] ?? null;
}

function medianOf({ summary }: Round): number {
  return summary.median;
}

/** Same seed, same work: every set-up must report the losses that most of them do. */
function agrees(round: Round, all: readonly Round[]): boolean {
  return round.losses.every((loss, step) => {
    const { median } = summarize(all.map(({ losses }) => losses[step] ?? Number.NaN));
    return Math.abs(loss - median) <= LOSS_TOLERANCE * median;
  });
}

/** Rounding differs by 1e-6; a kernel that computes wrong is off by far more. */
const LOSS_TOLERANCE = 1e-3;
