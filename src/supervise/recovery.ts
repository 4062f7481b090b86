/**
 * @file A run of any command: attempts, one after the other, as its policy says; each with a record, and
 * what it took kept for the next run.
 */
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatBytes } from '#base';
import { availableBytes } from '#kernel';
import type { AttemptRecord, Prediction, RecoveryPolicy } from '#protocol';
import { planResumption } from './ask-planner.ts';
import { summaryOf } from './attempt-summary.ts';
import { type AttemptRequest, type Outcome, superviseAttempt } from './attempt.ts';
import { findCommand } from './command.ts';
import { pastRuns, rememberEnd } from './history.ts';
import { type Command, type FilledRung, rungText } from './ladder.ts';
import { expectedPeak, firstRung, type PastRun, warningFor } from './past-runs.ts';
import { type Next, nextAttempt, type Tried } from './recovery-policy.ts';
import { resumeCommand } from './resume-command.ts';
import { type TrainerFacts, unheard } from './trainer-facts.ts';
import { dropOldRecords, OUTPUT_LOG, writeRecord } from './run-records.ts';

export interface RunRequest extends Omit<
  AttemptRequest,
  'id' | 'env' | 'command' | 'memory' | 'log' | 'onBegun' | 'onEnd'
> {
  readonly runId: string;
  /** from the largest to the smallest; one without values where there is no ladder */
  readonly rungs: readonly [FilledRung, ...FilledRung[]];
  readonly policy: RecoveryPolicy;
  /** the folder of the run's records; null where none can be written */
  readonly records: string | null;
  /** our own command line, by which a trainer of ours is planned, and goes on */
  readonly plimsoll: string;
  /** what earlier runs of the command say of this one, as soon as it has begun */
  readonly onHistory: (line: string) => void;
  /** before the next attempt waits for its time */
  readonly onNext: (next: NextStart, ended: readonly EndedAttempt[]) => void;
  /** before a plan is looked for, which takes a second: after a wait, for what others use by then may be less */
  readonly onWait: (seconds: number, ended: readonly EndedAttempt[]) => void;
  /** once no further attempt follows, as soon as that is known; `reason`: null where none could have */
  readonly onLast: (ended: readonly EndedAttempt[], reason: string | null) => void;
}

export interface Start {
  readonly rung: number;
  readonly memory: number | null;
  readonly correction: number;
  /** placeholders filled */
  readonly command: Command;
  /** a trainer of ours, with what an attempt before has done */
  readonly goesOn: boolean;
}

export interface NextStart extends Start {
  /** until it begins */
  readonly afterSeconds: number;
  /** whether onWait told of the end before it */
  readonly waited: boolean;
  /** what of the ladder it changes, in words; empty for nothing */
  readonly change: string;
  /** of a trainer of ours that goes on */
  readonly prediction: Prediction | null;
}

export interface EndedAttempt extends Tried {
  readonly record: AttemptRecord;
}

/** @throws PlimsollError for what cannot be started, on any rung; nothing is made then */
export async function superviseRun(request: RunRequest): Promise<void> {
  for (const { command } of request.rungs) findCommand(command[0]);
  const interrupt = heedInterrupts();
  try {
    const ended: EndedAttempt[] = [];
    let start: Start | null = firstStart(request);
    while (start) start = await attemptAndNext(request, start, ended, interrupt.signal);
  } finally {
    interrupt.stop();
    if (request.records !== null) dropOldRecords(dirname(request.records));
  }
}

/** Makes one attempt, adds it to `ended`, and waits for the time of the next; null where it was the last. */
async function attemptAndNext(
  request: RunRequest,
  start: Start,
  ended: EndedAttempt[],
  interrupt: AbortSignal,
): Promise<Start | null> {
  const { runId, records, policy, rungs, onNext, onWait, onLast, ...attempt } = request;
  const number = ended.length + 1;
  const subject = { folder: process.cwd(), command: [...start.command] };
  const began = new Date();
  let expected: number | null = null;
  const decided: Next[] = [];
  await superviseAttempt({
    ...attempt,
    id: number === 1 ? runId : `${runId}-${number}`,
    command: start.command,
    memory: start.memory,
    env: { PLIMSOLL_RUN_ID: runId, PLIMSOLL_ATTEMPT: String(number) },
    log: records === null ? null : join(records, OUTPUT_LOG),
    onBegun: () => {
      const past = pastRuns(subject);
      expected = expectedPeak(past);
      if (number === 1 && start.rung === 0) warn(request, past, start.memory);
    },
    onEnd: (outcome) => {
      const record = recordOf({ runId, number, start, began, expected, outcome, ended });
      const trainer = trainerAfter(start, outcome, ended);
      ended.push({ ...start, verdict: record.verdict, trainer, record });
      const next: Next = interrupt.aborted
        ? { kind: 'stop', reason: null }
        : nextAttempt(policy, rungs.length, ended);
      decided.push(next);
      if (next.kind === 'stop') onLast(ended, next.reason);
      if (records !== null) writeRecord(records, record);
      if (trainer === null) rememberEnd(record, record.verdict);
    },
  });
  const [next] = decided;
  if (!next || next.kind === 'stop') return null;
  const isPlanned = next.kind === 'resume';
  if (isPlanned) onWait(next.afterSeconds, ended);
  const waitedFirst = !isPlanned || (await waited(next.afterSeconds, interrupt));
  const following = waitedFirst ? await startOf(next, request, start) : null;
  if (typeof following === 'string') {
    onLast(ended, following);
    return null;
  }
  if (following && !interrupt.aborted) {
    onNext(following, ended);
    if (isPlanned || (await waited(next.afterSeconds, interrupt))) return following;
  }
  onLast(ended, `${interrupt.reason} was sent before it began`);
  return null;
}

