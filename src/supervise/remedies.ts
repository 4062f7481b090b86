/**
 * @file What would have helped, in order of cost: another plan, smaller parameters, a higher limit where it
 * was set, another place. Pure.
 *
 * The command may be any program: what smaller parameters would take is then not known, and not guessed. Of
 * a trainer of ours `plimsoll explain` asks the planner.
 */
import { formatBytes } from '#base';
import type { Cause, Prediction, Remedy } from '#protocol';
import type { Complaint } from './complaints.ts';
import type { KnownLimit } from './facts.ts';
import { higherLimit } from './higher-limit.ts';
import { linesToSet } from './limit-change.ts';
import { ownLimitRemedy } from './own-limits.ts';
import type { Fired } from './reading.ts';
import type { TrainerFacts } from './trainer-facts.ts';

export interface Need {
  readonly cause: Cause;
  readonly limit: KnownLimit;
  readonly peak: number | null;
  readonly fired: Fired | null;
  readonly complaint: Complaint | null;
  readonly trainer: Trainer | null;
  readonly machineBytes: number;
  /** --on-pressure kill ended it, near a limit that is not the machine's */
  readonly byGuard: boolean;
}

/** Of ours, as far as remedies ask. */
interface Trainer extends Pick<TrainerFacts, 'folder' | 'checkpointStep'> {
  readonly prediction: Pick<Prediction, 'interval_bytes'> | null;
}

/** None where memory was not what ended the attempt. */
export function remediesFor(need: Need): Remedy[] {
  if (!need.cause.startsWith('oom-') && need.cause !== 'allocation-failed') return [];
  const own = need.cause === 'allocation-failed' ? ownLimitRemedy(need.complaint) : null;
  return [...otherPlan(need), SMALLER, ...(own ? [own] : [...higher(need), ...elsewhere(need)])];
}

/** The same run, computed in less memory. */
function otherPlan({ trainer }: Need): Remedy[] {
  if (!trainer) return [];
  const from =
    trainer.checkpointStep === null
      ? 'from its start: it had no checkpoint yet'
      : `from step ${trainer.checkpointStep}`;
  return [
    {
      change: `a plan that takes less and computes the same, ${from}; plimsoll explain says which, and what the solutions below take`,
      lines:
        trainer.checkpointStep === null ? [] : [`plimsoll train --resume-from ${trainer.folder}`],
      predicted_peak_bytes: null,
    },
  ];
}

const SMALLER: Remedy = {
  change:
    'smaller training parameters: a smaller batch (--batch-size) and shorter examples take less memory at once; fewer samples (--max-samples) help where the program holds all of them; fewer epochs (--epochs) save time and no memory',
  lines: [],
  predicted_peak_bytes: null,
};

function higher(need: Need): Remedy[] {
  const { limit, peak, trainer, machineBytes } = need;
  if (limit.bytes === null || !limitWasTheMatter(need)) return [];
  const predicted = trainer?.prediction?.interval_bytes[1] ?? null;
  const next = higherLimit({ limit, peak, predicted, machineBytes });
  if (!next) return [];
  return [
    {
      change: `a higher limit than ${formatBytes(limit.bytes)} (${limit.from}): the need is above it and not known; ${formatBytes(next.bytes)} is a first try`,
      lines: linesToSet(limit.origin, next),
      predicted_peak_bytes: null,
      limit: { bytes: next.bytes, reservation_bytes: next.reservation },
      // Whoever gave a trainer of ours its limit can give it another.
      ...(trainer && limit.origin.kind === 'flag'
        ? { retry: { order: { memory: next.bytes }, same_result: true } }
        : {}),
    },
  ];
}

/** Killers in user space, but for our own guard, and the machine's act on what the whole machine has left. */
function limitWasTheMatter({ cause, fired, byGuard }: Need): boolean {
  return (cause !== 'oom-user-space' || byGuard) && fired?.limit !== 'machine';
}

function elsewhere(need: Need): Remedy[] {
  const change = limitWasTheMatter(need) ? ELSEWHERE[need.limit.origin.kind] : OTHER_MACHINE;
  return change === undefined ? [] : [{ change, lines: [], predicted_peak_bytes: null }];
}

const OTHER_MACHINE = 'a machine with more memory, or with less running beside it';

const ELSEWHERE: { readonly [K in KnownLimit['origin']['kind']]?: string } = {
  container: "outside the container, where the machine's memory is the limit",
  kubernetes: 'outside the cluster, or on a node with more memory',
  slurm: 'in a partition whose nodes have more memory (sbatch --partition)',
  machine: OTHER_MACHINE,
};
