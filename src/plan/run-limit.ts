/** @file The limit that a run begins under, and whether it can begin at all: known before its model is. */
import { availableBytes, processStatus, refuseTooLittle } from '#kernel';
import type { PlanQuestion } from './question.ts';
import { KERNEL_BYTES, RUNTIME_BYTES, WORKING_FILE_BYTES } from './runtime-floor.ts';

/** What the user allows the run, in bytes; absent: what the limits around it allow. */
interface Allowed {
  readonly memory?: number | undefined;
  /** of which `memory` is a share: pages of files may fill the rest, unless `memory` is enforced */
  readonly shareOf?: number | undefined;
}

/**
 * The limit that would be reached first, given by the user or set around us. What this process holds
 * already is the run's own, or gone before the run begins, so only what others use comes off.
 *
 * A share that is enforced is among the limits around us, and then holds for pages of files, too.
 *
 * @throws PlimsollError MEMORY_LIMIT_BELOW_FLOOR, MEMORY_LIMIT_USED_UP
 */
export function runLimit({ memory, shareOf }: Allowed = {}): PlanQuestion['limit'] {
  const limit = limitUnder(memory);
  if (memory === undefined || shareOf === undefined) return limit;
  const { bytes, baseline } = limitUnder(Math.max(memory, shareOf));
  return { ...limit, withFiles: bytes - baseline };
}

function limitUnder(given: number | undefined): Limit {
  const { bytes, used, from, kind } = availableBytes({ given }).limit;
  // What the kernel holds for this process shows in its group's usage only, mixed with that of others.
  const own = (processStatus()?.unreclaimable ?? 0) + KERNEL_BYTES;
  const baseline = isOfProcess(kind) ? 0 : Math.max(used - own, 0);
  refuseTooLittle({ bytes, used: baseline, from }, RUNTIME_BYTES + WORKING_FILE_BYTES);
  // What others use of a machine is no part of the run's peak, and says nothing to its reader.
  if (kind === 'machine') return { bytes: bytes - baseline, from: AVAILABLE, baseline: 0 };
  return { bytes, from, baseline };
}

const AVAILABLE = 'what the machine has left (MemAvailable)';

type Limit = PlanQuestion['limit'] & { readonly bytes: number };

/** Limits that count the memory of one process. */
function isOfProcess(kind: ReturnType<typeof availableBytes>['limit']['kind']): boolean {
  return kind === 'given' || kind === 'address-space' || kind === 'private-writable';
}
