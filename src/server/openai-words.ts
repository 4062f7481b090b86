/** @file Words and numbers as OpenAI's API writes them. */

/** In the ids of tuned models and in jobs, where OpenAI's have the name of an organization. */
export const OWNER = 'plimsoll';

/** Since 1970, whole. @param time ISO 8601 */
export function secondsOf(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
