/** @file What follows the attempts of a run that have ended, from what is stored of them. Pure. */
import { check, type RecoveryPolicy, type Verdict, verdictSchema } from '#protocol';
import type { AttemptRow } from '#store';
import { type Command, DEFAULT_POLICY, nextAttempt, type TrainerFacts } from '#supervise';

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
      /** of a command's ladder, and bytes of its limit */
      readonly rung: number;
      readonly memory: number;
    };

/** How a run of a command may be tried again. */
export interface CommandTries {
  readonly policy: RecoveryPolicy;
  /** its words on each rung, by the settings of today */
  readonly rungs: readonly Command[];
}

/**
 * @param attempts in order; the last has ended
 * @param share bytes of the run's limit, which is not raised: others may have the rest
 */
export function followUp(
  attempts: readonly AttemptRow[],
  share: number,
  cancelAsked: boolean,
  tries: CommandTries | null = null,
): FollowUp {
  const tried = attempts.map((each) => triedOf(each, tries));
  const last = tried.at(-1);
  if (!last) throw new Error('internal: a running run without attempts');
  const { verdict } = last;
  if (cancelAsked) return { kind: 'stop', reason: null, verdict };
  if (isStopped(last)) {
    if (stopsInARow(tried) >= MOST_STOPS) return { kind: 'stop', reason: NO_PROGRESS, verdict };
    const folder = last.trainer?.folder ?? null;
    const { correction, rung, memory } = last;
    if (rung === -1) return { kind: 'stop', reason: CHANGED, verdict };
    return { kind: 'again', notBefore: 0, correction, folder, rung, memory };
  }
  const { memory, ...policy } = tries?.policy ?? DEFAULT_POLICY;
  const limits = { ...policy, memory: memory ?? { from: share, to: share } };
  const own = tried.filter((each) => !isStopped(each));
  const next = nextAttempt(limits, tries?.rungs.length ?? 1, own);
  if (next.kind === 'stop') return { kind: 'stop', reason: next.reason, verdict };
  if (last.rung === -1) return { kind: 'stop', reason: CHANGED, verdict };
  return {
    kind: 'again',
    notBefore: Date.parse(attempts.at(-1)?.ended_at ?? '') + next.afterSeconds * 1000,
    correction: next.kind === 'resume' ? next.correction : 0,
    folder: next.kind === 'resume' ? next.folder : null,
    rung: next.kind === 'run' ? next.rung : last.rung,
    memory: next.memory ?? share,
  };
}

const CHANGED = 'the settings allow this command no more, or with other words';

interface Tried {
  /** -1 where the settings have been changed since */
  readonly rung: number;
  readonly memory: number;
  readonly correction: number;
  readonly verdict: Verdict;
  readonly trainer: TrainerFacts | null;
  /** a client asked for its end, and for what follows */
  readonly isPaused: boolean;
}

function triedOf(attempt: AttemptRow, tries: CommandTries | null): Tried {
  // The last of those that are alike: the next is then another.
  const rung = tries?.rungs.findLastIndex((each) => JSON.stringify(each) === attempt.command);
  return {
    rung: rung ?? 0,
    memory: attempt.memory_bytes,
    correction: attempt.correction_bytes,
    verdict: verdictOf(attempt),
    isPaused: attempt.paused === 1,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- trainer-log.ts wrote it
    trainer: attempt.trainer === null ? null : (JSON.parse(attempt.trainer) as TrainerFacts),
  };
}

/**
 * Whether it ended because the service, its container or the machine did: we asked it to, or whoever keeps its
 * exit status went with it. No failure of the run's own.
 */
function isStopped({ verdict: { cause, exit_code, signal } }: Pick<Tried, 'verdict'>): boolean {
  return (
    cause === 'cancelled' || (cause === 'unestablished' && exit_code === null && signal === null)
  );
}

/** How many of those that no pause ended were stopped in a row at one checkpoint, to the newest: what stops the service may be this run. */
function stopsInARow(tried: readonly Tried[]): number {
  const unasked = tried.filter(({ isPaused }) => !isPaused);
  const newest = checkpointOf(unasked.at(-1));
  const other = unasked.findLastIndex((each) => !isStopped(each) || checkpointOf(each) !== newest);
  return unasked.length - 1 - other;
}

const MOST_STOPS = 5;
const NO_PROGRESS = `${MOST_STOPS} attempts in a row ended with the service, its container or the machine, and none got to a new checkpoint`;

function checkpointOf(tried: Tried | undefined): number {
  return tried?.trainer?.checkpointStep ?? 0;
}

export function verdictOf({ run_id, number, verdict }: AttemptRow): Verdict {
  const { value } = check(verdictSchema, JSON.parse(verdict ?? 'null'));
  if (!value)
    throw new Error(`internal: the verdict on attempt ${number} of run ${run_id} is none`);
  return value;
}
