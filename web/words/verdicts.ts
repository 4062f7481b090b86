/** @file A verdict in a few words, and how it is to be taken. */
import type { Cause, RunStatus, ServiceRun } from '#protocol';

export type Mood = 'good' | 'bad' | 'neutral';

/** What a person is told first. That it was memory is never told of what a verdict does not say so of. */
const CAUSES: Readonly<Record<Cause, string>> = {
  'oom-own-limit': 'Out of memory: its own limit',
  'oom-ancestor-limit': 'Out of memory: a limit around it',
  'oom-machine': 'Out of memory: the machine had none left',
  'oom-child': 'Out of memory: a process that it had started',
  'oom-user-space': 'Out of memory: ended before the kernel had to',
  'allocation-failed': 'Out of memory: it was refused memory',
  killed: 'Killed, and not for memory',
  cancelled: 'Cancelled',
  'timed-out': 'Ran out of time',
  error: 'Failed with an error',
  crashed: 'Crashed',
  completed: 'Completed',
  unestablished: 'Ended; why could not be established',
};

export function causeWords(cause: Cause): string {
  return CAUSES[cause];
}

export function isOutOfMemory(cause: Cause | null | undefined): boolean {
  return cause != null && (cause.startsWith('oom-') || cause === 'allocation-failed');
}

export interface Told {
  readonly text: string;
  /** how sure; null where that is no question */
  readonly grade: string | null;
  readonly mood: Mood;
}

export function verdictWords(run: ServiceRun): Told {
  const { status, verdict, errorMessage, queue } = run;
  if (status === 'queued') {
    return { text: queue ? `Waits: ${queue.reason}` : 'Waits', grade: null, mood: 'neutral' };
  }
  if (status === 'running') return { text: runningWords(run), grade: null, mood: 'neutral' };
  if (status === 'cancelled') return { text: 'Cancelled', grade: null, mood: 'neutral' };
  if (status === 'completed') return { text: 'Completed', grade: null, mood: 'good' };
  if (verdict && verdict.cause !== 'error' && verdict.cause !== 'completed') {
    return { text: CAUSES[verdict.cause], grade: verdict.grade, mood: 'bad' };
  }
  return { text: firstSentence(errorMessage ?? 'Failed'), grade: null, mood: 'bad' };
}

function runningWords({ attempts }: ServiceRun): string {
  const before = attempts.at(-2);
  if (!before) return 'Under way';
  return isOutOfMemory(before.cause)
    ? `Goes on after running out of memory (attempt ${attempts.length})`
    : `Goes on (attempt ${attempts.length})`;
}

function firstSentence(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > 120 ? `${line.slice(0, 118)}…` : line;
}

export const STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  queued: 'Waiting',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
