/** @file The limit that a user gives: from text to bytes, and whether a run can begin under it. */
import { fail, formatBytes, parseBytes, PlimsollError } from '#base';
import type { Limit } from './limits.ts';
import type { MachineMemory } from './machine-memory.ts';

/**
 * `512M`, `1.5GiB`, `536870912` -> bytes.
 *
 * @throws PlimsollError MEMORY_LIMIT_MALFORMED, MEMORY_LIMIT_ZERO, MEMORY_LIMIT_ABOVE_MACHINE
 */
export function memoryLimit(text: string, machine: Pick<MachineMemory, 'total'>): number {
  const bytes = bytesOf(text);
  if (bytes === 0) fail('MEMORY_LIMIT_ZERO', { text });
  if (bytes > machine.total) {
    fail('MEMORY_LIMIT_ABOVE_MACHINE', { text, machine: formatBytes(machine.total) });
  }
  return bytes;
}

function bytesOf(text: string): number {
  try {
    return parseBytes(text);
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    return fail('MEMORY_LIMIT_MALFORMED', { text }, { cause: error });
  }
}

/**
 * Refuses to begin under a limit that leaves less than `needed`: as the run that Plimsoll comes from
 * did, with 514.57 MB in use under a limit of 512 MB.
 *
 * @throws PlimsollError MEMORY_LIMIT_BELOW_FLOOR, MEMORY_LIMIT_USED_UP
 */
export function refuseTooLittle(
  { bytes, used, from }: Pick<Limit, 'bytes' | 'used' | 'from'>,
  needed: number,
): void {
  if (used + needed <= bytes) return;
  const facts = { from, limit: formatBytes(bytes), needed: formatBytes(needed) };
  if (needed > bytes) fail('MEMORY_LIMIT_BELOW_FLOOR', facts);
  const over = formatBytes(used + needed - bytes);
  fail('MEMORY_LIMIT_USED_UP', { ...facts, used: formatBytes(used), over });
}
