/** @file How much memory a model that answers gets beside the runs that run. Pure. */
import { formatBytes } from '#base';
import type { AnsweringNeed } from '#protocol';
import type { Running } from '../runs/queue.ts';

export type AnsweringRoom =
  /** `bytes`: its limit */
  | { readonly kind: 'fits'; readonly bytes: number }
  /** not even alone */
  | { readonly kind: 'never' }
  | { readonly kind: 'later'; readonly free: number; readonly holders: string };

/**
 * What it needs at the least, and of what is free beyond that as much as its weights can fill: from the disk they are
 * read anew for each token.
 *
 * @param capacity bytes for all runs and the model together
 */
export function answeringRoom(
  { least_bytes: least, weights_bytes: weights }: AnsweringNeed,
  running: readonly Running[],
  capacity: number,
): AnsweringRoom {
  if (least > capacity) return { kind: 'never' };
  const free = capacity - running.reduce((sum, { share }) => sum + share, 0);
  if (least <= free) return { kind: 'fits', bytes: Math.min(free, least + weights) };
  const holders = running.map(({ id, share }) => `run ${id} (${formatBytes(share)})`).join(', ');
  return { kind: 'later', free: Math.max(free, 0), holders };
}
