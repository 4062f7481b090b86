/**
 * @file The solutions for a run of our own trainer, each asked of the planner: what it would take, and whether
 * that fits under the limit that ended the run.
 *
 * Not in the report at the end, which is to be there at once: the first takes a second, or some by the size of the
 * data; the others, which find base, data and graphs there, a few tenths.
 */
import { existsSync } from 'node:fs';
import { formatBytes, PlimsollError, sizeText } from '#base';
import type { AttemptRecord, Prediction, Remedy, RunSpec, Verdict } from '#protocol';
import { findRun } from '#runs';
import { shellWord } from './format.ts';
import { openPredictor, type PredictOptions, type Predictor } from './predict-run.ts';

/** One by one, as each is known. As they are where the run is none of ours, or its folder is gone. */
export async function* plannedRemedies(record: AttemptRecord): AsyncGenerator<Remedy> {
  const { run_folder: folder, remedies, limit_bytes: limit } = record.verdict;
  if (folder === null || limit === null || remedies.length === 0 || !existsSync(folder)) {
    yield* remedies;
    return;
  }
  await using predictor = openPredictor();
  yield* answers(predictor, record, folder, limit);
}

async function* answers(
  predictor: Predictor,
  { verdict, command }: AttemptRecord,
  folder: string,
  limit: number,
): AsyncGenerator<Remedy> {
  const { remedies, baseline_bytes: baseline } = verdict;
  const memory = Math.max(limit - baseline, 0);
  const correction = correctionOf(verdict);
  const ask = (flags: Flags, under = memory) =>
    predicted(predictor, flags, { resumeFrom: folder, memory: under, correction });

  const same = await ask({});
  yield samePlan(same, folder, memory, correction);
  for (const change of smallerParameters(findRun(folder).run.spec)) {
    yield changed(change, change.isAlike ? same : await ask(change.flags), same, command);
  }
  for (const remedy of remedies.filter((each) => each.limit)) {
    const answer = await ask({}, (remedy.limit?.bytes ?? 0) - baseline);
    yield { ...remedy, predicted_peak_bytes: answer?.predicted_peak_bytes ?? null };
  }
  yield* remedies.slice(remedies.findLastIndex((each) => each.limit) + 1);
}

type Flags = Readonly<Record<string, number>>;

/** What the attempt took beyond its prediction, it may take again. */
function correctionOf({ peak_bytes: peak, predicted_peak_bytes: said }: Verdict): number {
  return peak === null || said === null ? 0 : Math.max(peak - said, 0);
}

/** Null where the limit leaves no room for any run, or the run's data or model are gone. */
async function predicted(
  predictor: Predictor,
  flags: Flags,
  options: PredictOptions,
): Promise<Prediction | null> {
  try {
    const { prediction } = await predictor.ask(new Map(Object.entries(flags)), options);
    return prediction;
  } catch (error) {
    if (error instanceof PlimsollError) return null;
    throw error;
  }
}

function samePlan(
  answer: Prediction | null,
  folder: string,
  memory: number,
  correction: number,
): Remedy {
  if (!answer?.fits) {
    const change = `the same run under another plan: ${neededText(answer)}`;
    return { change, lines: [], predicted_peak_bytes: answer?.predicted_peak_bytes ?? null };
  }
  const under = sizeText(Math.floor(memory / MIB) * MIB);
  const flags = [
    `--memory ${under}`,
    ...(correction > 0 ? [`--correction ${sizeText(correction)}`] : []),
  ];
  return {
    change: 'the same run, computed in less memory, from its last checkpoint on: it fits',
    lines: [`plimsoll train --resume-from ${shellWord(folder)} ${flags.join(' ')}`],
    predicted_peak_bytes: answer.predicted_peak_bytes,
  };
}

function neededText(answer: Prediction | null): string {
  const smallest = answer?.smallest_limit_bytes ?? null;
  if (answer?.fits) return 'it fits';
  return smallest === null
    ? 'it does not fit'
    : `it does not fit; ${formatBytes(smallest)} would do`;
}

interface Change {
  readonly flags: Flags;
  /** what it does, and what it does not */
  readonly effect: string;
  /** whether it takes as much as the run itself: steps are what they are, however many */
  readonly isAlike?: true;
}

/** The original's three, and lengths; only what makes this run smaller. */
function smallerParameters({ data, hyperparameters: h }: RunSpec): Change[] {
  return [
    ...(h.batchSize > 1
      ? [
          {
            flags: { '--batch-size': half(h.batchSize) },
            effect: 'fewer examples a step; the planner splits batches anyway',
          },
        ]
      : []),
    {
      flags: {
        '--source-max-tokens': half(h.sourceMaxTokens),
        '--target-max-tokens': half(h.targetMaxTokens),
      },
      effect: 'longer examples are cut',
    },
    ...(data.maxSamples === null || data.maxSamples > FEW_SAMPLES
      ? [
          {
            flags: { '--max-samples': FEW_SAMPLES },
            effect:
              'less to learn from; examples lie on disk, so they save memory only by being shorter',
          },
        ]
      : []),
    ...(h.epochs > 1
      ? [{ flags: { '--epochs': 1 }, effect: 'saves time and no memory', isAlike: true as const }]
      : []),
  ];
}

const half = (count: number): number => Math.ceil(count / 2);
/** As the advice was that this one comes from: 200 instead of 2000. */
const FEW_SAMPLES = 200;

/** Another spec is another run: it cannot go on from the checkpoint. */
function changed(
  { flags, effect }: Change,
  answer: Prediction | null,
  same: Prediction | null,
  command: readonly string[],
): Remedy {
  const words = Object.entries(flags).map(([flag, value]) => `${flag} ${value}`);
  const train = command.indexOf('train') > 0;
  return {
    change: `${words.join(' ')}: ${effect}; ${neededText(answer)}${savedText(answer, same)}`,
    lines: train ? [`${command.map(shellWord).join(' ')} ${words.join(' ')}`] : [],
    predicted_peak_bytes: answer?.predicted_peak_bytes ?? null,
  };
}

/** Peaks under one limit say little, since the planner fills it: the smallest limits tell what helps. */
function savedText(answer: Prediction | null, same: Prediction | null): string {
  const [needs, needed] = [answer?.smallest_limit_bytes, same?.smallest_limit_bytes];
  if (typeof needs !== 'number' || typeof needed !== 'number') return '';
  const saved = needed - needs;
  return saved < MIB
    ? '; the smallest limit that would do stays as it is'
    : `; the smallest limit that would do is ${formatBytes(saved)} less`;
}

const MIB = 2 ** 20;
