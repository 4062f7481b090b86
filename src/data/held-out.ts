/** @file A part of the examples kept for evaluation when no file of its own is given for that. */
import { permutationAt, STREAM } from '#base';

/** Some of the examples of a token cache. They are numbered anew, and nothing is kept of each. */
export interface ExampleSubset {
  readonly count: number;
  /** The place in the token cache of the subset's number `i`. */
  readonly at: (i: number) => number;
}

/** Together each example once. */
export interface HeldOutSplit {
  readonly train: ExampleSubset;
  readonly heldOut: ExampleSubset;
}

/**
 * Keeps `fraction` (0 to 1) of `count` examples, rounded, but at least one, and never the last one:
 * a single example is trained on. The seed alone chooses which: the first of a drawn order are held
 * out, in that order; where none are, the others stand as they stand in the data.
 */
export function splitHeldOut(count: number, fraction: number, seed: number): HeldOutSplit {
  if (!(fraction >= 0 && fraction <= 1)) throw new Error(`internal: held-out fraction ${fraction}`);
  const wanted = fraction === 0 ? 0 : Math.max(1, Math.round(count * fraction));
  const kept = Math.max(0, Math.min(wanted, count - 1));
  const drawn = permutationAt(count, seed, STREAM.heldOut);
  return {
    heldOut: { count: kept, at: drawn },
    train: { count: count - kept, at: kept === 0 ? (i) => i : (i) => drawn(kept + i) },
  };
}
