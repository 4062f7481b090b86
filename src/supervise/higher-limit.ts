/** @file The limit that a run should get next, computed from what was measured under the one that fired. Pure. */
import type { KnownLimit } from './facts.ts';
import type { NewLimit } from './limit-change.ts';

export interface Measured {
  readonly limit: Pick<KnownLimit, 'bytes' | 'baseline'>;
  /** the most that the attempt was seen to use */
  readonly peak: number | null;
  /** the most that its planner said it would; null for programs without one */
  readonly predicted: number | null;
  readonly machineBytes: number;
}

/** A kill tells that more was needed, never how much: half as much again is a first try. */
const GROWTH = 1.5;
const STEP = 64 * 2 ** 20;

/** Null where there is no limit, or the machine has no more than it allows already. */
export function higherLimit({ limit, peak, predicted, machineBytes }: Measured): NewLimit | null {
  if (limit.bytes === null) return null;
  const used = Math.max(peak ?? 0, predicted ?? 0);
  const wanted = stepUp(Math.max(limit.bytes, limit.baseline + used) * GROWTH);
  const bytes = Math.min(wanted, Math.floor(machineBytes / STEP) * STEP);
  if (bytes <= limit.bytes) return null;
  return { bytes, reservation: limit.baseline > 0 ? stepUp(limit.baseline) : null };
}

function stepUp(bytes: number): number {
  return Math.ceil(bytes / STEP) * STEP;
}
