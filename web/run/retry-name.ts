/** @file What a button says that asks for a run once more with a change. Pure. */
import type { Remedy } from '#protocol';
import { formatBytes } from '../words/bytes.ts';

/** `Run it again with this plan under 256 MiB` */
export function retryName({ retry, limit }: Pick<Remedy, 'retry' | 'limit'>): string {
  const { memory } = retry?.order ?? {};
  const how = limit ? '' : retry?.same_result ? ' with this plan' : ' with this change';
  const under = memory === undefined ? '' : ` under ${sizeOf(memory)}`;
  return `Run it again${how}${under}`;
}

function sizeOf(memory: number | string): string {
  return typeof memory === 'number' ? formatBytes(memory) : memory;
}
