/**
 * @file What follows an attempt: another, of which command, with how much memory and when, or the end. Pure.
 *
 * After an end for want of memory the next rung of the ladder is taken; from its last one on the limit is
 * doubled, where it was this limit that was reached, as far as it may go. The same again would end the same.
 */
import type { Cause, RecoveryPolicy, Verdict } from '#protocol';
import { OWN_LIMIT } from './group-facts.ts';
import type { TrainerFacts } from './trainer-facts.ts';

/** What recoveryPolicySchema gives where nothing is asked for: a run begins without loading it. */
export const DEFAULT_POLICY: RecoveryPolicy = {
  attempts: 20,
  memoryRetries: 10,
  retries: 0,
  unestablished: 'stop',
  backoff: { first: 1, factor: 2, most: 60 },
  memory: null,
};

/** An attempt that was made. */
export interface Tried {
  /** of the ladder, from 0 */
  readonly rung: number;
  /** bytes of its own limit; null for none */
  readonly memory: number | null;
  /** bytes that a trainer of ours was told to add to what it predicts */
  readonly correction: number;
  readonly verdict: Pick<
    Verdict,
    'cause' | 'exit_code' | 'signal' | 'limit_bytes' | 'limit_from' | 'peak_bytes'
  >;
  readonly trainer: TrainerFacts | null;
}

export type Next =
  | {
      readonly kind: 'run';
      readonly rung: number;
      readonly memory: number | null;
      readonly afterSeconds: number;
    }
  /** A trainer of ours goes on in its folder; its planner says under which limit, and whether it can at all. */
  | {
      readonly kind: 'resume';
      readonly folder: string;
      /** the limit to begin with, and the highest that is allowed */
      readonly memory: number | null;
      readonly mostMemory: number | null;
      readonly correction: number;
      readonly afterSeconds: number;
    }
  /** `reason`: null where nothing was asked for that could have followed */
  | { readonly kind: 'stop'; readonly reason: string | null };

/** @param rungs how many the ladder has, 1 for none; @param tried the newest last, at least one */
export function nextAttempt(policy: RecoveryPolicy, rungs: number, tried: readonly Tried[]): Next {
  const last = tried.at(-1);
  if (!last) throw new Error('internal: nothing was tried');
  const kinds = tried.map((each) => kindOf(each, policy));
  const kind = kinds.at(-1) ?? 'final';
  if (kind === 'final') return stop(finalReason(last, policy));
  const next = kind === 'memory' ? afterMemory(last, policy, rungs) : again(last);
  if (next.kind === 'stop') return next;
  const times = kinds.filter((each) => each === kind).length;
  const spent = budgetSpent(kind, times, tried.length, policy);
  return (
    spent ?? { ...next, afterSeconds: mayPass(last, kind) ? waitAfter(tried.length, policy) : 0 }
  );
}

/** Whether a trainer of ours is what the attempt was about when it ended: one that had done its work is not. */
export function unfinishedTrainer({ trainer }: Pick<Tried, 'trainer'>): TrainerFacts | null {
  return trainer?.end === null || trainer?.end.status === 'failed' ? trainer : null;
}

type Kind = 'memory' | 'error' | 'final';

const KINDS: Readonly<Record<Cause, Kind>> = {
  'oom-own-limit': 'memory',
  'oom-ancestor-limit': 'memory',
  'oom-machine': 'memory',
  'oom-child': 'memory',
  'oom-user-space': 'memory',
  'allocation-failed': 'memory',
  killed: 'error',
  error: 'error',
  crashed: 'error',
  cancelled: 'final',
  'timed-out': 'final',
  completed: 'final',
  unestablished: 'final',
};

function kindOf(tried: Tried, { unestablished }: RecoveryPolicy): Kind {
  const { cause, exit_code: code } = tried.verdict;
  if (cause === 'unestablished') return unestablished === 'stop' ? 'final' : unestablished;
  if (cause === 'oom-child' && code === 0) return 'final'; // it did without that child
  const refused = unfinishedTrainer(tried)?.end?.error?.startsWith('MEMORY_') ?? false;
  return KINDS[cause] === 'error' && refused ? 'memory' : KINDS[cause];
}

