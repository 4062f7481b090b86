/**
 * @file When memory runs short: told once as it comes near a limit, and again only after it has fallen clearly
 * below. Pure; what is then done is pressure-notice.ts's.
 */

/** What is in use under a limit. */
export interface Load {
  /** bytes that the kernel cannot take back, of all processes that count against it */
  readonly unreclaimable: number;
  /** bytes */
  readonly limit: number;
  /** who set it, in words */
  readonly from: string;
}

export interface GuardState {
  /** the next crossing is told */
  readonly armed: boolean;
  /** the part of the limit that was in use at the last look */
  readonly part: number;
}

export interface Judgement {
  readonly state: GuardState;
  /** this is the moment to tell */
  readonly crossed: boolean;
  /** so near, or growing so fast, that the next look must come early; not where all has been told */
  readonly soon: boolean;
  /** all of the limit is in use: without the kernel nothing would hold it there */
  readonly full: boolean;
}

export const AT_START: GuardState = { armed: true, part: 0 };

/** Told again only after usage fell below this part of the threshold: a garbage collector saws near it. */
const CLEARLY_BELOW = 0.9;
/** Looked at often from this part of the threshold on: 75% of the limit for a threshold of 90%. */
const WATCHED_FROM = 5 / 6;

/** @param at the threshold, a part of the limit: above 0, at most 1 */
export function judge(before: GuardState, { unreclaimable, limit }: Load, at: number): Judgement {
  const part = unreclaimable / limit;
  const growth = Math.max(part - before.part, 0);
  const crossed = before.armed && part >= at;
  const armed = !crossed && (before.armed || part < CLEARLY_BELOW * at);
  return {
    state: { armed, part },
    crossed,
    soon: armed && part + growth >= WATCHED_FROM * at,
    full: part >= 1,
  };
}

/** Of several limits the one that is nearest to being used up; null for none. */
export function nearest(loads: readonly Load[]): Load | null {
  const part = ({ unreclaimable, limit }: Load) => unreclaimable / limit;
  return loads.reduce<Load | null>(
    (most, load) => (most === null || part(load) > part(most) ? load : most),
    null,
  );
}
