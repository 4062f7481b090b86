/** @file What a prediction comes to, for somebody who wants to start the run: does it begin, wait, or is it refused. Pure. */
import type { Prediction } from '#protocol';
import { formatBytes } from '../words/bytes.ts';

export interface Answer {
  readonly kind: 'fits' | 'fits-with-this-plan' | 'waits' | 'cannot-fit';
  readonly title: string;
  readonly text: string;
  /** bytes of a limit that would do, where a higher one is what it lacks */
  readonly wouldDo: number | null;
}

export function answerOf(prediction: Prediction): Answer {
  const { predicted_peak_bytes: peak, interval_bytes: interval, limit_bytes: limit } = prediction;
  const { limit_from: from, smallest_limit_bytes: smallest, baseline_bytes: others } = prediction;
  const [low, high] = interval.map(formatBytes);
  // What was asked for, or what the service has for runs, is given to the planner by a flag.
  const set = from === '--memory' ? '' : ` (${from})`;
  const room = limit === null ? 'Nothing limits it' : `The limit is ${formatBytes(limit)}${set}`;
  const takes = `its peak will be ${formatBytes(peak)}, between ${low} and ${high}`;
  if (prediction.answer === 'fits')
    return { kind: 'fits', title: 'Fits', text: `${room}; ${takes}.`, wouldDo: null };
  if (prediction.answer === 'fits-with-this-plan') {
    const text = `${room}; computed in less memory ${takes}. What it learns is the same.`;
    return { kind: 'fits-with-this-plan', title: 'Fits with this plan', text, wouldDo: null };
  }
  if (others > 0 && smallest !== null && limit !== null && smallest - others <= limit) {
    const text = `${room}, and others use ${formatBytes(others)} of it now. Started, it waits for room.`;
    return { kind: 'waits', title: 'Fits, but not beside what runs now', text, wouldDo: null };
  }
  const text = `${room}; under the plan that takes least its peak would be ${formatBytes(peak)}${
    smallest === null ? '' : `, and the smallest limit that would do is ${formatBytes(smallest)}`
  }.`;
  return { kind: 'cannot-fit', title: 'Cannot fit', text, wouldDo: smallest };
}

/** Of a run that is not started, since it could not fit. */
export class CannotFit extends Error {
  constructor({ text }: Answer) {
    super(`Nothing was started: it cannot fit. ${text}`);
    this.name = 'CannotFit';
  }
}

export function refusalOf(prediction: Prediction): CannotFit | null {
  const answer = answerOf(prediction);
  return answer.kind === 'cannot-fit' ? new CannotFit(answer) : null;
}
