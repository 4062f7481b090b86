/** @file What follows the attempts of a run that have ended, from what is stored of them. Pure. */
import { check, type Verdict, verdictSchema } from '#protocol';
import type { AttemptRow } from '#store';
import { DEFAULT_POLICY, nextAttempt, type TrainerFacts } from '#supervise';

export type FollowUp =
  | { readonly kind: 'stop'; readonly reason: string | null; readonly verdict: Verdict }
  | {
      readonly kind: 'again';
      /** not before this time (Date.now) */
      readonly notBefore: number;
      /** bytes that the planner adds to what it predicts */
      readonly correction: number;
      /** its trainer goes on there; null to begin anew */
      readonly folder: string | null;
    };

/**
 * @param attempts in order; the last has ended
 * @param share bytes of the run's limit, which is not raised: others may have the rest
 */
export function followUp(
  attempts: readonly AttemptRow[],
  share: number,
  cancelAsked: boolean,
): FollowUp {
  const tried = attempts.map((attempt) => ({
    rung: 0,
    memory: attempt.memory_bytes,
    correction: attempt.correction_bytes,
    verdict: verdictOf(attempt),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- trainer-log.ts wrote it
    trainer: attempt.trainer === null ? null : (JSON.parse(attempt.trainer) as TrainerFacts),
  }));
  const verdict = tried.at(-1)?.verdict;
  if (!verdict) throw new Error('internal: a running run without attempts');
  if (cancelAsked) return { kind: 'stop', reason: null, verdict };
  const policy = { ...DEFAULT_POLICY, memory: { from: share, to: share } };
  const next = nextAttempt(policy, 1, tried);
  if (next.kind === 'stop') return { kind: 'stop', reason: next.reason, verdict };
  return {
    kind: 'again',
    notBefore: Date.parse(attempts.at(-1)?.ended_at ?? '') + next.afterSeconds * 1000,
    correction: next.kind === 'resume' ? next.correction : 0,
    folder: next.kind === 'resume' ? next.folder : null,
  };
}

export function verdictOf({ run_id, number, verdict }: AttemptRow): Verdict {
  const { value } = check(verdictSchema, JSON.parse(verdict ?? 'null'));
  if (!value)
    throw new Error(`internal: the verdict on attempt ${number} of run ${run_id} is none`);
  return value;
}
