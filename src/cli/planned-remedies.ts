/**
 * @file The solutions for a run of our own trainer, each asked of the planner: what it would take, and whether
 * that fits under the limit that ended the run.
 *
 * Not in the report at the end, which is to be there at once: the first takes a second, or some by the size of the
 * data; the others, which find base, data and graphs there, a few tenths.
 */
import { existsSync } from 'node:fs';
import { formatBytes, parseBytes, PlimsollError, sizeText } from '#base';
import {
  type AttemptRecord,
  orderOfPlan,
  type Plan,
  type PlanOrder,
  planOrderSchema,
  type Prediction,
  type Remedy,
  type Verdict,
} from '#protocol';
import { findRun } from '#runs';
import { fieldOf } from './client-order.ts';
import { shellWord } from './format.ts';
import { type Change, type Flags, rounding, smallerParameters } from './remedy-changes.ts';
import { openPredictor, type PredictOptions, type Predictor } from './predict-run.ts';
import { planText } from './run-text.ts';

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
  { verdict, command, memory_bytes: own }: AttemptRecord,
  folder: string,
  limit: number,
): AsyncGenerator<Remedy> {
  const { remedies, baseline_bytes: baseline } = verdict;
  const room = Math.max(limit - baseline, 0);
  // Its own limit it gets again, also where others have lowered it since.
  const memory =
    verdict.limit_origin?.kind === 'flag' ? (own ?? room) : Math.min(own ?? room, room);
  const correction = addedBefore(command) + beyondPrediction(verdict);
  const ask = (flags: Flags, under = memory) =>
    predicted(predictor, flags, { resumeFrom: folder, memory: under, correction });

  const { spec, plan } = findRun(folder).run;
  const same = await ask({});
  const other = await otherPlan(same, plan, memory, ask);
  yield samePlan(other, { folder, memory, correction });
  for (const change of [...rounding(spec, plan), ...smallerParameters(spec)]) {
    const answer = change.isAlike ? other.answer : await ask(change.flags, other.under);
    const saved = savedBy(answer, same);
    if (change.onlyIfSmaller && (saved ?? 0) < MIB) continue;
    yield changed({ change, answer, saved, memory, command });
  }
  for (const remedy of remedies.filter((each) => each.limit)) {
    const bytes = remedy.limit?.bytes ?? 0;
    const answer = await ask({}, bytes - baseline);
    yield {
      ...remedy,
      predicted_peak_bytes: answer?.predicted_peak_bytes ?? null,
      ...(remedy.retry && answer?.fits ? retryWith(answer, {}, bytes, true) : {}),
    };
  }
  yield* remedies.slice(remedies.findLastIndex((each) => each.limit) + 1);
}

interface Planned {
  readonly answer: Prediction | null;
  /** bytes under which it is the planner's choice */
  readonly under: number;
  /** whether it takes less than the plan under which the run was killed */
  readonly isLess: boolean;
}

/** Under the plan that it had it was killed: where the planner has nothing against that one, what takes least. */
async function otherPlan(
  same: Prediction | null,
  had: Plan,
  memory: number,
  ask: (flags: Flags, under: number) => Promise<Prediction | null>,
): Promise<Planned> {
  const least = same?.smallest_limit_bytes ?? null;
  if (!same || least === null || !isAlike(same.plan, had))
    return { answer: same, under: memory, isLess: true };
  if (!same.fits) return { answer: same, under: memory, isLess: false };
  const under = Math.ceil(least / MIB) * MIB;
  const answer = await ask({}, under);
  const peak = answer?.predicted_peak_bytes ?? Infinity;
  return { answer, under, isLess: peak <= same.predicted_peak_bytes - MIB };
}

function isAlike(a: Plan, b: Plan): boolean {
  return JSON.stringify(orderOfPlan(a)) === JSON.stringify(orderOfPlan(b));
}

/** Bytes that this attempt was planned to need more, since those before it did. */
function addedBefore(command: readonly string[]): number {
  const at = command.indexOf('--correction');
  const text = at === -1 ? undefined : command[at + 1];
  return text === undefined ? 0 : parseBytes(text);
}

