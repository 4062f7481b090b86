/** @file Words, numbers and pages as OpenAI's API writes them. Pure. */
import type { OpenAiPage } from '#protocol';

/** In the ids of tuned models and in jobs, where OpenAI's have the name of an organization. */
export const OWNER = 'plimsoll';

/** Since 1970, whole. @param time ISO 8601 */
export function secondsOf(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

/** @param items one more than `limit`, where there are so many */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  limit: number,
): OpenAiPage<T> {
  const data = items.slice(0, limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: items.length > limit,
  };
}
