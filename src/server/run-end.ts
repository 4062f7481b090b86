/** @file How a run ended, from the verdict on its last attempt and from what its trainer said. Pure. */
import { formatBytes } from '#base';
import type { TrainingRun, Verdict } from '#protocol';
import { HEADLINES } from '#supervise';

export interface RunEnd {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export interface EndFacts {
  readonly verdict: Verdict;
  readonly cancelAsked: boolean;
  /** what its record says, where it says one */
  readonly error: TrainingRun['error'];
  /** why no further attempt follows, where one could have */
  readonly reason: string | null;
}

export function endOf({ verdict, cancelAsked, error, reason }: EndFacts): RunEnd {
  if (verdict.cause === 'completed')
    return { status: 'completed', errorCode: null, errorMessage: null };
  if (cancelAsked) return { status: 'cancelled', errorCode: null, errorMessage: null };
  const own = verdict.cause === 'error' ? error : null; // where it ended by itself it knows best
  const message = own?.message ?? textOf(verdict);
  return {
    status: 'failed',
    errorCode: own?.code ?? null,
    errorMessage: reason === null ? message : `${message}. No further attempt: ${reason}`,
  };
}

/** As the original's operators know it: a headline, the return code, what happened in numbers. */
function textOf(verdict: Verdict): string {
  const { cause, grade, limit_bytes, limit_from, peak_bytes, baseline_bytes, evidence } = verdict;
  const code = verdict.exit_code ?? verdict.signal ?? 'not known';
  const head = `${HEADLINES[cause]} (${cause}, ${grade}); return code: ${code}`;
  const numbers = [
    ...(limit_bytes === null ? [] : [`limit ${formatBytes(limit_bytes)} (${limit_from})`]),
    ...(peak_bytes === null ? [] : [`peak ${formatBytes(peak_bytes)}`]),
    ...(baseline_bytes > 0 ? [`${formatBytes(baseline_bytes)} in use before it began`] : []),
  ];
  const memory = cause.startsWith('oom-') || cause === 'allocation-failed';
  const said = evidence.findLast((line) => line.startsWith('output: '));
  return [
    head,
    ...(memory && numbers.length > 0 ? [numbers.join(', ')] : []),
    ...(said === undefined ? [] : [said]),
    ...(verdict.missing.length > 0 && cause === 'unestablished' ? verdict.missing.slice(0, 1) : []),
  ].join('; ');
}