/** What the attempt took beyond its prediction, it may take again. */
function beyondPrediction({ peak_bytes: peak, predicted_peak_bytes: said }: Verdict): number {
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

interface Had {
  readonly folder: string;
  /** bytes of its limit */
  readonly memory: number;
  readonly correction: number;
}

/** What it computes stays: the precision of the base is kept. */
function samePlan({ answer, under, isLess }: Planned, { folder, memory, correction }: Had): Remedy {
  const predicted_peak_bytes = answer?.predicted_peak_bytes ?? null;
  const retry = retryWith(answer, {}, memory, true);
  const needed = neededText(answer);
  if (!isLess) {
    const change = `the same run under another plan: none takes less than the one that it had; ${needed}`;
    return { change, lines: [], predicted_peak_bytes, ...(answer?.fits ? {} : retry) };
  }
  const how = answer ? ` (${planText(answer.plan)})` : '';
  const change = `the same run, computed in less memory${how}: ${needed}`;
  if (!answer?.fits) return { change, lines: [], predicted_peak_bytes, ...retry };
  const flags = [
    `--memory ${sizeText(Math.floor(under / MIB) * MIB)}`,
    ...(correction > 0 ? [`--correction ${sizeText(correction)}`] : []),
  ];
  const line = `plimsoll train --resume-from ${shellWord(folder)} ${flags.join(' ')}`;
  return { change, lines: [line], predicted_peak_bytes, ...retry };
}

/**
 * By the plan that the planner found, which has room for what was measured beyond a prediction: under the limit that
 * the run had, or under the smallest that will do.
 */
function retryWith(
  answer: Prediction | null,
  changes: PlanOrder,
  memory: number,
  same_result: boolean,
): Pick<Remedy, 'retry'> {
  const needed = answer?.fits ? memory : answer?.smallest_limit_bytes;
  if (!answer || typeof needed !== 'number') return {};
  const limit = Math.ceil(needed / MIB) * MIB;
  const order = { ...orderOfPlan(answer.plan), ...changes, memory: limit };
  return { retry: { order, same_result } };
}

function neededText(answer: Prediction | null): string {
  const smallest = answer?.smallest_limit_bytes ?? null;
  if (answer?.fits) return 'it fits';
  return smallest === null
    ? 'it does not fit'
    : `it does not fit; ${formatBytes(smallest)} would do`;
}

interface Answered {
  readonly change: Change;
  readonly answer: Prediction | null;
  readonly saved: number | null;
  /** bytes of the limit that the run had */
  readonly memory: number;
  readonly command: readonly string[];
}

/** Another spec is another run: it cannot go on from the checkpoint. */
function changed({ change, answer, saved, memory, command }: Answered): Remedy {
  const { flags, effect } = change;
  const words = Object.entries(flags).map(([flag, value]) => `${flag} ${value}`);
  const train = command.indexOf('train') > 0;
  const order = planOrderSchema.parse(
    Object.fromEntries(
      Object.entries(flags).map(([flag, value]) => [fieldOf(flag), value] as const),
    ),
  );
  return {
    change: `${words.join(' ')}: ${effect}; ${neededText(answer)}${savedText(saved)}`,
    lines: train ? [`${command.map(shellWord).join(' ')} ${words.join(' ')}`] : [],
    predicted_peak_bytes: answer?.predicted_peak_bytes ?? null,
    // What takes as much as before is no way out.
    ...((saved ?? 0) < MIB ? {} : retryWith(answer, order, memory, false)),
  };
}

/** Bytes. Peaks under one limit say little, since the planner fills it: the smallest limits tell what helps. */
function savedBy(answer: Prediction | null, same: Prediction | null): number | null {
  const [needs, needed] = [answer?.smallest_limit_bytes, same?.smallest_limit_bytes];
  return typeof needs === 'number' && typeof needed === 'number' ? needed - needs : null;
}

function savedText(saved: number | null): string {
  if (saved === null) return '';
  return saved < MIB
    ? '; the smallest limit that would do stays as it is'
    : `; the smallest limit that would do is ${formatBytes(saved)} less`;
}

const MIB = 2 ** 20;
