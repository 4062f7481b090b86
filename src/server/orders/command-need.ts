/** @file How much of the service's memory a run of a command gets, and on which rung of its ladder it begins. Pure. */
import { expectedPeak, firstRung, type PastRun } from '#supervise';
import type { CommandWork } from './allowed-commands.ts';

export interface CommandNeed {
  /** bytes that are kept for it */
  readonly share: number;
  /** of its first attempt's limit */
  readonly memory: number;
  readonly rung: number;
  /** bytes that it is expected to take; null where nothing tells */
  readonly expected: number | null;
}

/** Above what was measured: data and code change between runs. */
const MARGIN = 1.25;
/** The smallest program takes some. */
const LEAST = 32 * 2 ** 20;
const MIB = 2 ** 20;

/**
 * What is configured; else what earlier runs took, and twice what one was killed under since. One of which nothing is
 * known gets all, and so runs alone.
 *
 * @param pasts the earlier runs of each rung, the newest last @param capacity bytes for all runs together
 */
export function needOf(
  { allowed: { policy } }: CommandWork,
  pasts: readonly (readonly PastRun[])[],
  capacity: number,
): CommandNeed {
  const { memory } = policy;
  const share = memory?.to ?? learned(pasts[0] ?? [], capacity);
  const first = memory?.from ?? share;
  const rung = firstRung(pasts, first);
  return { share, memory: first, rung, expected: expectedPeak(pasts[rung] ?? []) };
}

function learned(past: readonly PastRun[], capacity: number): number {
  const peak = expectedPeak(past);
  const since = past.slice(past.findLastIndex(({ cause }) => cause === 'completed') + 1);
  const killed = since.flatMap(({ cause, limit_bytes: limit }) =>
    cause === 'oom-own-limit' ? (limit ?? []) : [],
  );
  if (peak === null && killed.length === 0) return capacity;
  const need = Math.max(LEAST, MARGIN * (peak ?? 0), 2 * Math.max(0, ...killed));
  return Math.min(Math.ceil(need / MIB) * MIB, capacity);
}
