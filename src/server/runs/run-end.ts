/** @file How a run ended, from the verdict on its last attempt and from what its trainer said. Pure. */
import type { TrainingRun, Verdict } from '#protocol';
import { NO_TERMINAL, verdictLines } from '#supervise';

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
  const message = own?.message ?? verdictLines(verdict, NO_TERMINAL).join('\n');
  return {
    status: 'failed',
    errorCode: own?.code ?? null,
    errorMessage: reason === null ? message : `${message}\nNo further attempt: ${reason}`,
  };
}
