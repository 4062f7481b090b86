/** @file `--memory` of a run that may be tried again: one limit, or the first and the highest. */
import { fail, formatBytes } from '#base';
import { machineMemory, memoryLimit } from '#kernel';
import type { RecoveryPolicy } from '#protocol';

export type MemoryRange = NonNullable<RecoveryPolicy['memory']>;

/**
 * `512M`, or `512M..2G`.
 *
 * @throws PlimsollError FLAG_INVALID, MEMORY_LIMIT_MALFORMED, MEMORY_LIMIT_ZERO, MEMORY_LIMIT_ABOVE_MACHINE
 */
export function memoryRange(text: string): MemoryRange {
  const ends = text.split('..').map((end) => memoryLimit(end, machineMemory()));
  const [from = 0, to = from] = ends;
  const problem =
    ends.length > 2
      ? `expected one limit or two, such as 512M..2G, got '${text}'`
      : to < from
        ? `expected the smaller limit first, got ${formatBytes(from)} and then ${formatBytes(to)}. Write ${text.split('..').toReversed().join('..')}`
        : null;
  return problem === null ? { from, to } : fail('FLAG_INVALID', { flag: '--memory', problem });
}
