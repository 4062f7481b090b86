/** @file How often each may call: a bucket that fills with time and is emptied by calls. */

export interface RateLimit {
  /** Takes one; 0 where there was one, else seconds until there will be. */
  take(who: string): number;
}

/** Beyond so many the oldest are forgotten, and so begin with a full bucket. */
const MOST_KNOWN = 10_000;

/** @param perSecond in the long run @param burst at once @param now seconds, for tests */
export function rateLimit(
  perSecond: number,
  burst: number,
  now: () => number = () => performance.now() / 1000,
): RateLimit {
  const buckets = new Map<string, { readonly level: number; readonly at: number }>();
  return {
    take: (who) => {
      const at = now();
      const before = buckets.get(who) ?? { level: burst, at };
      const level = Math.min(before.level + (at - before.at) * perSecond, burst);
      const left = level < 1 ? level : level - 1;
      buckets.delete(who); // the newest stands last
      buckets.set(who, { level: left, at });
      const [oldest] = buckets.keys();
      if (buckets.size > MOST_KNOWN && oldest !== undefined) buckets.delete(oldest);
      return level < 1 ? (1 - level) / perSecond : 0;
    },
  };
}
