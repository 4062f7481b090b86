/** @file What all runs together may use: the service's limit, less what it keeps for itself. */
import { fail, formatBytes } from '#base';
import { bindingLimit } from '#kernel';
import type { ServiceSettings } from '../settings.ts';

export interface Capacity {
  /** for all runs together */
  readonly bytes: number;
  /** attempts at once, at most */
  readonly most: number;
  /** of which the service keeps `reserve` for itself */
  readonly limit: number;
  readonly reserve: number;
  /** who set the limit, in words */
  readonly from: string;
}

/** @throws PlimsollError MEMORY_BELOW_RESERVE */
export function capacityOf({
  memory,
  reserve,
  concurrency,
}: Pick<ServiceSettings, 'memory' | 'reserve' | 'concurrency'>): Capacity {
  const around = bindingLimit();
  const own = memory !== null && memory < around.bytes;
  const limit = own ? memory : around.bytes;
  const from = own ? '--memory' : around.from;
  if (limit <= reserve) {
    fail('MEMORY_BELOW_RESERVE', {
      limit: formatBytes(limit),
      from,
      reserve: formatBytes(reserve),
    });
  }
  return { bytes: limit - reserve, most: concurrency, limit, reserve, from };
}
