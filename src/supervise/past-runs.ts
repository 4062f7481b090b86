/**
 * @file What earlier runs of a command say about the next: what it will take, whether that fits, and on
 * which rung of a ladder to begin. Pure. Nothing here is a promise: data and code change between runs.
 */
import { formatBytes } from '#base';
import type { Cause, Grade } from '#protocol';
import { OWN_LIMIT } from './group-facts.ts';

/** What one run took; bytes are bytes. */
export interface PastRun {
  /** ISO 8601 */
  readonly ended_at: string;
  readonly cause: Cause;
  readonly grade: Grade;
  readonly limit_bytes: number | null;
  readonly limit_from: string;
  /** the most that was seen of what the kernel cannot take back */
  readonly peak_bytes: number;
}

/** The most that a run took which came to its end; null where none did. */
export function expectedPeak(runs: readonly PastRun[]): number | null {
  const peaks = runs
    .filter(({ cause }) => cause === 'completed')
    .map(({ peak_bytes: peak }) => peak);
  return peaks.length === 0 ? null : Math.max(...peaks);
}

/**
 * What should be known before a run with so much room; null where nothing speaks against it.
 *
 * @param room bytes, and where they are from in words: `the limit is 400 MiB`
 */
export function warningFor(
  runs: readonly PastRun[],
  room: { readonly bytes: number; readonly text: string },
): string | null {
  if (runs.some((run) => finishedWithin(run, room.bytes))) return null;
  const peak = expectedPeak(runs);
  if (peak !== null && peak > room.bytes)
    return `earlier runs of this command took up to ${formatBytes(peak)}; ${room.text}`;
  const killed = Math.max(...runs.filter(wasKilled).map(({ limit_bytes: limit }) => limit ?? 0));
  return killed >= room.bytes
    ? `earlier runs of this command were killed for want of memory under ${formatBytes(killed)}; ${room.text}`
    : null;
}

/**
 * The rung to begin on, from 0: the first that came to its end under such a limit or a smaller one, where
 * all above it were killed under such a limit or a higher one. What was not proven is tried from the top.
 *
 * @param rungs the earlier runs of each, the largest first
 */
export function firstRung(rungs: readonly (readonly PastRun[])[], limit: number | null): number {
  if (limit === null) return 0;
  const fits = rungs.findIndex((runs) => runs.some((run) => finishedWithin(run, limit)));
  const above = rungs.slice(0, Math.max(fits, 0));
  return above.every((runs) => runs.some((run) => killedWithin(run, limit)))
    ? Math.max(fits, 0)
    : 0;
}

/** Under a limit of its own that the kernel enforced: a peak that was only sampled proves less. */
function finishedWithin(run: PastRun, limit: number): boolean {
  const own = run.limit_from === OWN_LIMIT && run.limit_bytes !== null;
  return run.cause === 'completed' && own && run.limit_bytes <= limit;
}

function killedWithin(run: PastRun, limit: number): boolean {
  return wasKilled(run) && Number(run.limit_bytes) >= limit;
}

function wasKilled({ cause, grade, limit_bytes: limit }: PastRun): boolean {
  return cause === 'oom-own-limit' && grade === 'proven' && limit !== null;
}