/** What it told; of one that was to go on, and ended before its first word, what is known all the same. */
function trainerAfter(
  { goesOn }: Start,
  { trainer }: Outcome,
  ended: readonly EndedAttempt[],
): TrainerFacts | null {
  const before = ended.at(-1)?.trainer;
  return trainer ?? (goesOn && before ? unheard(before) : null);
}

/**
 * On the top rung, or on the one that earlier runs prove to be the first that fits. Only where there is a choice
 * does the command wait for that: reading of the past takes 5 ms.
 */
function firstStart({ rungs, policy, onHistory }: RunRequest): Start {
  const memory = policy.memory?.from ?? null;
  const top = { rung: 0, memory, correction: 0, command: rungs[0].command, goesOn: false };
  if (rungs.length === 1 || memory === null) return top;
  const past = rungs.map(({ command }) =>
    pastRuns({ folder: process.cwd(), command: [...command] }),
  );
  const rung = firstRung(past, memory);
  if (rung === 0) return top;
  const { values, command } = rungAt(rungs, rung);
  const peak = expectedPeak(past[rung] ?? []);
  const took = peak === null ? '' : `, and took up to ${formatBytes(peak)}`;
  onHistory(
    `earlier runs of this command were killed under ${formatBytes(memory)} above ${rungText(values, rungAt(rungs, rung - 1).values)}, which came to its end${took}: beginning there`,
  );
  return { ...top, rung, command };
}

function warn({ onHistory }: RunRequest, past: readonly PastRun[], memory: number | null): void {
  if (past.length === 0) return;
  const warning = warningFor(past, roomUnder(memory));
  if (warning !== null) onHistory(warning);
}

function rungAt(rungs: RunRequest['rungs'], at: number): FilledRung {
  return rungs[at] ?? rungs[0];
}

function roomUnder(memory: number | null): { readonly bytes: number; readonly text: string } {
  const { bytes, limit } = availableBytes();
  return memory !== null && memory <= bytes
    ? { bytes: memory, text: `the limit is ${formatBytes(memory)}` }
    : { bytes, text: `${limit.from} leaves ${formatBytes(bytes)}` };
}

/** In words why not, where the planner of a trainer of ours refuses. */
async function startOf(
  next: Exclude<Next, { readonly kind: 'stop' }>,
  { plimsoll, rungs }: RunRequest,
  before: Start,
): Promise<NextStart | string> {
  if (next.kind === 'run') {
    const { rung, memory, afterSeconds } = next;
    const { values, command } = rungAt(rungs, rung);
    const change = rungText(values, rungAt(rungs, before.rung).values);
    const start = { rung, memory, correction: 0, command, goesOn: false };
    return { ...start, afterSeconds, waited: false, change, prediction: null };
  }
  const { folder, mostMemory, correction } = next;
  const planned = await planResumption(plimsoll, next, mostMemory);
  if (planned.kind === 'refused') return planned.reason;
  const { memory, prediction } = planned;
  const resumption = { folder, memory, correction };
  const resume = resumeCommand(before.command, plimsoll, resumption);
  const start = { rung: before.rung, memory, correction, command: resume, goesOn: true };
  return { ...start, afterSeconds: 0, waited: true, change: '', prediction };
}

function recordOf(attempt: {
  readonly runId: string;
  readonly number: number;
  readonly start: Start;
  readonly began: Date;
  /** bytes of the peak, by earlier runs */
  readonly expected: number | null;
  readonly outcome: Outcome;
  readonly ended: readonly EndedAttempt[];
}): AttemptRecord {
  const { start, outcome, expected } = attempt;
  const { verdict } = outcome;
  return {
    run_id: attempt.runId,
    attempt: attempt.number,
    command: [...start.command],
    memory_bytes: start.memory,
    started_at: attempt.began.toISOString(),
    folder: process.cwd(),
    verdict: { ...verdict, predicted_peak_bytes: verdict.predicted_peak_bytes ?? expected },
    earlier: attempt.ended.map(({ record }) => summaryOf(record)),
    samples: [...outcome.samples],
    output: outcome.output,
  };
}

/** False where the wait was broken off. */
async function waited(seconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(1000 * seconds, undefined, { signal });
    return true;
  } catch {
    return false; // interrupted
  }
}

/** While an attempt runs these are passed on to it as well; between two of them they end the run. */
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

function heedInterrupts() {
  const controller = new AbortController();
  const heed = (signal: NodeJS.Signals) => controller.abort(signal);
  for (const signal of INTERRUPTS) process.on(signal, heed);
  return {
    signal: controller.signal,
    stop: () => INTERRUPTS.forEach((signal) => process.off(signal, heed)),
  };
}
