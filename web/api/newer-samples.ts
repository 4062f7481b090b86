/** @file Samples that come while a run goes on, put behind those that are here. Pure. */
import type { ServiceSample } from '#protocol';

/**
 * Answers may come in another order than they were asked for, and tell of some samples twice: only those after the last
 * one here are new, whenever they were asked for.
 */
export function withNewer(
  before: readonly ServiceSample[],
  told: readonly ServiceSample[],
): readonly ServiceSample[] {
  const last = before.at(-1)?.time ?? '';
  const newer = told.filter(({ time }) => time > last);
  return newer.length === 0 ? before : [...before, ...newer];
}
