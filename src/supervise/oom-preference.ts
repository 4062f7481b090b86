/**
 * @file Whom the kernel kills where a limit is reached that plimsoll shares with the command: the command. The
 * kernel takes the process that has most, and among many small ones that may be plimsoll, which then could say
 * nothing of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { hardLimit, machineMemory } from '#kernel';
import type { Place } from './place.ts';

/**
 * The command's oom_score_adj: as if each of its processes had OUR_SIZE more than it has, and so more than
 * plimsoll, however small it is, under the limit there is and under one that somebody sets later, down to
 * SMALLEST_LATER. The kernel adds it in thousandths of the limit that is reached (oom_badness in
 * mm/oom_kill.c), so under a higher limit it counts for more. Pure.
 *
 * @param ours that of plimsoll, which somebody may have set; what they said of both still holds
 * @param limit bytes of the smallest that plimsoll and the command share
 */
export function preferredScore(ours: number, limit: number): number {
  const smallest = Math.min(limit, SMALLEST_LATER);
  return Math.min(ours + Math.ceil((OUR_SIZE / smallest) * 1000), MOST);
}

/** More than plimsoll takes (61 MiB were measured), files of its program included, which the kernel counts there. */
const OUR_SIZE = 80 * 2 ** 20;
/** Below it plimsoll is most of what there is, and little is left to train in. */
const SMALLEST_LATER = 160 * 2 ** 20;
const MOST = 1000;

/**
 * For a process that is not yet the command: what it starts inherits it. Raising needs no privilege, and a command
 * may set its own as low as plimsoll's again (`choom -n 0 -- command`).
 */
export function preferToUs(pid: number, { cgroup, own }: Place): void {
  const shared = own === null ? cgroup.groups : cgroup.groups.slice(1);
  const limits = shared.map(hardLimit).filter((limit) => limit !== null);
  try {
    const ours = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
    const score = preferredScore(ours, Math.min(machineMemory().total, ...limits));
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(score));
  } catch {
    // No such file, or not ours to write: then whoever has most goes first, as without us.
  }
}