function finalReason({ verdict }: Tried, { unestablished }: RecoveryPolicy): string | null {
  return verdict.cause === 'unestablished' && unestablished === 'stop'
    ? 'nothing proves why it ended (--unestablished memory or error takes it for that)'
    : null;
}

type Stop = Extract<Next, { readonly kind: 'stop' }>;
type Change = WithoutWait<Exclude<Next, Stop>> | Stop;
type WithoutWait<T> = T extends unknown ? Omit<T, 'afterSeconds'> : never;

function afterMemory(tried: Tried, policy: RecoveryPolicy, rungs: number): Change {
  const trainer = unfinishedTrainer(tried);
  if (trainer) return smallerPlan(tried, trainer, policy);
  const { rung, memory, verdict } = tried;
  if (rung < rungs - 1) return { kind: 'run', rung: rung + 1, memory };
  const most = policy.memory?.to ?? null;
  const asked = rungs > 1 || (policy.memory?.from ?? null) !== most;
  if (!asked) return stop(null);
  const ended = rungs > 1 ? 'the ladder is at its end, and ' : '';
  if (memory === null || most === null)
    return stop(`${ended}there is no --memory that could be raised`);
  if (memory >= most) return stop(`${ended}the limit is as high as --memory allows`);
  if (verdict.limit_from !== OWN_LIMIT)
    return stop(`${ended}the limit that was reached is not of --memory: ${verdict.limit_from}`);
  return { kind: 'run', rung, memory: Math.min(2 * memory, most) };
}

/** Under the limit that was reached, which others may have lowered while it ran. */
function smallerPlan(tried: Tried, trainer: TrainerFacts, policy: RecoveryPolicy): Change {
  const { memory, verdict } = tried;
  const own = verdict.limit_from === OWN_LIMIT ? verdict.limit_bytes : null;
  return {
    kind: 'resume',
    folder: trainer.folder,
    memory: memory === null || own === null ? memory : Math.min(memory, own),
    mostMemory: policy.memory?.to ?? memory,
    correction: tried.correction + beyondPrediction(verdict.peak_bytes, trainer),
  };
}

/** Both without what others used. */
function beyondPrediction(peak: number | null, { prediction }: TrainerFacts): number {
  if (peak === null || prediction === null) return 0;
  return Math.max(0, peak - (prediction.predicted_peak_bytes - prediction.baseline_bytes));
}

/** With nothing changed; a trainer of ours need not begin anew. */
function again(tried: Tried): Change {
  const { rung, memory, correction } = tried;
  const trainer = unfinishedTrainer(tried);
  if (!trainer) return { kind: 'run', rung, memory };
  const { folder } = trainer;
  return { kind: 'resume', folder, memory, mostMemory: memory, correction };
}

/** Why there is no further attempt, though there could be; null where there is one. */
function budgetSpent(
  kind: Kind,
  times: number,
  made: number,
  { attempts, memoryRetries, retries }: RecoveryPolicy,
): Stop | null {
  if (kind === 'error' && retries === 0) {
    return stop(made > 1 ? 'an end like this is not tried again without --retries' : null);
  }
  if (made >= attempts) return stop(`${made} attempts were made, as many as --attempts allows`);
  const [budget, flag] =
    kind === 'memory' ? [memoryRetries, '--memory-retries'] : [retries, '--retries'];
  const why = kind === 'memory' ? 'for want of memory' : 'with an error';
  return times <= budget
    ? null
    : stop(`${times} ended ${why}, and ${flag} allows ${budget} attempts after such an end`);
}

/** Whether the reason may pass by itself. The command's own limit does not: only a change helps, and at once. */
function mayPass({ verdict }: Tried, kind: Kind): boolean {
  return kind === 'error' || verdict.cause === 'oom-user-space' || verdict.limit_from !== OWN_LIMIT;
}

function waitAfter(made: number, { backoff }: RecoveryPolicy): number {
  return Math.min(backoff.first * backoff.factor ** (made - 1), backoff.most);
}

function stop(reason: string | null): Stop {
  return { kind: 'stop', reason };
}
