/** @file Between two attempts: what ended the one, and what is tried next, with numbers. Pure. */
import { formatBytes, formatDuration } from '#base';
import type { AttemptSummary, Grade } from '#protocol';
import {
  type EndedAttempt,
  isBelowAnother,
  type NextStart,
  unfinishedTrainer,
  exitCodeOf,
} from '#supervise';
import { table } from './format.ts';
import { planText } from './run-text.ts';

export function nextLine(next: NextStart, ended: readonly EndedAttempt[]): string {
  const last = lastOf(ended);
  const { afterSeconds, waited } = next;
  const when = afterSeconds === 0 ? 'now' : `in ${formatDuration(afterSeconds)}`;
  const what = `attempt ${last.record.attempt + 1} ${when}: ${changeText(next, last)}`;
  return waited ? what : `${endText(last)}; ${what}`;
}

export function waitLine(seconds: number, ended: readonly EndedAttempt[]): string {
  const plan = 'a plan is looked for that fits';
  return `${endText(lastOf(ended))}; ${seconds === 0 ? plan : `in ${formatDuration(seconds)} ${plan} then`}`;
}

function lastOf(ended: readonly EndedAttempt[]): EndedAttempt {
  const last = ended.at(-1);
  if (!last) throw new Error('internal: nothing ended');
  return last;
}

/** The attempts before the newest, for `plimsoll explain`. */
export function earlierLines(earlier: readonly AttemptSummary[]): string[] {
  const rows = earlier.map((each) => [
    String(each.attempt),
    `${each.cause}, ${each.grade}`,
    each.signal ?? String(each.exit_code),
    formatDuration(each.seconds),
    each.memory_bytes === null ? '-' : formatBytes(each.memory_bytes),
    each.peak_bytes === null ? '-' : formatBytes(each.peak_bytes),
  ]);
  return table([['attempt', 'verdict', 'end', 'time', 'limit', 'peak'], ...rows]);
}

function endText({ record, trainer }: EndedAttempt): string {
  const { verdict } = record;
  const { cause, grade, limit_bytes: limit, peak_bytes: peak, seconds } = verdict;
  const predicted = verdict.predicted_peak_bytes;
  const numbers = [
    ...(verdict.exit_code === null ? [] : [`exit code ${exitCodeOf(verdict)}`]),
    ...(limit === null ? [] : [`limit ${formatBytes(limit)}, set by ${verdict.limit_from}`]),
    ...(peak === null ? [] : [`peak ${formatBytes(peak)}`]),
    ...(predicted === null ? [] : [`${formatBytes(predicted)} predicted`]),
    ...(trainer?.step ? [`after step ${trainer.step}`] : []),
  ];
  return `attempt ${record.attempt} ended after ${formatDuration(seconds)}: ${cause}, ${gradeText(grade)} (${numbers.join('; ')})`;
}

function gradeText(grade: Grade): string {
  return grade === 'possible' ? 'possible, which is not proven' : grade;
}

function changeText(next: NextStart, last: EndedAttempt): string {
  const { memory, change, prediction, correction } = next;
  const limit = memory === null ? [] : [`limit ${formatBytes(memory)}`];
  if (prediction === null) {
    const same = change === '' && memory === last.memory;
    return [same ? 'the same again' : change, ...limit].filter(Boolean).join(', ');
  }
  const trainer = unfinishedTrainer(last);
  const step = trainer?.checkpointStep ?? 0;
  return [
    step === 0 ? 'from the beginning' : `from step ${step} on`,
    ...limit,
    `${formatBytes(prediction.predicted_peak_bytes)} predicted${correction === 0 ? '' : ` with ${formatBytes(correction)} that were measured beyond the last prediction`}`,
    planText(prediction.plan),
    ...(isBelowAnother(last.record.command) ? ['the training alone'] : []),
  ].join(', ');
}
